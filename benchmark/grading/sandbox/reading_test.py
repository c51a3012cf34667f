"""A test before a batch: whether the processes that read submissions can read anything at all on this machine.

They may be of a user to whom Python's own files or the temporary folder are closed, or lack a library. That is no
submission's fault, and ends the grading with one line.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.sandbox.answer import AnswerFile, NoRoom, Rejected
from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.grading.sandbox.confine import Limits
from benchmark.grading.sandbox.launch import READING_TEST, raw_answer
from benchmark.grading.sandbox.libraries import DIRECT
from benchmark.grading.sandbox.places import without_local_paths

OURS = ("json", "benchmark.grading.submission.read", "reference_models")
KNOWN = b"known"
ROWS = ConditionList(name="test", rows=[[1]], stems=["0"])
ASSIGNMENT = Assignment(
    task="iclevr", kind="multi_label", sizes=[1], image_size=64, lists=[ROWS], draws=1, seed=0
)  # fmt: skip


def main() -> None:
    """Try to read, in a process as for a submission."""
    from benchmark.grading.submission import child

    child.main(_look)


def _look(path: Path, assignment: Assignment, answer: AnswerFile) -> None:
    """Say what cannot be read; nothing if all can."""
    missing = [name for name in (*OURS, *DIRECT) if not _can_be_read(name)]
    try:
        read = path.read_bytes()
    except OSError:
        read = b""
    raise Rejected(", ".join([*missing, *(["a file in the temporary folder"] if read != KNOWN else [])]))


def _can_be_read(name: str) -> bool:
    try:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            return False
        with open(spec.origin, "rb") as file:
            file.read(1)
    except (ImportError, OSError):
        return False
    return True


def check_reading() -> None:
    """Raise UsageError if a process that reads submissions cannot read what every one of them needs."""
    if fault := reading_fault():
        raise UsageError(f"{fault}; no submission is at fault")


def reading_fault() -> str:
    """The reason why no process can read submissions here, and the remedy; "" if one can."""
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder) / "known"
        known.write_bytes(KNOWN)
        try:
            answer = raw_answer(known, ASSIGNMENT, Limits(), READING_TEST).read(ASSIGNMENT.layout())
        except (OSError, NoRoom, MemoryError):  # or no more processes: the first look meets it as well, and says so
            return ""
    if (answer.status, answer.reason) == ("rejected", ""):
        return ""
    if answer.status == "rejected":
        return f"processes that read submissions cannot read {answer.reason}; {_remedy()}"
    return f"no process can read submissions on this machine ({without_local_paths(answer.reason)})"


def _remedy() -> str:
    if sys.platform == "linux" and os.geteuid() == 0:
        return (
            f"install Python ({sys.base_prefix}, {sys.prefix}) and this program where every user can read them, such "
            "as /opt, or give the container the capability DAC_READ_SEARCH"
        )
    return f"install this program's libraries for {sys.executable}"
