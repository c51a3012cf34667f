"""``cgan-bench grade --regrade`` and ``--diff``: another scheme for the same scores; what differs between batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError
from benchmark.grading import gradebook
from benchmark.grading.grader import nothing_for
from benchmark.grading.grades import Grade, Gradebook
from benchmark.grading.kept_batch import kept_graded, read_book
from benchmark.grading.pages.store import PageStore
from benchmark.grading.pages.write import write_pages
from benchmark.grading.scheme import Scheme, load_scheme
from benchmark.grading.shared import kept_shared
from benchmark.grading.thresholds import near_thresholds
from benchmark.grading.workbook import check_xlsx
from benchmark.records.provenance import code_digest
from benchmark.system.files import locked
from benchmark.system.terminal import padded
from benchmark.tasks import TASKS

UNFINISHED = "so it earns nothing"  # in the remark on a list that was not handed in


def regrade(
    old: Path, scheme_path: Path, out: Path, *, gradescope: bool, platforms: Sequence[str], xlsx: bool = False
) -> dict[str, Any]:
    """Mark a graded batch by another scheme, from kept scores; no submission is looked at and no judge is used.

    Args:
        old: folder of the grades.
        scheme_path: the other scheme.
        out: folder for the new grades, which may be the same.
        gradescope: also write Gradescope's files.
        platforms: learning platforms to also write a CSV file for.
        xlsx: also write the gradebook as a workbook.

    Raises:
        UsageError: the grades or what is kept of them is not there, or the scheme needs other images.
    """
    if xlsx:
        check_xlsx()
    gradebook.check_contents(out)
    book = read_book(old)
    assignment, graded = kept_graded(old, book)
    task = TASKS[book.task]
    scheme = load_scheme(scheme_path, task.name, task.headline_conditions, [rows.name for rows in assignment.lists])
    if scheme.draws != assignment.draws:
        raise UsageError(
            f"{scheme_path} has draws = {scheme.draws}, and {assignment.draws} images were drawn for each condition; "
            f"say draws = {assignment.draws}, or grade the submissions again"
        )
    new = book.model_copy(
        update={
            "scheme": scheme.name,
            "submissions": [regraded(grade, scheme, book.judge_sha256) for grade in book.submissions],
        }
    )
    shared = kept_shared(old / "seen" / "shared.json")
    with locked(out / "lock"):
        hidden = {rows.name for rows in assignment.lists if rows.hidden}
        gradebook.write(new, out, scheme=scheme, hidden=hidden, gradescope=gradescope, platforms=platforms, xlsx=xlsx)
        store = PageStore(out, out / "seen" / "pages.json", code_digest())
        write_pages(store, new, graded, shared, scheme, dataset_of(task))
    return gradebook.summary(new, out)


def regraded(grade: Grade, scheme: Scheme, judge_sha256: str) -> Grade:
    """A grade by another scheme."""
    if grade.status != "graded":
        return grade
    remarks = [remark for remark in grade.remarks if UNFINISHED not in remark]
    return grade.model_copy(
        update={
            "points": scheme.points(grade.scores),
            "verdict": scheme.verdict(grade.scores),
            "near": near_thresholds(scheme, grade.scores, judge_sha256),
            "remarks": [*remarks, *nothing_for(scheme, grade.scores)],
        }
    )


def diff(old: Path, new: Path) -> list[dict[str, Any]]:
    """Whose points differ between two batches, and why; by id.

    Args:
        old: folder of grades, or a ``grades.json``.
        new: the same.

    Raises:
        UsageError: one of them is missing or damaged, or they are of two tasks.
    """
    before, after = read_book(old), read_book(new)
    if before.task != after.task:
        raise UsageError(f"{old} grades {before.task} and {new} grades {after.task}; give two batches of one task")
    first = {grade.id: grade for grade in before.submissions}
    second = {grade.id: grade for grade in after.submissions}
    return [
        {
            "id": name,
            "before": first[name].points if name in first else None,
            "after": second[name].points if name in second else None,
            "why": "; ".join(reasons(first.get(name), second.get(name), before, after)),
        }
        for name in sorted(first | second)
        if (first[name].points if name in first else None) != (second[name].points if name in second else None)
    ]


def reasons(old: Grade | None, new: Grade | None, before: Gradebook, after: Gradebook) -> Iterator[str]:
    """Causes of other points."""
    if old is None or new is None:
        yield "it is new" if old is None else "it is no longer there"
        return
    if old.status != new.status:
        yield f"{old.status} became {new.status}" + (f": {new.reason}" if new.reason else "")
    changed = list(_changed_scores(old, new))
    yield from changed
    if not changed and old.status == new.status:
        yield f"the same scores under another scheme ({before.scheme}, {after.scheme})"
    elif changed and before.judge_sha256 != after.judge_sha256:
        yield f"another judge ({before.judge_sha256[:8]}, {after.judge_sha256[:8]})"
    elif changed and before.seed != after.seed:
        yield f"another seed ({before.seed}, {after.seed})"


def _changed_scores(old: Grade, new: Grade) -> Iterator[str]:
    for list_name in sorted(old.scores | new.scores):
        first, second = old.scores.get(list_name, {}), new.scores.get(list_name, {})
        if not first or not second:
            yield f"{list_name} was {'not ' if not first else ''}handed in before{'' if second else ', and is not now'}"
        for name in [name for name in first if name in second]:
            if first[name].value != second[name].value:
                yield f"{list_name} {name} {first[name].value:.3f} became {second[name].value:.3f}"


def as_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The rows for people, one line each."""
    names = padded([row["id"] for row in rows])
    for row, name in zip(rows, names, strict=True):
        before, after = ("-" if row[key] is None else f"{row[key]:g}" for key in ("before", "after"))
        yield f"{name}  {before} -> {after}  {row['why']}"
    yield f"{len(rows)} whose points differ"
