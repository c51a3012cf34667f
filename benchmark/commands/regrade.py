"""``cgan-bench grade --regrade`` and ``--diff``: another scheme for the same scores; what differs between batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError
from benchmark.grading.evidence.shared import kept_shared
from benchmark.grading.grader import missing_list_remarks
from benchmark.grading.kept.earlier_batch import check_same_homework
from benchmark.grading.kept.kept_batch import check_kept, kept_graded, read_batch, read_book
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.grading.marking.remarks import OF_FILES, OF_SCHEME
from benchmark.grading.marking.scheme import Scheme, load_scheme
from benchmark.grading.marking.thresholds import near_thresholds
from benchmark.grading.output import gradebook
from benchmark.grading.output.workbook import check_xlsx
from benchmark.grading.pages.store import PageStore
from benchmark.grading.pages.write import write_pages
from benchmark.records.provenance import code_digest
from benchmark.records.record import ScoreEntry
from benchmark.system.files import locked
from benchmark.system.terminal import padded
from benchmark.tasks import TASKS


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
        UsageError: the grades or what is kept of them is not there, or the scheme needs other images or other flags.
    """
    if xlsx:
        check_xlsx()
    gradebook.check_grades_folder(out)
    book, batch = read_book(old), read_batch(old)
    check_same_homework(out, book.task, [grade.id for grade in book.submissions], "give another --out")
    assignment, graded = kept_graded(old, book, batch)
    task = TASKS[book.task]
    scheme = load_scheme(scheme_path, task.name, task.headline_conditions, [rows.name for rows in assignment.lists])
    if scheme.draws != assignment.draws:
        raise UsageError(
            f"{scheme_path} has draws = {scheme.draws}, and {assignment.draws} images were drawn for each condition; "
            f"say draws = {assignment.draws}, or grade the submissions again"
        )
    _check_first_score(scheme_path, scheme, batch.first_score)
    new = book.model_copy(
        update={
            "scheme": scheme.name,
            "maximum": scheme.maximum,
            "submissions": [regrade_one(grade, scheme, book.judge_sha256) for grade in book.submissions],
        }
    )
    shared = kept_shared(old / "seen" / "shared.json")
    check_kept(old, {name for pair in shared.matches for name in pair}, graded)
    with locked(out / "lock"):
        hidden = {rows.name for rows in assignment.lists if rows.hidden}
        gradebook.write(new, out, scheme=scheme, hidden=hidden, gradescope=gradescope, platforms=platforms, xlsx=xlsx)
        store = PageStore(out, out / "seen" / "pages.json", code_digest())
        write_pages(store, new, graded, shared, scheme, dataset_of(task), assignment.public())
    return gradebook.summary(new, out, names_score=scheme.has_several_scores)


def _check_first_score(path: Path, scheme: Scheme, first: str) -> None:
    """Raise UsageError if the kept flags and remarks are about another score than the scheme's first one."""
    if first and scheme.scores[0].name != first:
        raise UsageError(
            f"{path} names {scheme.scores[0].name} first; flags and remarks are about a scheme's first score, and the "
            f"kept ones about {first}; put that first, or grade the submissions again"
        )


def regrade_one(grade: Grade, scheme: Scheme, judge_sha256: str) -> Grade:
    """A grade by another scheme."""
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


def diff(old: Path, new: Path) -> list[dict[str, Any]]:
    """A row for each submission whose share of the points or verdict differs between two batches, with the reason.

    Args:
        old: folder of grades, or a ``grades.json``.
        new: the same.

    Raises:
        UsageError: one of them is missing or damaged, or they are of two tasks.
    """
    before, after = read_book(old), read_book(new)
    if before.task != after.task:
        raise UsageError(f"{old} grades {before.task} and {new} grades {after.task}; give two batches of one task")
    return [
        {
            "id": (later or earlier).id,
            "before": earlier.points if earlier else None,
            "after": later.points if later else None,
            "before of": before.maximum,
            "after of": after.maximum,
            "why": "; ".join(reasons(earlier, later, before, after)),
        }
        for earlier, later in grade_pairs(before, after)
        if _standing(earlier, before, after) != _standing(later, after, before)
    ]


def _standing(grade: Grade | None, book: Gradebook, other: Gradebook) -> tuple[float, str] | None:
    """Share of all points, and verdict; the points themselves if one of the books does not have their maximum."""
    return None if grade is None else (_share(grade, book, other), grade.verdict)


def _share(grade: Grade, book: Gradebook, other: Gradebook) -> float:
    maximum = 1.0 if other.maximum is None else book.maximum
    return round(grade.points / (maximum or 1.0), 6)


def grade_pairs(before: Gradebook, after: Gradebook) -> list[tuple[Grade | None, Grade | None]]:
    """The grades of each student before and after; those of nobody in a roster, or of who has several, by their ids."""
    first, second = (_by_student(book.submissions) for book in (before, after))
    pairs = [(first[student], second[student]) for student in sorted(first.keys() & second.keys())]
    taken = {(side, grade.id) for pair in pairs for side, grade in enumerate(pair)}
    old, new = (
        {grade.id: grade for grade in book.submissions if (side, grade.id) not in taken}
        for side, book in enumerate((before, after))
    )
    for name in old.keys() | new.keys():
        if name in old and name in new and not _are_of_two(old[name], new[name]):
            pairs.append((old[name], new[name]))
        else:
            pairs += [(old[name], None)] if name in old else []
            pairs += [(None, new[name])] if name in new else []
    return sorted(pairs, key=lambda pair: ((pair[1] or pair[0]).id, pair[1] is None))


def _are_of_two(old: Grade, new: Grade) -> bool:
    """True for grades of two students whose work is called the same."""
    return old.student is not None and new.student is not None and old.student.id != new.student.id


def _by_student(grades: Iterable[Grade]) -> dict[str, Grade]:
    """Grades by the student's id; none of who has several."""
    rows: dict[str, list[Grade]] = {}
    for grade in grades:
        if grade.student is not None:
            rows.setdefault(grade.student.id, []).append(grade)
    return {name: found[0] for name, found in rows.items() if len(found) == 1}


def reasons(old: Grade | None, new: Grade | None, before: Gradebook, after: Gradebook) -> Iterator[str]:
    """Causes of another share of the points, or of another verdict."""
    if old is None or new is None:
        yield "it is new" if old is None else "it is no longer there"
        return
    if old.status != new.status:
        yield f"{old.status} became {new.status}" + (f": {new.reason}" if new.reason else "")
    scores = list(_changed_scores(old, new))
    changed = scores or list(_changed_intervals(old, new))
    yield from changed
    if changed and before.judge_sha256 != after.judge_sha256:
        yield f"another judge ({before.judge_sha256[:8]}, {after.judge_sha256[:8]})"
    elif changed and before.seed != after.seed and _is_drawn(old) and _is_drawn(new):
        yield f"another seed ({before.seed}, {after.seed})"
    if old.status == new.status:
        same = "" if scores else "the same scores under "
        if before.scheme != after.scheme:
            yield f"{same}another scheme ({before.scheme}, {after.scheme})"
        elif not changed or (not scores and _share(old, before, after) != _share(new, after, before)):
            yield f"{same}another scheme that is called {after.scheme}, too"
    if old.verdict != new.verdict:
        yield f"{old.verdict} became {new.verdict}"
    if old.id != new.id:
        yield f"it was {old.id} before"


def _is_drawn(grade: Grade) -> bool:
    """True for scores of images that a generator drew: no others change with the seed."""
    return "generator" in (grade.kind or "")


def _changed_scores(old: Grade, new: Grade) -> Iterator[str]:
    for list_name in sorted(old.scores | new.scores):
        first, second = old.scores.get(list_name, {}), new.scores.get(list_name, {})
        if not first or not second:
            yield f"{list_name} was {'not ' if not first else ''}handed in before{'' if second else ', and is not now'}"
        for name in [name for name in first if name in second]:
            if first[name].value != second[name].value:
                yield f"{list_name} {name} {first[name].value:.3f} became {second[name].value:.3f}"


def _changed_intervals(old: Grade, new: Grade) -> Iterator[str]:
    """Intervals that differ, where the scores do not: they decide a verdict."""
    for list_name in sorted(old.scores.keys() & new.scores.keys()):
        for name, first in old.scores[list_name].items():
            second = new.scores[list_name].get(name, first)
            if first.interval != second.interval:
                change = f"{_in_digits(first)} became {_in_digits(second)}"
                yield f"the interval of {list_name} {name} {first.value:.3f} changed: {change}"


def _in_digits(score: ScoreEntry) -> str:
    return "[{:.4f}, {:.4f}]".format(*score.interval) if score.interval else "none"


def as_lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The rows for people, one line each."""
    names = padded([row["id"] for row in rows])
    for row, name in zip(rows, names, strict=True):
        yield f"{name}  {_points(row, 'before')} -> {_points(row, 'after')}  {row['why']}"
    yield f"{len(rows)} whose share of the points or verdict differs"


def _points(row: dict[str, Any], when: str) -> str:
    """Points of one side; with the maximum where that differs between the two."""
    if row[when] is None:
        return "-"
    shows_maximum = row["before of"] != row["after of"] and row[f"{when} of"] is not None
    return f"{row[when]:g}" + (f" of {row[f'{when} of']:g}" if shows_maximum else "")
