"""Zips and tars as named bytes, read in place and within limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import BinaryIO

from benchmark.data.archive_names import name_of, plain_names, undecoded, with_slashes
from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.sandbox.machine_faults import is_of_content
from benchmark.grading.submission.bundle import ARCHIVES, MAX_BYTES, Bundle, Room, kept_names, normal_names
from benchmark.grading.submission.damage import DAMAGED, plain_words

ENCRYPTED = 1  # flag of a zip entry
OPENERS = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}  # by the first two bytes


def is_archive(name: str) -> bool:
    """True if a file is one of those that are opened, by its name."""
    return name.lower().endswith(ARCHIVES)


def open_archive(source: Path | io.BytesIO, name: str, room: Room) -> Bundle:
    """The files in an archive, whose name says of which kind it is.

    Raises:
        Rejected: it is damaged or too large, or a name in it leads outside.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source.getbuffer())
    if size > MAX_BYTES:
        raise Rejected(f"it has {size:,} bytes, more than {MAX_BYTES:,}")
    if name.lower().endswith(".zip"):
        return _Zip(source, size, room)
    with source.open("rb") if isinstance(source, Path) else source as file:
        return _Tar(file, room)


NO_ZIP = "File is not a zip file"  # all that zipfile says of most broken ones


class _Zip(Bundle):
    def __init__(self, source: Path | io.BytesIO, size: int, room: Room) -> None:
        super().__init__(room)
        try:
            self.archive = zipfile.ZipFile(source)
        except DAMAGED as error:
            if not is_of_content(error):
                raise
            why = "" if str(error) == NO_ZIP else f" ({plain_words(error)})"
            raise Rejected(f"it is no whole zip archive{why}; pack it again") from error
        entries = self.archive.infolist()
        names = with_slashes(plain_names([name_of(entry) for entry in entries]))
        files = [(name, entry) for name, entry in zip(names, entries, strict=True) if not name.endswith("/")]
        room.take_files(len(files))
        for name, entry in files:
            _check_readable(name, entry, size)
        Room(bytes=room.bytes).take_bytes(sum(entry.file_size for _, entry in files))
        names = normal_names([name for name, _ in files])
        self.entries = dict(zip(names, (entry for _, entry in files), strict=True))
        self.names = kept_names(names)

    def _read(self, name: str, at_most: int) -> bytes:
        with self.archive.open(self.entries[name]) as file:
            return file.read(at_most)


def _check_readable(name: str, entry: zipfile.ZipInfo, size: int) -> None:
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Rejected(f"{name!r} is a link or a device; pack plain files")
    if entry.flag_bits & ENCRYPTED:
        raise Rejected(f"{name!r} is encrypted; pack it without a password")
    if not 0 <= entry.header_offset < size:
        raise Rejected(f"{name!r} lies past the end of the zip archive, which is not whole; pack it again")


class _Tar(Bundle):
    """Read through once, since a compressed tar knows no other way."""

    def __init__(self, file: BinaryIO, room: Room) -> None:
        super().__init__(room)
        magic = file.read(2)
        file.seek(0)
        try:
            opened = OPENERS[magic](file) if magic in OPENERS else file
            found = _unpack(_Limited(opened, room), room)
        except (*DAMAGED, MemoryError) as error:
            raise Rejected(f"it is no whole tar archive ({plain_words(error)}); pack it again") from error
        names = normal_names(plain_names([undecoded(name) for name, _ in found]))
        self.files = {name: content for name, (_, content) in zip(names, found, strict=True)}
        self.names = kept_names(names)

    def _read(self, name: str, at_most: int) -> bytes:
        return self.files[name][:at_most]

    def source(self, name: str) -> io.BytesIO:
        return io.BytesIO(self.files[name])


def _unpack(stream: _Limited, room: Room) -> list[tuple[str, bytes]]:
    """Names and contents of a tar's files, in its order."""
    found: list[tuple[str, bytes]] = []
    with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as archive:
        for member in archive:
            if member.isdir():
                continue
            if not member.isreg() or member.issparse():
                raise Rejected(f"{member.name!r} is a link, a device or sparse; pack plain files")
            found.append((member.name, archive.extractfile(member).read()))
            room.take_files(1)
    return found


class _Limited(io.RawIOBase):
    """A stream that ends in a rejection where it unpacks to more than a submission may have."""

    def __init__(self, stream: io.IOBase, room: Room) -> None:
        self.stream, self.room = stream, room

    def read(self, size: int = -1) -> bytes:
        left = self.room.bytes + 1
        content = self.stream.read(left if size < 0 else min(size, left))
        self.room.take_bytes(len(content))
        return content
