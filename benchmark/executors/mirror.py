"""A local copy of parts of a storage, copied back file by file, in an order that leaves usable files at any moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.system.leftovers import PART

FIRST, LAST = "config.json", "outcome.json"  # of a run folder: written at the start and at the end of training
CHECKPOINTS = "checkpoints"
NEVER_REPLACED = "records"  # a record that is there stays
SKIPPED = {"lock"}
STAGES = ("first", "other", "other JSON", "checkpoint", "checkpoint's JSON", "last")  # in the order of sending


@dataclass
class Mirror:
    """A local folder next to the folder of a storage.

    Args:
        system: the storage's file system, of fsspec.
        root: its folder.
        folder: the local one.
    """

    system: Any
    root: str
    folder: Path
    sent: dict[str, tuple[int, int]] = field(default_factory=dict)  # file -> size and time of what the storage has

    def fetch(self, parts: Sequence[str]) -> None:
        """Copy what lies below some folders, or begins with a path, to here."""
        self.system.invalidate_cache()
        for part in parts:
            for name in self._below(part):
                local = self.folder / name
                local.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):  # it was dropped meanwhile, as an older checkpoint
                    self.system.get_file(f"{self.root}/{name}", str(local))
                    self.sent[name] = _size_and_time(local)

    def _below(self, part: str) -> list[str]:
        """Files of the storage below a folder, or whose path begins with ``part*``, relative to its root."""
        found = self.system.glob(f"{self.root}/{part}") if "*" in part else self.system.find(f"{self.root}/{part}")
        root = self.root.strip("/")
        return [name.strip("/").removeprefix(root).strip("/") for name in found]

    def send(self) -> None:
        """Copy new and changed files back, and remove there what was removed here.

        All files are listed before the first one is sent, and checkpoints go last, so that a checkpoint in the storage
        is never ahead of its log.
        """
        self._send(sorted(self._local(), key=_sending_order))
        for name in [name for name in self.sent if not (self.folder / name).exists()]:
            with suppress(FileNotFoundError):
                self.system.rm_file(f"{self.root}/{name}")
            del self.sent[name]

    def _send(self, names: Iterable[str]) -> None:
        for name in names:
            local = self.folder / name
            with suppress(FileNotFoundError):  # it was dropped meanwhile
                state = _size_and_time(local)
                if self.sent.get(name) != state:
                    self._put(name, local.read_bytes())
                    self.sent[name] = state

    def _put(self, name: str, content: bytes) -> None:
        path = f"{self.root}/{name}"
        self.system.makedirs(path.rpartition("/")[0], exist_ok=True)
        if not name.startswith(f"{NEVER_REPLACED}/"):
            self.system.pipe_file(path, content)
            return
        with suppress(FileExistsError):
            self.system.pipe_file(path, content, mode="create")

    def _local(self) -> Iterable[str]:
        for path in sorted(self.folder.rglob("*")):
            parts = path.relative_to(self.folder).parts
            if path.is_file() and path.name not in SKIPPED and not any(PART.fullmatch(part) for part in parts):
                yield "/".join(parts)


def _sending_order(name: str) -> tuple[int, str]:
    """Sort key of files for sending: a file comes after the files that it refers to."""
    path = Path(name)
    is_json = path.suffix == ".json"
    if path.name in {FIRST, LAST}:
        stage = "first" if path.name == FIRST else "last"
    elif CHECKPOINTS in path.parts:
        stage = "checkpoint's JSON" if is_json else "checkpoint"
    else:
        stage = "other JSON" if is_json else "other"
    return STAGES.index(stage), name


def _size_and_time(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
