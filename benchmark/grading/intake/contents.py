"""The digest of a submission's content."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.submission.bundle import MAX_BYTES, MAX_DEPTH, MAX_FILES

BLOCK = 1 << 20  # bytes read at once
OF_FILES = {None, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO, errno.ENAMETOOLONG}  # of what lies there


def content_digest(path: Path) -> str:
    """sha256 that changes with names, kinds and contents; of links and devices only their kind counts.

    Raises:
        Rejected: it is a link, it has more or larger files than a submission may have, or they change meanwhile.
        OSError: this machine cannot read it.
    """
    if path.is_symlink():
        raise Rejected("it is a link; hand in the files themselves")
    digest, left = hashlib.sha256(), MAX_BYTES
    try:
        for name, entry in _walk(path):
            status = entry.lstat()
            digest.update(f"{name!r} {stat.S_IFMT(status.st_mode)} {status.st_size}\n".encode())
            if stat.S_ISREG(status.st_mode):
                left -= status.st_size
                if left < 0:
                    raise Rejected(f"it has more than {MAX_BYTES:,} bytes; that is more than a submission needs")
                digest.update(_file_digest(entry, status.st_size))
    except OSError as error:
        if error.errno not in OF_FILES:
            raise
        raise Rejected(
            f"it cannot be read ({one_line(error.strerror or str(error), 100)}); hand it in again"
        ) from error
    return digest.hexdigest()


def _file_digest(path: Path, size: int) -> bytes:
    """sha256 of at most so many bytes of a plain file, even if another takes its place meanwhile."""
    digest = hashlib.sha256()
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it changed while it was read")
        while size > 0 and (block := file.read(min(BLOCK, size))):
            digest.update(block)
            size -= len(block)
    return digest.digest()


def _walk(path: Path) -> Iterator[tuple[str, Path]]:
    """The path itself, or everything below it in a fixed order, links not followed."""
    if not path.is_dir():
        yield path.name, path
        return
    pending, count = [""], 0
    while pending:
        prefix = pending.pop()
        if prefix.count("/") > MAX_DEPTH:
            raise Rejected(f"its folders lie more than {MAX_DEPTH} deep; hand in fewer")
        with os.scandir(path / prefix) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                count += 1
                if count > MAX_FILES:
                    raise Rejected(f"it holds more than {MAX_FILES:,} files; leave out what is not requested")
                yield prefix + entry.name, Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{prefix}{entry.name}/")
