"""A submission as named bytes, read in place and within limits: a folder or a file."""

from __future__ import annotations

import io
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.data.archive_names import is_printable, plain_names, undecoded
from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.sandbox.machine_faults import is_of_content
from benchmark.grading.submission.damage import DAMAGED, plain_words

MAX_BYTES = 512 << 20  # of all files together, unpacked
MAX_FILES = 5_000
MAX_DEPTH = 12  # folders within folders
MAX_NAME = 300  # characters of a path
JUNK = {"__MACOSX", ".DS_Store", "Icon\r", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints", "__pycache__"}
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


@dataclass
class Room:
    """Bytes and files that may still be unpacked of a submission, those of archives within it included."""

    bytes: int = MAX_BYTES
    files: int = MAX_FILES

    def take_bytes(self, count: int) -> None:
        """Raises Rejected if there are more bytes than there is room for."""
        self.bytes -= count
        if self.bytes < 0:
            raise Rejected(f"unpacked it has more than {MAX_BYTES:,} bytes; leave out what is not requested")

    def take_files(self, count: int) -> None:
        """Raises Rejected if there are more files than there is room for."""
        self.files -= count
        if self.files < 0:
            raise Rejected(f"it holds more than {MAX_FILES:,} files; leave out what is not requested")


class Bundle(ABC):
    """Files by name: relative paths with forward slashes, without the litter of file managers."""

    names: tuple[str, ...]
    needs_plain_names = True  # of the files that are read

    def __init__(self, room: Room) -> None:
        self.room = room
        self.left = room.bytes  # that may be read
        self.was_read: set[str] = set()  # names
        self.beside: list[str] = []  # names of what else was handed in: files next to this archive, arrays in a file

    @property
    def unread(self) -> list[str]:
        """Names of all that was handed in and has not been read."""
        return [*(name for name in self.names if name not in self.was_read), *self.beside]

    @abstractmethod
    def _read(self, name: str, at_most: int) -> bytes:
        """At most so many bytes of a file."""

    def read(self, name: str, at_most: int = MAX_BYTES) -> bytes:
        """One file, whole.

        Raises:
            Rejected: it is larger than ``at_most`` bytes, all files together are too large, it is damaged, or its name
                cannot be printed.
        """
        if self.needs_plain_names and not is_printable(name):
            raise not_plain(name)
        self.was_read.add(name)
        limit = min(at_most, self.left)
        try:
            content = self._read(name, limit + 1)
        except (*DAMAGED, MemoryError) as error:
            if not is_of_content(error):
                raise
            raise Rejected(f"{name!r} cannot be read ({plain_words(error)}); pack the submission again") from error
        if len(content) > limit:
            raise Rejected(f"{name!r} has more than {limit:,} bytes; that is more than a submission needs")
        self.left -= len(content)
        return content

    def source(self, name: str) -> Path | io.BytesIO:
        """A path from which one file can be read at any offset, as an archive has to be.

        Raises:
            Rejected: as of :meth:`read`.
        """
        content = self.read(name)
        self.room.take_bytes(len(content))
        return io.BytesIO(content)


class Folder(Bundle):
    """Files on a disk; no link is followed."""

    def __init__(self, path: Path, room: Room) -> None:
        super().__init__(room)
        self.path = path
        found = _walk(path, room.files)
        room.take_files(len(found))
        names = normal_names(plain_names([undecoded(name) for name in found]))
        self.places = dict(zip(names, found, strict=True))
        self.names = kept_names(names)

    def _read(self, name: str, at_most: int) -> bytes:
        handle = os.open(self.source(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            return file.read(at_most)

    def source(self, name: str) -> Path:
        return self.path / self.places[name]


def _walk(folder: Path, at_most: int) -> list[str]:
    """Paths of all regular files below a folder; no link is followed."""
    found, pending = [], [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(folder / prefix) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.name in JUNK:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{name}/")
                elif entry.is_file(follow_symlinks=False):
                    found.append(name)
                else:
                    raise Rejected(f"{name!r} is a link or a device; hand in plain files")
                Room(files=at_most).take_files(len(found) + len(pending))
    return found


class Single(Bundle):
    """One file, which a platform may have named."""

    needs_plain_names = False

    def __init__(self, path: Path, room: Room) -> None:
        super().__init__(room)
        self.path, self.names = path, (path.name,)

    def _read(self, name: str, at_most: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(at_most)

    def source(self, name: str) -> Path:
        return self.path


def normal_names(names: Sequence[str]) -> list[str]:
    """The names without empty parts and dots, if all lead inside.

    Raises:
        Rejected: a name leads outside or is too long.
    """
    normal = []
    for name in names:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
            raise Rejected(f"the name {name!r} leads outside the submission; use relative names")
        is_short = len(name) <= MAX_NAME and len(parts) <= MAX_DEPTH
        if not parts or not (is_short or is_litter(parts)):
            raise not_plain(name)
        normal.append("/".join(parts))
    return normal


def not_plain(name: str) -> Rejected:
    """The rejection of a submission because of a file's name."""
    return Rejected(f"a file is called {name[:80]!r}; use short plain names")


def kept_names(names: list[str]) -> tuple[str, ...]:
    """The names, sorted and without litter, if each is there once."""
    if len(set(names)) != len(names):
        raise Rejected(f"{min(name for name in names if names.count(name) > 1)!r} is in it twice; pack it again")
    return tuple(sorted(name for name in names if not is_litter(name.split("/"))))


def is_litter(parts: Sequence[str]) -> bool:
    """True for what file managers leave, which nobody named."""
    return bool(JUNK & set(parts)) or (parts[-1:] != [] and parts[-1].startswith("._"))
