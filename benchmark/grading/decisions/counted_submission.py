"""The submission that counts of several of one person, as staff decided; the others are set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.errors import UsageError
from benchmark.grading.decisions.decision_file import Decision
from benchmark.grading.marking.grades import Grade


def with_others_set_aside(grades: Sequence[Grade], by_row: Mapping[str, Decision]) -> list[Grade]:
    """Grades, in which the others of a person name the one that counts, if staff decided which one does.

    Args:
        grades: of all submissions, with the students of the roster.
        by_row: decisions by the ids of their rows.

    Raises:
        UsageError: a submission that is to count is of nobody in the roster or that person's only one, or two are to
            count for one person.
    """
    counted: dict[str, Grade] = {}  # by student
    for grade in grades:
        decision = by_row.get(grade.id)
        if decision is None or not decision.counts:
            continue
        if grade.student is None:
            raise UsageError(f"{decision.where}: {grade.id} is joined to nobody in a roster; leave counts empty")
        student = grade.student.id
        if sum(one.student is not None and one.student.id == student for one in grades) == 1:
            raise UsageError(f"{decision.where}: {grade.id} is the only submission of {student}; leave counts empty")
        if student in counted:
            both = f"{counted[student].id} and {grade.id}"
            raise UsageError(f"{decision.where}: {both} are both to count for {student}; let one count")
        counted[student] = grade
    return [_set_aside(grade, counted) for grade in grades]


def _set_aside(grade: Grade, counted: Mapping[str, Grade]) -> Grade:
    instead = counted.get(grade.student.id) if grade.student else None
    if instead is None or instead.id == grade.id:
        return grade
    return grade.model_copy(update={"counts_instead": instead.id})
