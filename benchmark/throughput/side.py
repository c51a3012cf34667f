"""A side of a comparison, and the process that runs its rounds."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

WORK = Path(__file__).parent / "work"
WORKER = Path(__file__).with_name("worker.py")
ROOT = Path(__file__).resolve().parents[2]
SHOWN = 15  # last lines of a failed process


@dataclass(frozen=True)
class Side:
    """One thing to time.

    Args:
        name: in tables.
        work: ``file.function`` in the folder ``work``; see ``worker.py``.
        arguments: of the function, as JSON.
        needs: packages without which the side is skipped.
        tree: the checkout whose code is timed.
        warm: True for one round before the timed ones.
        file: of the function, elsewhere than in ``work``.
    """

    name: str
    work: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    tree: Path = ROOT
    warm: bool = True
    file: Path | None = None


@dataclass(frozen=True)
class Round:
    """One timed round."""

    seconds: float
    units: int  # images, or another unit of the suite
    peak_mb: float | None = None
    device_peak_mb: float | None = None


class SkippedError(Exception):
    """A side that cannot be timed here; the message is the reason."""


class Running:
    """A side's process, prepared and warm.

    Raises:
        SkippedError: a package is missing, or the side's code does not exist in its tree.
        RuntimeError: the process failed; the message has its last lines.
    """

    def __init__(self, side: Side) -> None:
        self.side = side
        for package in side.needs:
            if importlib.util.find_spec(package) is None:
                raise SkippedError(f"{package} is not installed")
        file, function = side.work.split(".")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._folder = tempfile.mkdtemp()  # of its temporary files
        command = [
            sys.executable, "-P", str(WORKER), str(side.file or WORK / f"{file}.py"), function,
            json.dumps(dict(side.arguments)), "warm" if side.warm else "cold",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env=os.environ | {"PYTHONPATH": str(side.tree), "TMPDIR": self._folder}, cwd=side.tree,
        )  # fmt: skip
        try:
            self._check(self._answer())
        except BaseException:
            self.close()
            raise

    def _check(self, first: dict[str, Any]) -> None:
        if "skipped" in first:
            raise SkippedError(first["skipped"])
        self.arithmetic: dict[str, Any] | None = first["arithmetic"]  # precision, and gflop of a unit, if it says so
        code = first["ready"]
        if code is not None and not Path(code).is_relative_to(self.side.tree):
            raise RuntimeError(f"{self.side.name} was to be timed in {self.side.tree}, but its code is {code}")

    def round(self) -> Round:
        """Run one round."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Round(**self._answer())

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            last = self._errors.read().decode(errors="replace").splitlines()[-SHOWN:]
            raise RuntimeError("\n".join([f"{self.side.name} failed with code {self._process.returncode}:", *last]))
        return json.loads(line)

    def close(self) -> None:
        """End the process, and remove its temporary files."""
        try:
            self._process.stdin.close()
            self._process.wait()
        finally:  # also where a second interrupt does not let it wait
            self._process.stdout.close()
            self._errors.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()
