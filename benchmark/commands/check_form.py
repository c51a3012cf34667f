"""``cgan-bench grade --check``: a check that submissions can be graded, without grading them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.errors import UsageError
from benchmark.grading.grader import Grader, missing_list_remarks
from benchmark.grading.intake.discover import FoundSubmissions, Submission, find_submissions
from benchmark.grading.intake.gathering import look_at_submission
from benchmark.grading.intake.homework_zip import report_found, unpack_batches
from benchmark.grading.looking import AHEAD, as_they_come, thread_pool
from benchmark.grading.request import GradingRequest, check_system
from benchmark.grading.roster.roster import Student, join_roster
from benchmark.grading.roster.roster_file import read_roster
from benchmark.grading.roster.roster_grades import reasons_of
from benchmark.grading.sandbox.answer import Answer
from benchmark.grading.sandbox.reading_test import check_reading
from benchmark.system.terminal import Progress, padded

LINE_EVERY = 1.5  # seconds
PARTLY = "partly ready"  # a list that counts is missing
STATUSES = ("ready", PARTLY, "rejected", "failed", "missing")


def check_form(paths: list[Path], request: GradingRequest) -> list[dict[str, Any]]:
    """A check that submissions can be graded; for staff, and for participants before they hand in.

    Returns:
        A row each, by id: ``status`` (ready, partly ready if a list is missing, rejected, failed or, by the roster,
        missing), why, what was found and, with a roster, whose it is.

    Raises:
        UsageError: a path, the roster, the scheme or a list is wrong.
    """
    if request.executor != "local":
        raise UsageError(f"--check looks at submissions on this machine; leave out --executor {request.executor}")
    if request.decisions is not None:
        raise UsageError("--check gives no grade; leave out --decisions")
    check_system()
    grader = Grader(request, gives_grades=False)
    students = None if request.roster is None else read_roster(request.roster)
    lists = list(grader.assignment.public())
    with unpack_batches(paths, lists, each_is_one=request.each_is_one) as (places, left_out):
        found = find_submissions(places, lists, each_is_one=request.each_is_one, left_out=left_out.reasons)
        report_found(found, paths)
        rows = list(_rows(grader, found))
    if students is None:
        return rows
    platforms = {one.id: one.platform for one in found.submissions}
    joined = join_roster(students, [row["id"] for row in rows], platforms, found.longer)
    for row in rows:
        row["reason"] = "; ".join(filter(None, [row["reason"], joined.notes.get(row["id"])]))
        row["student"] = _in_words(joined.students[row["id"]]) if row["id"] in joined.students else ""
    reasons = reasons_of(joined.missing, students, found.documents, found.platforms, found.longer)
    for student in joined.missing:
        rows.append(_row(student.id, "missing", reasons[student.id], "") | {"student": _in_words(student)})
    return sorted(rows, key=lambda row: row["id"])


def _rows(grader: Grader, found: FoundSubmissions) -> Iterator[dict[str, Any]]:
    limits, submissions, jobs = grader.scheme.limits.limits(), found.submissions, grader.request.at_once
    rows: dict[str, dict[str, Any]] = {}
    check_reading()
    with thread_pool(jobs) as pool, Progress("checking", len(submissions), every=LINE_EVERY) as shown:

        def look(submission: Submission) -> Answer:
            return look_at_submission(submission, grader.assignment, limits)

        for submission, answer in as_they_come(pool, look, submissions, AHEAD * jobs):
            rows[submission.id] = _check_submission(grader, submission, answer)
            shown.update(len(rows), submission.id)
    yield from (rows[submission.id] for submission in submissions)


def _check_submission(grader: Grader, submission: Submission, answer: Answer) -> dict[str, Any]:
    remarks = [*([answer.reason] if answer.reason else []), *submission.not_read]
    if submission.handed_in:
        remarks.append(f"handed in {submission.handed_in}")
    status = answer.status
    if status == "ready":
        missing = missing_list_remarks(grader.scheme, {name for _, name in answer.images})
        status = PARTLY if any(remark.kind == "list missing" for remark in missing) else status
        remarks += dict.fromkeys(remark.text for remark in [*missing, *grader.mistakes(answer.images)])
    return _row(submission.id, status, "; ".join(remarks), _counts(answer.images))


def _row(name: str, status: str, reason: str, found: str) -> dict[str, Any]:
    return {"id": name, "status": status, "reason": reason, "found": found}


def _in_words(student: Student) -> str:
    return " ".join(filter(None, [student.id, student.name]))


def _counts(by_list: Mapping[tuple[str, str], np.ndarray]) -> str:
    return ", ".join(f"{source} {name}: {len(images)}" for (source, name), images in by_list.items())


def as_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The rows for people, one line each, and how many there are of each status."""
    statuses = padded([f"{row['status']:<8}" for row in rows])
    names, students = padded([row["id"] for row in rows]), padded([row.get("student", "") for row in rows])
    for row, status, name, student in zip(rows, statuses, names, students, strict=True):
        what = "; ".join(filter(None, [row["found"], row["reason"]]))
        yield "  ".join([status, name, *([student] if student else []), what])
    counts = Counter(row["status"] for row in rows)
    yield ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status] or status == "ready")
