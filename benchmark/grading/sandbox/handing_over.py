"""A copy of a submission for a process of another user, where root may not let that process read what others own.

Root's process becomes a user of its own and keeps the right to read (CAP_DAC_READ_SEARCH). Root in a container often
lacks it, as with Docker's defaults: then folders and files that only their owner may read would stay closed.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.namespaces import NOBODY, may_read_all
from benchmark.grading.submission.bundle import MAX_BYTES, MAX_DEPTH, MAX_FILES

OF_GROUP = 0o750  # entered by root and by the group of the processes that read submissions


def is_needed() -> bool:
    """True if this process is root without the right to read whatever others own."""
    return sys.platform == "linux" and os.geteuid() == 0 and not may_read_all()


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """A submission as a process of another user can read it: itself, or a copy for the time being.

    Raises:
        Rejected: it has more or larger files than a submission may have.
        OSError: there is no room for a copy, or a file is gone.
    """
    if not is_needed():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, -1, NOBODY)
        os.chmod(folder, OF_GROUP)
        _copy(path, Path(folder) / path.name)
        yield Path(folder) / path.name


def _copy(path: Path, target: Path) -> None:
    """Copy files and folders; whatever else there is becomes a link that leads nowhere, and is rejected as a link."""
    pending, files, left = [(path, target, 0)], 0, MAX_BYTES
    while pending:
        source, copy, depth = pending.pop()
        kind, files = source.lstat().st_mode, files + 1
        if files > MAX_FILES or depth > MAX_DEPTH:
            raise Rejected(f"it holds more than {MAX_FILES:,} files, or folders more than {MAX_DEPTH} deep")
        if stat.S_ISDIR(kind):
            copy.mkdir()
            copy.chmod(0o755)
            with os.scandir(source) as entries:
                pending += [(Path(entry.path), copy / entry.name, depth + 1) for entry in entries]
        elif stat.S_ISREG(kind):
            left -= _copy_file(source, copy, left)
        else:
            copy.symlink_to("nowhere")


def _copy_file(source: Path, copy: Path, at_most: int) -> int:
    """Copy a plain file, even if another takes its place meanwhile, and return the number of its bytes."""
    with open(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Rejected(f"{one_line(source.name, 100)!r} is a link or a device; hand in plain files")
        if status.st_size > at_most:
            raise Rejected(f"it has more than {MAX_BYTES:,} bytes; that is more than a submission needs")
        with copy.open("xb") as written:
            shutil.copyfileobj(file, written)
    copy.chmod(0o644)
    return status.st_size
