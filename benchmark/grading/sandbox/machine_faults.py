"""Faults of the grading machine: no disk space, handles or memory. They end a grading and do not affect any mark."""

from __future__ import annotations

import errno
import os

from benchmark.errors import UsageError, lacks_memory
from benchmark.grading.sandbox.answer import NoRoom

OF_MACHINE = {
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN,
    errno.ENOBUFS, errno.ESTALE,
}  # fmt: skip


OF_RIGHTS = {errno.EACCES, errno.EPERM}  # concern one submission, but say nothing about its content


def is_of_content(error: BaseException) -> bool:
    """False for an error of the system at a file that may be whole: the machine's, or a lack of rights."""
    return not (isinstance(error, OSError) and (is_machines(error) or error.errno in OF_RIGHTS))


def is_machines(error: BaseException) -> bool:
    """True for an error of the grader itself that any submission would have met; others concern one submission."""
    if isinstance(error, OSError):
        return error.errno in OF_MACHINE
    return isinstance(error, (NoRoom, UsageError)) or lacks_memory(error)


def end_if_machines(error: Exception, name: str) -> None:
    """End the grading if an error is the machine's; else return.

    Args:
        error: met by the grader, not reported by a process that reads submissions.
        name: of the submission that was being worked on.

    Raises:
        UsageError: the error is the machine's.
    """
    if isinstance(error, UsageError):
        raise error
    if is_machines(error):
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise UsageError(
            f"this machine could not go on with {name!r} ({why or type(error).__name__}); the submission is not at "
            "fault; make room or end other programs, then run this again: what was done is kept"
        ) from error
