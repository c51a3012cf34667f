"""Grades joined with the course's roster: one row for everybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from benchmark.grading.marking.grades import Grade, StudentEntry
from benchmark.grading.roster.roster import Student, join_roster

NOTHING = "nothing was handed in"
MOST_NAMED = 3  # documents
Documents = Mapping[str, Sequence[str]]


def with_roster(
    grades: Sequence[Grade],
    students: Sequence[Student] | None,
    documents: Documents = MappingProxyType({}),
    *,
    platforms: Mapping[str, str] = MappingProxyType({}),
    longer: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> list[Grade]:
    """Grades with ids and names of the roster, and a row for everybody who handed in nothing, by id.

    Args:
        grades: of all submissions.
        students: the roster; None for none, which changes nothing.
        documents: names of files, by the people who handed in nothing else; they become the reason in the row.
        platforms: those that named the documents, by the same people.
        longer: as of :func:`benchmark.grading.roster.roster.join_roster`, of submissions and documents.
    """
    if students is None:
        return list(grades)
    of_grades = {grade.id: grade.platform for grade in grades}
    joined = join_roster(students, [grade.id for grade in grades], of_grades, longer)
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
    missing, reasons = [], reasons_of(joined.missing, students, documents, platforms, longer)
    for student in joined.missing:
        missing.append(_missing(student, taken, reasons[student.id]))
        taken.add(missing[-1].id)
    return sorted([*named, *missing], key=lambda grade: grade.id)


def reasons_of(
    missing: Sequence[Student],
    students: Sequence[Student],
    documents: Documents,
    platforms: Mapping[str, str] = MappingProxyType({}),
    longer: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, str]:
    """Reasons why people have no grade, by id: they handed in nothing, or only documents.

    Args:
        missing: who handed in nothing to grade.
        students: the whole roster; a document may be another's of the same name.
        documents: names of files, by who handed in only those.
        platforms: as of :func:`with_roster`.
        longer: as of :func:`with_roster`.
    """
    handed_in: dict[str, list[str]] = {}
    for owner, student in join_roster(students, list(documents), platforms, longer).students.items():
        handed_in.setdefault(student.id, []).extend(documents[owner])
    return {student.id: _only(handed_in.get(student.id, [])) for student in missing}


def _only(names: Sequence[str]) -> str:
    if not names:
        return NOTHING
    some = [*names[:MOST_NAMED], *([f"{len(names) - MOST_NAMED} more"] if names[MOST_NAMED:] else [])]
    named = " and ".join(filter(None, [", ".join(some[:-1]), some[-1]]))
    return f"only {named} {'was' if len(names) == 1 else 'were'} handed in, which cannot be graded"


def _entry(student: Student) -> StudentEntry:
    return StudentEntry(
        id=student.id, name=student.name, number=student.number, login=student.login, platform=student.platform
    )


def _missing(student: Student, taken: Collection[str], reason: str) -> Grade:
    """The grade of somebody who handed in nothing to grade, under an id that nobody else has."""
    name = student.id
    while name in taken:
        name += " (roster)"
    return Grade(
        id=name,
        status="missing",
        reason=reason,
        remarks=[],
        kind=None,
        conditions=None,
        scores={},
        points=0.0,
        verdict="fail",
        flags=[],
        student=_entry(student),
    )
