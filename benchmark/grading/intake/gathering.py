"""Looking at a submission wherever its files lie; files among those of other people are copied into one folder."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmark.grading.intake.discover import Submission
from benchmark.grading.sandbox.answer import Answer, Rejected, failed_answer, one_line
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import EVERY_WALL, Limits
from benchmark.grading.sandbox.launch import look_at
from benchmark.grading.sandbox.machine_faults import end_if_machines
from benchmark.grading.submission.bundle import MAX_BYTES


def look_at_submission(submission: Submission, assignment: Assignment, limits: Limits) -> Answer:
    """Have a confined process look at a submission, wherever its files lie; whatever it does, this returns in time.

    Raises:
        UsageError: this machine has no room, or no more processes.
    """
    try:
        with as_one_path(submission) as path:
            return look_at(path, assignment, limits)
    except (Rejected, OSError) as error:
        return unread_answer(submission, "gathering its files", error)


def unread_answer(submission: Submission, doing: str, error: Exception) -> Answer:
    """The answer for a submission of which nothing was read.

    Raises:
        UsageError: the error is this machine's, see :func:`end_if_machines`.
    """
    if isinstance(error, Rejected):
        return Answer("rejected", str(error), EVERY_WALL, {})
    end_if_machines(error, submission.id)
    return failed_answer(doing, error)


@contextmanager
def as_one_path(submission: Submission) -> Iterator[Path]:
    """The path of a submission; of files among those of other people, a folder of copies for the time being.

    Raises:
        Rejected: it was refused before, a file is a link or a device, or they are too large together.
        OSError: there is no room for copies, or a file is gone.
    """
    if submission.refused:
        raise Rejected(submission.refused)
    if not submission.files:
        yield submission.path
        return
    with tempfile.TemporaryDirectory() as folder:
        _copy(submission.files, Path(folder))
        yield Path(folder)


def _copy(files: Mapping[str, Path], folder: Path) -> None:
    """Copy plain files under the given names, and no more bytes than they had when the first was opened."""
    if any(path.is_symlink() or not path.is_file() for path in files.values()):
        raise Rejected("a file of it is a link or a device; hand in plain files")
    if sum(path.lstat().st_size for path in files.values()) > MAX_BYTES:
        raise Rejected(f"it has more than {MAX_BYTES:,} bytes; that is more than a submission needs")
    for name, path in files.items():
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise Rejected(f"{one_line(name, 100)!r} is a link or a device; hand in plain files")
            with (folder / name).open("xb") as copy:
                shutil.copyfileobj(source, copy)
