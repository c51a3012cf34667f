"""Errors of libraries at damaged archives and weights, and plain words for them."""

from __future__ import annotations

import lzma
import struct
import tarfile
import zipfile
import zlib

from benchmark.grading.sandbox.answer import one_line

DAMAGED = (
    OSError, EOFError, ValueError, TypeError, AttributeError, AssertionError, ArithmeticError, LookupError,
    RuntimeError, struct.error, zlib.error, lzma.LZMAError, zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError,
)  # fmt: skip
PLAIN = (
    (RecursionError, "parts of it lie within each other, too many deep"),
    ((zlib.error, lzma.LZMAError), "its compressed data is damaged"),
    ((OverflowError, struct.error), "a size or a place in it is impossible"),
    (MemoryError, "unpacking it takes more memory than a submission may use"),
)


def plain_words(error: BaseException) -> str:
    """One line about an error of a library: for a person who packed files, not for one who wrote the library."""
    said = next((words for kinds, words in PLAIN if isinstance(error, kinds)), None)
    return said or one_line(getattr(error, "strerror", None) or str(error), 120) or "it is damaged"
