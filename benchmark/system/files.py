"""Files that appear whole or not at all, locks, and checked JSON."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import Field, TypeAdapter, ValidationError

from benchmark.errors import BusyError, UsageError, first_complaint
from benchmark.system.cache import other_folder
from benchmark.system.leftovers import part_of, writing_in

DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ENAMETOOLONG, errno.ESTALE}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path on the same disk; it becomes ``path`` if the block ends well, else it is removed.

    It lies in a hidden folder of its own, which also takes temporary files that libraries make next to it. What a
    killed process left is removed at the next call for the same folder.

    Raises:
        UsageError: the disk is full or the folder cannot be written; the message names the folder.
    """
    with _in_folder(path.parent):
        temporary = _temporary_file(path)
        try:
            yield temporary
            _share(temporary)
            os.replace(temporary, path)
        except Exception as error:
            if not _is_disk_error(error):
                raise
            raise _cannot_write(path, error) from error
        finally:
            shutil.rmtree(temporary.parent, ignore_errors=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder next to ``folder``; it becomes that one if the block ends well, else it is removed.

    Args:
        folder: absent or empty.

    Raises:
        UsageError: as :func:`replacing`.
    """
    temporary = part_of(folder)
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
    """Hold a lock file, made if need be, while the block runs; the system frees it also if the process is killed.

    Raises:
        BusyError: another process holds it.
    """
    _make_folder(path.parent)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(f"another process is working in {path.parent}; wait for it, or give another folder") from error
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        yield
    finally:
        lock.release()


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, its line ends as they are, whole or not at all, making the folder if need be."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def append_text(path: Path, text: str) -> None:
    """Add ``text`` as UTF-8, its line ends as they are, at the end of a file.

    Raises:
        UsageError: the file system refuses it; a part of the text may be there.
    """
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise _cannot_write(path, error) from error


def check_writable(folder: Path) -> None:
    """Raise UsageError unless files can be written in a folder, which need not be there yet.

    The check makes and removes an empty folder; if it is killed, that folder stays as a leftover.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise UsageError(f"cannot write in {folder}: {nearest} is no folder; {other_folder(folder)}")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write in {folder}: no permission; {other_folder(folder)}")
    probe = part_of(nearest / "probe")
    try:
        probe.mkdir()
        with suppress(FileNotFoundError):  # another process took it for a leftover
            probe.rmdir()
    except OSError as error:  # such as those of /proc, where root has every permission
        raise UsageError(f"cannot write in {folder}: {error.strerror}; {other_folder(folder)}") from error


def _temporary_file(path: Path) -> Path:
    """A path in a new hidden folder; nothing lies there yet."""
    folder = part_of(path)
    try:
        folder.mkdir()
    except OSError as error:  # no room for another file, or too long a name
        raise _cannot_write(path, error) from error
    return folder / path.name


def _share(temporary: Path) -> None:
    """Give a file the permissions that new files get here; some libraries let only its owner read what they write."""
    probe = temporary.with_name(f"{temporary.name}.mode")
    probe.touch()
    temporary.chmod(stat.S_IMODE(probe.stat().st_mode))


def _cannot_write(path: Path, error: Exception) -> UsageError:
    return UsageError(f"cannot write {path}: {error}; free some space or {other_folder(path)}, then run this again")


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Make a folder and its parents; if the block fails, those that were made and are empty are removed again."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    _make_folder(folder)
    try:
        with writing_in(folder):
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
        raise UsageError(f"cannot write in {folder}: {error.strerror}; {other_folder(folder)}") from error
    check_writable(folder)


def _is_disk_error(error: Exception) -> bool:
    """True for an error of the disk, also where safetensors wraps the system's error in its own."""
    if isinstance(error, OSError):
        return error.errno in DISK_ERRORS
    return type(error).__name__ == "SafetensorError" and "os error" in str(error)


Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Shape = TypeVar("Shape")


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write one JSON object, sorted and indented, whole or not at all."""
    write_text(path, json.dumps(document, indent=2, sort_keys=True) + "\n")


def file_sha256(path: Path) -> str:
    """The hexadecimal sha256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_text(text: str) -> str:
    """The hexadecimal sha256 of a text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_checked(path: Path, shape: type[Shape], remedy: str) -> Shape:
    """Read one JSON object of a known shape.

    Args:
        path: the file.
        shape: a TypedDict or a dataclass; other keys are refused.
        remedy: what a person can do about a damaged file.

    Raises:
        UsageError: the file is missing, broken or of another shape; the message ends with ``remedy``.
    """
    document = read_json(path, tuple(shape.__annotations__)[:1], remedy)
    try:
        return TypeAdapter(shape).validate_json(json.dumps(document), strict=True, extra="forbid")
    except ValidationError as error:
        raise UsageError(f"{path}: {first_complaint(error)}; {remedy}") from error


def kept_json(path: Path, make: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401
    """The JSON in a file of the cache; it is made again where the file is not there, damaged, or does not fit."""
    with suppress(OSError, ValueError, RecursionError):
        if fits(document := json.loads(path.read_bytes())):
            return document
    document = make()
    with suppress(UsageError):  # a cache that cannot be written only costs the time again
        write_text(path, json.dumps(document))
    return document


def read_json(path: Path, needed: tuple[str, ...], remedy: str) -> dict[str, Any]:
    """Read one JSON object that has all the keys ``needed``.

    Raises:
        UsageError: the file is missing, broken or something else; the message ends with ``remedy``.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); {remedy}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a whole JSON file ({error}); {remedy}") from error
    missing = [key for key in needed if not isinstance(document, dict) or key not in document]
    if missing:
        raise UsageError(f"{path} lacks the key {missing[0]!r} that such a file has; {remedy}")
    return document
