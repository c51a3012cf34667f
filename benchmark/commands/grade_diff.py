"""``cgan-bench grade --diff``: submissions whose share of the points, or verdict, differs between batches, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.grading.kept.kept_batch import read_book
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.records.record import ScoreEntry
from benchmark.system.terminal import padded


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


def _standing(grade: Grade | None, book: Gradebook, other: Gradebook) -> tuple[float, str, bool] | None:
    """Share of all points, verdict, and True if it is set aside; the points if a book does not have their maximum."""
    return None if grade is None else (_share(grade, book, other), grade.verdict, grade.is_set_aside)


def _share(grade: Grade, book: Gradebook, other: Gradebook, *, by_scheme: bool = False) -> float:
    maximum = 1.0 if other.maximum is None else book.maximum
    points = grade.points_by_scheme if by_scheme else grade.points
    return round(points / (maximum or 1.0), 6)


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
        elif _differs_by_scheme(old, new, before, after, is_changed=bool(changed), has_scores=bool(scores)):
            yield f"{same}another scheme that is called {after.scheme}, too"
    yield from _decisions(old, new)
    if old.verdict != new.verdict:
        yield f"{old.verdict} became {new.verdict}"
    if old.id != new.id:
        yield f"it was {old.id} before"


def _differs_by_scheme(
    old: Grade, new: Grade, before: Gradebook, after: Gradebook, *, is_changed: bool, has_scores: bool
) -> bool:
    """True if neither scores, nor intervals, nor a decision of staff explain the difference: then the scheme does."""
    shares = [_share(old, before, after, by_scheme=True), _share(new, after, before, by_scheme=True)]
    if not is_changed:
        return shares[0] != shares[1] or old.verdict != new.verdict
    return not has_scores and shares[0] != shares[1]


def _decisions(old: Grade, new: Grade) -> Iterator[str]:
    """Points that staff decided, or no longer does."""
    if old.is_decided and not new.is_decided:
        yield f"the staff's decision of {old.points:g} points was taken back"
    elif new.is_decided and not (old.is_decided and old.points == new.points):
        by_scheme = f"{old.points:g} before" if old.is_decided else f"{new.points_by_scheme:g} by the scheme"
        yield f"the staff decided {new.points:g} points, {by_scheme}: {new.decision.reason}"
    if old.is_set_aside != new.is_set_aside:
        yield "another submission of this person counts" if new.is_set_aside else "it counts again"


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
