"""Shared storage of a matrix: a folder that every worker sees, or any URL that fsspec knows, such as s3://bucket/sweep.

A job works in a local folder. If the storage is a folder, the job works there directly. Otherwise it works in a local
copy, which is sent back during the work, so that another worker can go on from the last checkpoint.
"""

from __future__ import annotations

import json
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
            BusyError: another program holds it. A killed program loses its claim at once or within seconds.
        """

    def workspace(self, parts: Sequence[str]) -> AbstractContextManager[Path]:
        """A local folder with these parts of the storage; changes are saved there even if the block fails."""

    def read_note(self, name: str) -> dict[str, Any] | None:
        """The note on a job, or None."""

    def write_note(self, name: str, note: dict[str, Any]) -> None:
        """Write the note on a job."""

    def remove_note(self, name: str) -> None:
        """Remove the note on a job."""

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
        return parse_note(self._note(name).read_bytes()) if self._note(name).exists() else None

    def write_note(self, name: str, note: dict[str, Any]) -> None:
        write_json(self._note(name), note)

    def remove_note(self, name: str) -> None:
        self._note(name).unlink(missing_ok=True)

    def sha256(self, part: str) -> str | None:
        path = self.path / part
        return file_sha256(path) if path.is_file() else None

    def _note(self, name: str) -> Path:
        return self.path / JOBS / f"{name}.json"


def parse_note(content: bytes) -> dict[str, Any] | None:
    """A note; None if it is damaged, so that its job is computed again."""
    try:
        note = json.loads(content)
    except ValueError:
        return None
    return note if isinstance(note, dict) else None
