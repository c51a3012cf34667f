"""Grades joined with the course's roster: one row for everybody."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from benchmark.grading.grades import Grade, StudentEntry
from benchmark.grading.roster import Student, join

NOTHING = "nothing that can be graded was handed in"  # perhaps a report


def with_roster(grades: Sequence[Grade], students: Sequence[Student] | None) -> list[Grade]:
    """Grades with ids and names of the roster, and a row for everybody who handed in nothing, by id.

    Args:
        grades: of all submissions.
        students: the roster; None for none, which changes nothing.
    """
    if students is None:
        return list(grades)
    joined = join(students, [grade.id for grade in grades])
    named = [
        grade.model_copy(
            update={
                "student": _entry(joined.students[grade.id]) if grade.id in joined.students else None,
                "notes": [*grade.notes, *([joined.notes[grade.id]] if grade.id in joined.notes else [])],
            }
        )
        for grade in grades
    ]
    taken = {grade.id for grade in grades}
    missing = []
    for student in joined.missing:
        missing.append(_missing(student, taken))
        taken.add(missing[-1].id)
    return sorted([*named, *missing], key=lambda grade: grade.id)


def _entry(student: Student) -> StudentEntry:
    return StudentEntry(id=student.id, name=student.name, number=student.number, login=student.login)


def _missing(student: Student, taken: Collection[str]) -> Grade:
    """The grade of somebody who handed in nothing, under an id that nobody else has."""
    name = student.id
    while name in taken:
        name += " (roster)"
    return Grade(
        id=name,
        status="missing",
        reason=NOTHING,
        remarks=[],
        kind=None,
        conditions=None,
        scores={},
        points=0.0,
        verdict="fail",
        flags=[],
        student=_entry(student),
    )
