"""The files of a data set in a folder or zip, by name, without the leftovers of other systems."""

from __future__ import annotations

import hashlib
import lzma
import os
import re
import struct
import threading
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from benchmark.data.archive_names import name_of, plain_names, with_slashes
from benchmark.errors import UsageError

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")  # in any case
OTHER_ENDINGS = (".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".jfif")  # of images that are not read
LEFTOVERS = {"__macosx", "thumbs.db", "desktop.ini", "@eadir"}  # of other systems; hidden files are left out, too
UNREADABLE = (  # RuntimeError: encrypted; the others: damaged at one place or another
    OSError, EOFError, RuntimeError, NotImplementedError, ValueError, struct.error, zlib.error, lzma.LZMAError,
    zipfile.BadZipFile,
)  # fmt: skip


class Files:
    """The files below one folder, named by their path relative to it, with forward slashes.

    Hidden files and what other systems leave behind are ignored, with one remark.

    Raises:
        UsageError: the path does not exist, is empty, or is neither a folder nor a zip archive; a zip is damaged or
            has two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.remarks: list[str] = []  # for people: what was not read
        self._entries: dict[str, zipfile.ZipInfo] = {}  # of a zip
        self._local = threading.local()  # a zip handle per thread: their positions are not shared
        names = self._all_names()
        self.names = sorted(name for name in names if not is_leftover(name))
        if not self.names:
            raise UsageError(f"{path} is empty; give the folder or the zip of a data set")
        self.ignore("hidden files and leftovers of other systems", [name for name in names if is_leftover(name)])

    def _all_names(self) -> list[str]:
        if self.path.is_dir():
            return _walk(self.path)
        if self.path.is_file() and zipfile.is_zipfile(self.path):
            self._entries = _zip_entries(self.path)
            return list(self._entries)
        given = "is neither a folder nor a zip archive" if self.path.exists() else "does not exist"
        raise UsageError(f"{self.path} {given}; give the folder or the zip of a data set")

    def ignore(self, kind: str, names: Iterable[str]) -> None:
        """Remark, in one line, that files of a kind are ignored; nothing where there are none."""
        names = sorted(names)
        if names:
            self.remarks.append(f"{self.path.name}: ignored {len(names):,} {kind}, first {names[0]}")

    def read_text(self, name: str) -> str:
        """One file as UTF-8, with or without a byte order mark; accents are as in :func:`composed`.

        Raises:
            UsageError: it cannot be read, or is not UTF-8.
        """
        try:
            return composed(self.read(name).decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise UsageError(f"{self.path}: {name} is not UTF-8 text ({error}); save it as UTF-8") from error

    def read_lines(self, name: str) -> list[str]:
        """The lines of one text file, whichever way they end, without the empty ones at its end.

        Raises:
            UsageError: as :meth:`read_text`.
        """
        return re.split(r"\r\n|\r|\n", self.read_text(name).rstrip())

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        try:
            if self.path.is_dir():
                return (self.path / name).read_bytes()
            if not hasattr(self._local, "archive"):
                self._local.archive = zipfile.ZipFile(self.path)
            return self._local.archive.read(self._entries[name])
        except UNREADABLE as error:
            raise UsageError(f"{self.path}: cannot read {name}: {error}; copy the data set again") from error

    def find(self, filename: str, near: str = "") -> str | None:
        """The full name of the shallowest file called ``filename``, or None.

        Of several equally shallow ones the one that lies next to the file ``near`` is taken.

        Raises:
            UsageError: several are equally shallow and none of them lies there; the message names two.
        """
        found = sorted(self._called(filename), key=_depth)
        shallowest = [name for name in found if _depth(name) == _depth(found[0])]
        candidates = [name for name in shallowest if near and _folder(name) == _folder(near)] or shallowest
        if len(candidates) > 1:
            raise UsageError(f"{self.path} has both {candidates[0]} and {candidates[1]}; keep one of them")
        if not candidates:
            return None
        self.ignore(f"more files called {filename} (read: {candidates[0]})", set(found) - set(candidates))
        return candidates[0]

    def find_first(self, filenames: Iterable[str]) -> str | None:
        """The full name of the shallowest file called one of ``filenames``, or None; of equals the earlier one.

        Raises:
            UsageError: as :meth:`find`, of the name that is chosen.
        """
        there = {filename: min(map(_depth, names)) for filename in filenames if (names := self._called(filename))}
        if not there:
            return None
        chosen = min(there, key=there.__getitem__)
        others = [name for filename in there if filename != chosen for name in self._called(filename)]
        found = self.find(chosen)
        self.ignore(f"other label files (read: {found})", others)
        return found

    def images(self) -> list[str]:
        """Full names of all image files; a remark says how many images of other kinds there are.

        Raises:
            UsageError: there are none.
        """
        found = [name for name in self.names if is_image(name)]
        others = [name for name in self.names if PurePosixPath(name).suffix.lower() in OTHER_ENDINGS]
        self.ignore("images that are no PNG, JPEG or WebP", others)
        if not found:
            endings = ", ".join(IMAGE_ENDINGS)
            raise UsageError(f"{self.path} has no images ({endings}); give the data set with its images")
        return found

    def _called(self, filename: str) -> list[str]:
        return [name for name in self.names if composed(PurePosixPath(name).name) == composed(filename)]


def composed(text: str) -> str:
    """Text with each accent in its letter's character (Unicode's form C), where macOS writes two characters."""
    return unicodedata.normalize("NFC", text)


def is_image(name: str) -> bool:
    """True for the name of an image file of a kind that is read."""
    return PurePosixPath(name).suffix.lower() in IMAGE_ENDINGS


def is_leftover(name: str) -> bool:
    """True for hidden files and what other systems leave behind, such as ``__MACOSX/._0.jpg``."""
    parts = PurePosixPath(name).parts
    return any(part.lower() in LEFTOVERS or (part.startswith(".") and part != "..") for part in parts)


def fingerprint(path: Path) -> str:
    """A quick sha256 of what a folder or zip looks like from outside: names, sizes, times of change.

    Equal fingerprints mean unchanged files; the content is hashed when it is packed.
    """
    digest = hashlib.sha256(str(path.resolve()).encode())
    entries = _walk_stat(path) if path.is_dir() else [(path.name, path.stat())]
    for name, stat in sorted(entries):
        digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _zip_entries(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by their name, with slashes between folders whichever way they were written."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except UNREADABLE as error:
        raise UsageError(f"{path} cannot be read: {error}; copy the data set again") from error
    names = with_slashes(plain_names([name_of(entry) for entry in entries]))
    pairs = [(name, entry) for name, entry in zip(names, entries, strict=True) if not name.endswith("/")]
    name, count = Counter(name for name, _ in pairs).most_common(1)[0] if pairs else ("", 0)
    if count > 1:
        raise UsageError(f"{path} has {count} files called {name}; keep one of them")
    return dict(pairs)


def _depth(name: str) -> int:
    return len(PurePosixPath(name).parts)


def _folder(name: str) -> PurePosixPath:
    return PurePosixPath(name).parent


def _walk(folder: Path) -> list[str]:
    return [name for name, _ in _walk_stat(folder)]


def _check_link(folder: os.DirEntry[str]) -> None:
    """Raise UsageError if a link to a folder leads to one that it lies in."""
    path = Path(folder.path)
    if folder.is_symlink() and path.parent.resolve().is_relative_to(path.resolve()):
        raise UsageError(f"{path} is a link to a folder that it lies in; remove it")


def _walk_stat(folder: Path) -> list[tuple[str, os.stat_result]]:
    found, pending = [], [(str(folder), "")]
    while pending:
        directory, prefix = pending.pop()
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.is_dir():
                    _check_link(entry)
                    pending.append((entry.path, f"{prefix}{entry.name}/"))
                elif entry.is_file():
                    found.append((prefix + entry.name, entry.stat()))
    return found
