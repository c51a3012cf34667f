"""What was handed in, as named bytes: a folder, a zip or a tar, read in place and within limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from benchmark.grading.archive_names import name_of, plain_names, undecoded, with_slashes
from benchmark.grading.damage import DAMAGED, plain_words
from benchmark.grading.rejection import Rejected

MAX_BYTES = 512 << 20  # of all files together, unpacked
MAX_FILES = 5_000
MAX_DEPTH = 12  # folders within folders
MAX_NAME = 300  # characters of a path
JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints", "__pycache__"}
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
ENCRYPTED = 1  # flag of a zip entry
OPENERS = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}  # by the first two bytes


class Bundle(ABC):
    """Files by name: relative paths with forward slashes, without the litter of file managers."""

    names: tuple[str, ...]

    def __init__(self) -> None:
        self.left = MAX_BYTES

    @abstractmethod
    def _read(self, name: str, at_most: int) -> bytes:
        """At most so many bytes of a file."""

    def read(self, name: str, at_most: int = MAX_BYTES) -> bytes:
        """One file, whole.

        Raises:
            Rejected: it is larger than ``at_most`` bytes, all files together are too large, or it is damaged.
        """
        limit = min(at_most, self.left)
        try:
            content = self._read(name, limit + 1)
        except (*DAMAGED, MemoryError) as error:
            raise Rejected(f"{name!r} cannot be read ({plain_words(error)}); pack the submission again") from error
        if len(content) > limit:
            raise Rejected(f"{name!r} has more than {limit:,} bytes; that is more than a submission needs")
        self.left -= len(content)
        return content


def open_bundle(path: Path) -> Bundle:
    """A folder or an archive; a folder that holds one archive and nothing else stands for that archive.

    Raises:
        Rejected: it is neither, it is damaged or too large, or a name in it leads outside.
    """
    if path.is_symlink():
        raise Rejected("it is a link; hand in the files themselves")
    if not path.is_dir() and not path.is_file():
        raise Rejected("it is neither a folder nor a plain file; hand in pictures or an archive")
    if not path.is_dir():
        return _open_file(path)
    folder = _Folder(path)
    inner = [name for name in folder.names if name.lower().endswith(ARCHIVES)]
    if len(inner) == 1 and len(folder.names) == 1:
        return _open_file(path / inner[0])
    return folder


def _open_file(path: Path) -> Bundle:
    if path.stat().st_size > MAX_BYTES:
        raise Rejected(f"it has {path.stat().st_size:,} bytes, more than {MAX_BYTES:,}")
    if not path.name.lower().endswith(ARCHIVES):
        return _Single(path)
    return _Zip(path) if path.suffix.lower() == ".zip" else _Tar(path)


class _Folder(Bundle):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        found = _walk(path)
        names = _normal(plain_names([undecoded(name) for name in found]))
        self.places = dict(zip(names, found, strict=True))
        self.names = _kept(names)

    def _read(self, name: str, at_most: int) -> bytes:
        handle = os.open(self.path / self.places[name], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            return file.read(at_most)


def _walk(folder: Path) -> list[str]:
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
                _refuse_many(len(found) + len(pending))
    return found


class _Single(Bundle):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.names = path, (path.name,)

    def _read(self, name: str, at_most: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(at_most)


class _Zip(Bundle):
    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            self.archive = zipfile.ZipFile(path)
        except DAMAGED as error:
            raise Rejected(f"it is no whole zip archive ({plain_words(error)}); pack it again") from error
        entries = self.archive.infolist()
        names = with_slashes(plain_names([name_of(entry) for entry in entries]))
        files = [(name, entry) for name, entry in zip(names, entries, strict=True) if not name.endswith("/")]
        _refuse_many(len(files))
        for name, entry in files:
            _refuse_unreadable(name, entry, path.stat().st_size)
        _refuse_large(sum(entry.file_size for _, entry in files))
        names = _normal([name for name, _ in files])
        self.entries = dict(zip(names, (entry for _, entry in files), strict=True))
        self.names = _kept(names)

    def _read(self, name: str, at_most: int) -> bytes:
        with self.archive.open(self.entries[name]) as file:
            return file.read(at_most)


def _refuse_unreadable(name: str, entry: zipfile.ZipInfo, size: int) -> None:
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Rejected(f"{name!r} is a link or a device; pack plain files")
    if entry.flag_bits & ENCRYPTED:
        raise Rejected(f"{name!r} is encrypted; pack it without a password")
    if not 0 <= entry.header_offset < size:
        raise Rejected(f"{name!r} lies past the end of the zip archive, which is not whole; pack it again")


class _Tar(Bundle):
    """Read through once, since a compressed tar knows no other way."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        with path.open("rb") as file:
            magic = file.read(2)
            file.seek(0)
            try:
                opened = OPENERS[magic](file) if magic in OPENERS else file
                found = _unpacked(_Limited(opened))
            except (*DAMAGED, MemoryError) as error:
                raise Rejected(f"it is no whole tar archive ({plain_words(error)}); pack it again") from error
        names = _normal(plain_names([undecoded(name) for name, _ in found]))
        self.files = {name: content for name, (_, content) in zip(names, found, strict=True)}
        self.names = _kept(names)

    def _read(self, name: str, at_most: int) -> bytes:
        return self.files[name][:at_most]


def _unpacked(stream: _Limited) -> list[tuple[str, bytes]]:
    """Names and contents of a tar's files, in its order."""
    found: list[tuple[str, bytes]] = []
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:
        for member in archive:
            if member.isdir():
                continue
            if not member.isreg() or member.issparse():
                raise Rejected(f"{member.name!r} is a link, a device or sparse; pack plain files")
            found.append((member.name, archive.extractfile(member).read()))
            _refuse_many(len(found))
    return found


class _Limited(io.RawIOBase):
    """A stream that ends in a rejection where it unpacks to more than a submission may have."""

    def __init__(self, stream: io.IOBase) -> None:
        self.stream, self.left = stream, MAX_BYTES

    def read(self, size: int = -1) -> bytes:
        wanted = self.left + 1 if size < 0 else min(size, self.left + 1)
        content = self.stream.read(wanted)
        self.left -= len(content)
        _refuse_large(MAX_BYTES - self.left)
        return content


def _normal(names: Sequence[str]) -> list[str]:
    """The names without empty parts and dots, if all lead inside.

    Raises:
        Rejected: a name leads outside, is too long or cannot be printed.
    """
    normal = []
    for name in names:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
            raise Rejected(f"the name {name!r} leads outside the submission; use relative names")
        if not parts or len(name) > MAX_NAME or len(parts) > MAX_DEPTH or not name.isprintable():
            raise Rejected(f"a file is called {name[:80]!r}; use short plain names")
        normal.append("/".join(parts))
    return normal


def _kept(names: list[str]) -> tuple[str, ...]:
    """The names, sorted and without litter, if each is there once."""
    if len(set(names)) != len(names):
        raise Rejected(f"{min(name for name in names if names.count(name) > 1)!r} is in it twice; pack it again")
    kept = [name for name in names if not JUNK & set(name.split("/")) and not PurePosixPath(name).name.startswith("._")]
    return tuple(sorted(kept))


def _refuse_many(count: int) -> None:
    if count > MAX_FILES:
        raise Rejected(f"it holds more than {MAX_FILES:,} files; leave out what is not asked for")


def _refuse_large(total: int) -> None:
    if total > MAX_BYTES:
        raise Rejected(f"unpacked it has more than {MAX_BYTES:,} bytes; leave out what is not asked for")
