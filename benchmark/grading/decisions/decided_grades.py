"""Grades with the decisions of staff: these count instead of the scheme's points, which stay next to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchmark.errors import UsageError
from benchmark.grading.decisions.counted_submission import with_others_set_aside
from benchmark.grading.decisions.decision_file import Decision
from benchmark.grading.marking.grades import DecisionEntry, Grade
from benchmark.grading.output.spreadsheet import safe_cell
from benchmark.grading.roster.leading_zeros import without_zeros
from benchmark.system.terminal import say

HANDED_IN_ANEW = "handed in anew since staff decided"  # a note begins with this
OTHERS_NOW = "a cleared flag names others than when staff decided"  # or with this
CONFIRM = "decide again, or change the reason to keep this"


def with_decisions(
    grades: Sequence[Grade],
    decisions: Sequence[Decision],
    maximum: float,
    digests: Mapping[str, str],
    before: Sequence[DecisionEntry],
) -> list[Grade]:
    """Grades with the decisions of staff.

    Args:
        grades: by the scheme, with the students of the roster.
        decisions: of one file.
        maximum: points that can be earned.
        digests: of the submissions' contents, by id.
        before: decisions as they were applied the last time: a submission that has changed since has a note.

    Raises:
        UsageError: a decision is about nobody, two are about one row, there are more points than can be earned, or a
            submission is to count that is not one of several of its person, or not the only one to count.
    """
    by_row: dict[str, Decision] = {}
    known = {entry.id: entry for entry in before}
    for decision in decisions:
        row = _row_of(decision, grades)
        if row in by_row:
            raise UsageError(f"{decision.where} is about {row}, as {by_row[row].where} is; give one line for it")
        if decision.points is not None and decision.points > maximum:
            raise UsageError(f"{decision.where}: points is {decision.points:g}; the scheme gives 0 to {maximum:g}")
        by_row[row] = decision
    for grade in grades:
        _say_absent_flags(grade, by_row.get(grade.id))
    decided = [
        _decided(grade, by_row[grade.id], digests.get(grade.id, ""), known.get(by_row[grade.id].id))
        if grade.id in by_row
        else grade
        for grade in grades
    ]
    return with_others_set_aside(decided, by_row)


def _row_of(decision: Decision, grades: Sequence[Grade]) -> str:
    """The id of the row that a decision is about: its own id, a student's, or one that lost its leading zeros."""
    name = decision.id
    found = [grade.id for grade in grades if name in (grade.id, safe_cell(grade.id))]
    found = found or [grade.id for grade in grades if grade.student is not None and name == grade.student.id]
    found = found or [grade.id for grade in grades if _differs_in_zeros(name, grade)]
    if len(found) > 1:
        raise UsageError(f"{decision.where}: {name!r} may be {' or '.join(found)}; give the id of one of these rows")
    if not found:
        remedy = "" if any(grade.student for grade in grades) else "; with ids of the roster, give --roster"
        raise UsageError(
            f"{decision.where}: no row has the id {name!r}; give one of gradebook.csv, or drop the line{remedy}"
        )
    return found[0]


def _say_absent_flags(grade: Grade, decision: Decision | None) -> None:
    there = {flag.name for flag in grade.flags}
    for name in decision.clear_flags if decision else ():
        if name not in there:
            say(f"{decision.where}: {grade.id} has no flag {name}, so there is none to clear")


def _differs_in_zeros(name: str, grade: Grade) -> bool:
    ids = [grade.id, *([grade.student.id] if grade.student else [])]
    return bool(without_zeros(name)) and without_zeros(name) in map(without_zeros, ids)


def _decided(grade: Grade, decision: Decision, digest: str, before: DecisionEntry | None) -> Grade:
    entry = DecisionEntry(
        id=decision.id,
        points=decision.points,
        points_by_scheme=grade.points,
        reason=decision.reason,
        note_for_participant=decision.note_for_participant,
        clear_flags=list(decision.clear_flags),
        counts=decision.counts,
        of_content=digest,
        others=_others(grade, decision),
    )
    notes: list[str] = []
    if before is not None and _says_the_same(entry, before):
        notes = [f"{what} ({decision.reason}): {CONFIRM}" for what in _changes(before, entry)]
        entry = entry.model_copy(update={"of_content": before.of_content, "others": before.others})
    return grade.model_copy(
        update={
            "points": grade.points if decision.points is None else decision.points,
            "flags": [one.model_copy(update={"cleared": one.name in decision.clear_flags}) for one in grade.flags],
            "notes": [*grade.notes, *notes],
            "decision": entry,
        }
    )


def _others(grade: Grade, decision: Decision) -> list[str]:
    """The submissions that the cleared flags name."""
    return sorted({other for flag in grade.flags if flag.name in decision.clear_flags for other in flag.others})


def _says_the_same(one: DecisionEntry, other: DecisionEntry) -> bool:
    aside = {"of_content", "points_by_scheme", "others"}
    return one.model_dump(exclude=aside) == other.model_dump(exclude=aside)


def _changes(before: DecisionEntry, now: DecisionEntry) -> Iterator[str]:
    """Changes of the submission since a decision that staff has not confirmed."""
    if before.of_content != now.of_content:
        yield HANDED_IN_ANEW
    if not set(now.others) <= set(before.others):
        yield OTHERS_NOW


def without_decision(grade: Grade) -> Grade:
    """A grade by the scheme alone, as before :func:`with_decisions`."""
    return grade.model_copy(
        update={
            "points": grade.points_by_scheme,
            "flags": [flag.model_copy(update={"cleared": False}) for flag in grade.flags],
            "notes": [note for note in grade.notes if not note.startswith((HANDED_IN_ANEW, OTHERS_NOW))],
            "decision": None,
            "counts_instead": "",
        }
    )
