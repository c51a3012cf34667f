"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from benchmark.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it becomes ``path`` if the block ends well, else it goes.

    Raises:
        UsageError: the disk is full or the folder cannot be written; the message names the folder.
    """
    with _in_folder(path.parent):
        temporary = _temporary_file(path)
        try:
            yield temporary
            os.replace(temporary, path)
        except Exception as error:
            if not _is_disk_error(error):
                raise
            raise _cannot_write(path, error) from error
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``folder``; it becomes that one if the block ends well, else it goes.

    Args:
        folder: absent or empty.

    Raises:
        UsageError: as :func:`replacing`.
    """
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    with _in_folder(folder.parent):
        try:
            temporary.mkdir()
            yield temporary
            if folder.exists():
                folder.rmdir()
            temporary.rename(folder)
        except OSError as error:
            raise _cannot_write(folder, error) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, made if need be, while the block runs; however the process ends, that frees it.

    Raises:
        UsageError: another process holds it.
    """
    _make_folder(path.parent)
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"another process is working in {path.parent}; wait for it, or give another folder"
            ) from error
        yield


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, whole or not at all, making the folder if need be."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def refuse_unwritable(folder: Path) -> None:
    """Raise UsageError unless files can be written there once it is made; makes nothing."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise UsageError(f"cannot write in {folder}: {nearest} is no folder; choose another folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write in {folder}: no permission; choose another folder")


def _temporary_file(path: Path) -> Path:
    name = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        name.touch(exist_ok=False)
    except OSError as error:  # no room for another file, or too long a name
        raise _cannot_write(path, error) from error
    return name


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: Exception) -> UsageError:
    return UsageError(f"cannot write {path}: {error}; free some space or choose another folder, then run this again")


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Make a folder; if the block fails, those made for it go again unless something lies in them."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    _make_folder(folder)
    try:
        yield
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise


def _make_folder(folder: Path) -> None:
    """Raise UsageError unless the folder can be made, or is there, and can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write in {folder}: {error.strerror}; choose another folder") from error
    refuse_unwritable(folder)


def _is_disk_error(error: Exception) -> bool:
    """True for a full or read-only disk, also where safetensors wraps the system's error in its own."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
    return type(error).__name__ == "SafetensorError" and "No space left" in str(error)
