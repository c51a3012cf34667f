"""Shared storage of a matrix: a folder that every worker sees, or any URL that fsspec knows, such as s3://bucket/sweep.

A job works in a local folder. Where the storage is a folder, that is it; elsewhere it is a copy, which is sent back
while the job works, so that another worker can go on from the last checkpoint.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmark.system.files import check_writable, file_sha256, locked, write_json

JOBS = "jobs"  # claims and notes of jobs


class Storage(Protocol):
    """Storage that several workers and drivers may use at once."""

    def check(self) -> None:
        """Raise UsageError unless it can be written."""

    def claim(self, name: str) -> AbstractContextManager[None]:
        """Hold a job while the block runs, so that no other program computes it.

        Raises:
            BusyError: another program holds it. One that was killed holds nothing, at once or within seconds.
        """

    def workspace(self, parts: Sequence[str]) -> AbstractContextManager[Path]:
        """A local folder with what lies in these parts of the storage; it is kept there, whatever the block does."""

    def read_note(self, name: str) -> dict[str, Any] | None:
        """The note on a job, or None."""

    def write_note(self, name: str, note: dict[str, Any]) -> None:
        """Note something of a job."""

    def remove_note(self, name: str) -> None:
        """Forget it."""

    def sha256(self, part: str) -> str | None:
        """The digest of a file, or None if it is not there."""


def storage_of(place: str) -> Storage:
    """The storage at a path or URL.

    Raises:
        UsageError: fsspec, or what it needs for that kind of URL, is not installed.
    """
    if "://" not in place:
        return Folder(Path(place).absolute())
    from benchmark.executors.remote_storage import remote

    return remote(place)


@dataclass(frozen=True)
class Folder:
    """A folder that all workers see under the same path."""

    path: Path

    def check(self) -> None:
        check_writable(self.path)

    @contextmanager
    def claim(self, name: str) -> Iterator[None]:
        with locked(self.path / JOBS / f"{name}.lock"):
            yield

    @contextmanager
    def workspace(self, _parts: Sequence[str]) -> Iterator[Path]:
        yield self.path

    def read_note(self, name: str) -> dict[str, Any] | None:
        return parsed(self._note(name).read_bytes()) if self._note(name).exists() else None

    def write_note(self, name: str, note: dict[str, Any]) -> None:
        write_json(self._note(name), note)

    def remove_note(self, name: str) -> None:
        self._note(name).unlink(missing_ok=True)

    def sha256(self, part: str) -> str | None:
        path = self.path / part
        return file_sha256(path) if path.is_file() else None

    def _note(self, name: str) -> Path:
        return self.path / JOBS / f"{name}.json"


def parsed(content: bytes) -> dict[str, Any] | None:
    """A note; None for one that is damaged, for its job is then computed again."""
    try:
        note = json.loads(content)
    except ValueError:
        return None
    return note if isinstance(note, dict) else None


def scratch() -> tempfile.TemporaryDirectory:
    """A local folder for a copy of a part of the storage."""
    return tempfile.TemporaryDirectory(prefix="cgan-bench-")
