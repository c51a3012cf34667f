"""A process that reads a submission, as its parent sees it: a program of its own, started for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from benchmark.grading.sandbox.libraries import code_of, library_folders

Job = Mapping[str, Any]


class Reader(Protocol):
    """A process that reads a submission."""

    def end(self) -> None:
        """End it; whoever waits for it gets its end."""

    def wait(self, seconds: float) -> tuple[bytes, int | None]:
        """Wait for its end, which is brought about after so many seconds.

        Returns:
            Its report on its walls, and its exit status, negative for a signal; None if its time was over.

        Raises:
            OSError: it could not be started.
        """


class Program:
    """A program of its own, on every system."""

    def __init__(self, main: str, folders: Sequence[str], job: Job, answer: int) -> None:
        """Start it.

        Args:
            main: ``module:function`` that it runs.
            folders: where Python imports from, before its own.
            job: what it reads from its standard input.
            answer: handle of the file for the answer.

        Raises:
            OSError: no process could be started.
        """
        module, _, function = main.partition(":")
        code = code_of(folders, library_folders(), f"from {module} import {function} as main; main()")
        self.job = json.dumps({**job, "parent": os.getpid(), "answer": answer}).encode()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", code],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={}, cwd="/", pass_fds=[answer], start_new_session=True,
        )  # fmt: skip

    def end(self) -> None:
        """End it and whatever it may have started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> tuple[bytes, int | None]:
        """As :meth:`Reader.wait`."""
        try:
            told, _ = self.process.communicate(self.job, timeout=seconds)
            return told, self.process.returncode
        except subprocess.TimeoutExpired as error:
            return error.output or b"", None
        finally:
            self.end()
            self.process.kill()  # without effect on one that has ended
            self.process.wait()
