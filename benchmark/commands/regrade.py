"""``cgan-bench grade --regrade``: another scheme, other decisions of staff or other files, for the same scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.grading.decisions.decided_grades import with_decisions, without_decision
from benchmark.grading.decisions.kept_decisions import BatchDecisions, decisions_of
from benchmark.grading.evidence.shared import kept_shared
from benchmark.grading.grader import missing_list_remarks
from benchmark.grading.kept.earlier_batch import check_same_homework
from benchmark.grading.kept.kept_batch import KeptBatch, check_kept, kept_graded, read_batch, read_book
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.grading.marking.remarks import OF_FILES, OF_SCHEME
from benchmark.grading.marking.scheme import Scheme, load_scheme
from benchmark.grading.marking.thresholds import near_thresholds
from benchmark.grading.output import gradebook
from benchmark.grading.output.platform_csv import check_canvas_column
from benchmark.grading.output.workbook import check_xlsx
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.written_batch import GradedBatch, write_batch
from benchmark.records.provenance import code_digest
from benchmark.system.files import locked
from benchmark.tasks import TASKS


def regrade(
    old: Path,
    scheme_path: Path | None,
    out: Path,
    *,
    gradescope: bool,
    platforms: Sequence[str],
    xlsx: bool = False,
    decisions: Path | None = None,
    canvas_column: str | None = None,
) -> dict[str, Any]:
    """Mark a graded batch anew, from kept scores; no submission is looked at and no judge is used.

    Args:
        old: folder of the grades.
        scheme_path: another scheme; None for the one that the batch was graded by.
        out: folder for the new grades, which may be the same.
        gradescope: also write Gradescope's files.
        platforms: learning platforms to also write a CSV file for.
        xlsx: also write the gradebook as a workbook.
        decisions: of staff, instead of those that are kept with the grades.
        canvas_column: heading of Canvas' assignment, instead of the one that is kept with the grades.

    Raises:
        UsageError: the grades or what is kept of them is not there, or the scheme needs other images or other flags.
    """
    check_canvas_column(canvas_column, platforms)
    if xlsx:
        check_xlsx()
    gradebook.check_grades_folder(out)
    book, batch = read_book(old), read_batch(old)
    check_same_homework(out, book.task, [grade.id for grade in book.submissions], "give another --out")
    assignment, graded = kept_graded(old, book, batch)
    scheme = _kept_scheme(old, batch) if scheme_path is None else _other_scheme(scheme_path, book, batch, assignment)
    held = decisions_of(decisions, [out, old], scheme.maximum)
    new = _marked(book, batch, scheme, held, canvas_column)
    shared = kept_shared(old / "seen" / "shared.json")
    check_kept(old, {name for pair in shared.matches for name in pair}, graded)
    changed = GradedBatch(
        book=new, graded=graded, shared=shared, decisions=held.decisions, scheme=scheme, assignment=assignment
    )
    with locked(out / "lock"):
        return write_batch(changed, out, code_digest(), gradescope=gradescope, platforms=platforms, xlsx=xlsx)


def _marked(
    book: Gradebook, batch: KeptBatch, scheme: Scheme, held: BatchDecisions, canvas_column: str | None
) -> Gradebook:
    """The grades by a scheme, with the decisions that hold."""
    marked = [regrade_one(grade, scheme, book.judge_sha256) for grade in book.submissions]
    return book.model_copy(
        update={
            "scheme": scheme.name,
            "maximum": scheme.maximum,
            "canvas_column": canvas_column or book.canvas_column,
            "submissions": with_decisions(marked, held.decisions, scheme.maximum, batch.digests, held.before),
        }
    )


def _kept_scheme(folder: Path, batch: KeptBatch) -> Scheme:
    if batch.scheme is None:
        raise UsageError(f"{folder} was graded by an earlier version, which kept no scheme; give it as --scheme")
    return batch.scheme


def _other_scheme(path: Path, book: Gradebook, batch: KeptBatch, assignment: Assignment) -> Scheme:
    """Another scheme, if it is one for the images, flags and remarks that are kept."""
    task = TASKS[book.task]
    scheme = load_scheme(path, task.name, task.headline_conditions, [rows.name for rows in assignment.lists])
    if scheme.draws != assignment.draws:
        raise UsageError(
            f"{path} has draws = {scheme.draws}, and {assignment.draws} images were drawn for each condition; "
            f"say draws = {assignment.draws}, or grade the submissions again"
        )
    if batch.first_score and scheme.scores[0].name != batch.first_score:
        raise UsageError(
            f"{path} names {scheme.scores[0].name} first; flags and remarks are about a scheme's first score, and the "
            f"kept ones about {batch.first_score}; put that first, or grade the submissions again"
        )
    return scheme


def regrade_one(grade: Grade, scheme: Scheme, judge_sha256: str) -> Grade:
    """A grade by another scheme, without any decision of staff."""
    grade = without_decision(grade)
    if grade.status != "graded":
        return grade
    remarks = [remark for remark in grade.remarks if remark.kind not in OF_SCHEME]
    of_files = [remark for remark in remarks if remark.kind in OF_FILES]
    mistakes = [remark for remark in remarks if remark.kind not in OF_FILES]
    return grade.model_copy(
        update={
            "points": scheme.points(grade.scores),
            "verdict": scheme.verdict(grade.scores),
            "near": near_thresholds(scheme, grade.scores, judge_sha256),
            "remarks": [*of_files, *missing_list_remarks(scheme, grade.scores), *mistakes],
        }
    )
