"""Names of files as ids of submissions: fit to be printed, and each there once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection

from benchmark.grading.sandbox.answer import one_line


def unused_name(name: str, file: str, named: Collection[str]) -> str:
    """The name; if it is taken already, with as many digits of a hash as make it unique."""
    choices = (name, *(f"{name}-{_hash(file, digits)}" for digits in range(8, 65, 8)))
    return next((choice for choice in choices if choice not in named), f"{name}-{len(named)}")


def printable(name: str) -> str:
    """A file name as an id: itself, or what is printable of it and a hash, so that two names stay two."""
    shown = one_line(os.fsencode(name).decode(errors="replace"))
    return shown if shown == name else f"{shown}-{_hash(name, 8)}"


def _hash(name: str, digits: int) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:digits]
