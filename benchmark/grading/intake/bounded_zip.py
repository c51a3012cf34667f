"""A zip opened and copied from within limits, by the grader itself: strangers made what is in it, or all of it.

Python's zipfile reads the whole directory of a zip, and makes an object of each entry, before their number is
known. Here every read is bounded, so that a directory is refused before it is parsed.

Source: APPNOTE.TXT 6.3.10, 4.3.12 and 4.3.16 (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
"""

from __future__ import annotations

import io
import shutil
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.submission.archives import ENCRYPTED
from benchmark.grading.submission.bundle import MAX_BYTES
from benchmark.grading.submission.damage import DAMAGED, plain_words

MOST_FILES = 200_000
MOST_DIRECTORY = 64 << 20  # bytes that say what is in it: names, places, comments
MOST_BYTES = 256 << 30  # of all files together, unpacked
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may unpack more at once than is read
ENTRY = b"PK\x01\x02"  # with which each entry of a directory begins


class TooLargeError(UsageError):
    """A zip of more than the grader reads of one."""


class _Bounded(io.BufferedReader):
    """A file whose reads are limited to the size and the number of entries that a zip's directory may have."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb", buffering=0))
        self.path = path

    def read(self, size: int | None = -1, /) -> bytes:
        is_open = size is None or size < 0
        content = super().read(MOST_DIRECTORY + 1 if is_open else min(size, MOST_DIRECTORY + 1))
        if len(content) > MOST_DIRECTORY:
            raise TooLargeError(f"{self.path} has a directory of more than {MOST_DIRECTORY:,} bytes; give parts of it")
        if content.count(ENTRY) > MOST_FILES:
            raise TooLargeError(f"{self.path} holds more than {MOST_FILES:,} files; give parts of it")
        return content


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A zip whose directory is within limits.

    Raises:
        TooLargeError: it is not.
        zipfile.BadZipFile: or another of :data:`DAMAGED`.
    """
    with _Bounded(path) as file, zipfile.ZipFile(file) as archive:
        yield archive


def check_room(path: Path, entries: Sequence[zipfile.ZipInfo], folder: Path) -> None:
    """Raise UsageError if files of a zip cannot be unpacked below a folder: all that follows is bounded by their sizes.

    Args:
        path: of the zip, which cannot hold more than its own bytes: else its entries lie over one another.
        entries: that are to be unpacked.
        folder: where they are written.
    """
    size, free = sum(entry.file_size for entry in entries), shutil.disk_usage(folder).free
    if size > MOST_BYTES:
        raise TooLargeError(f"{path} holds {size:,} bytes, more than {MOST_BYTES:,}; give parts of it")
    if sum(entry.compress_size for entry in entries) > path.stat().st_size:
        raise UsageError(f"{path} is made to unpack the same bytes many times; ask who packed it")
    if size > free:
        raise UsageError(f"{path} holds {size:,} bytes, and {folder.parent.parent} has room for {free:,}; make room")


def write_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> str | None:
    """Write one plain file, of at most the bytes that the directory says; the reason why not, if it was not written.

    Raises:
        OSError: this machine has no room, or no permission.
    """
    if reason := _reason_to_skip(entry):
        return reason
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
    except (FileExistsError, NotADirectoryError):
        return "another file has its name"
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:  # no room, or no permission: not this file's doing
            raise
        target.unlink(missing_ok=True)
        return f"it is damaged ({plain_words(error)})"
    return None


def _reason_to_skip(entry: zipfile.ZipInfo) -> str | None:
    """The reason why an entry is not unpacked at all."""
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return "it is a link or a device"
    if entry.flag_bits & ENCRYPTED:
        return "it is encrypted"
    if entry.file_size > MAX_BYTES:
        return f"it has more than {MAX_BYTES:,} bytes"
    if entry.compress_type not in METHODS:
        return f"it is packed by method {entry.compress_type}; it may be stored or deflated"
    return None
