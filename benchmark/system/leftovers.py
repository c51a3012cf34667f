"""Half-written files and folders: their names, and their removal once the process that wrote them is gone."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system: leftovers stay there
    fcntl = None

PART = re.compile(r"\..+\.[0-9a-f]{8}\.part")


def part_of(path: Path) -> Path:
    """A new name next to ``path`` for what becomes that file or folder once it is whole."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


@contextmanager
def writing_in(folder: Path) -> Iterator[None]:
    """Hold a folder while something in it is half-written; leftovers of killed processes are removed first.

    Every writer holds a shared lock on the folder itself, and the system frees it however a process ends. So an
    exclusive lock shows that nobody else is writing. Where folders cannot be locked, leftovers stay.
    """
    handle = _opened(folder)
    try:
        if handle is not None and _locks(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
            remove_leftovers(folder)
        if handle is not None:
            _locks(handle, fcntl.LOCK_SH)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def clean_up(folder: Path) -> None:
    """Remove leftovers of killed processes from a folder, unless it is missing or somebody is writing in it."""
    if folder.is_dir():
        with writing_in(folder):
            pass


def remove_leftovers(folder: Path) -> None:
    """Remove half-written files and folders from a folder in which no process is writing."""
    with os.scandir(folder) as entries:
        found = [entry for entry in entries if PART.fullmatch(entry.name)]
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with suppress(OSError):
                os.unlink(entry.path)


def _opened(folder: Path) -> int | None:
    """A handle of a folder, or None where it may not be read."""
    if fcntl is None:
        return None
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def _locks(handle: int, kind: int) -> bool:
    """Lock a folder; False where the system refuses."""
    try:
        fcntl.flock(handle, kind)
    except OSError:
        return False
    return True
