"""Ids whose leading zeros a spreadsheet dropped, in the roster or in the name of a submission."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from benchmark.grading.roster.plain_forms import plain_form, without_copy_mark, words_of

SHORTEST = 4  # digits, without the zeros: a shorter number, such as that of a group, says too little


class WithId(Protocol):
    """Anybody with an id of the course."""

    @property
    def id(self) -> str: ...


def without_zeros(name: str) -> str:
    """An id of digits alone, as a spreadsheet leaves it; empty for any other name, and for a short one."""
    digits = plain_form(name)
    digits = digits.lstrip("0") if digits.isdecimal() else ""
    return digits if len(digits) >= SHORTEST else ""


def taken_for(names: Iterable[str], students: Sequence[WithId], not_for: Collection[str]) -> Mapping[str, WithId]:
    """Students whose id a submission's whole name is but for leading zeros, if it can be nobody else's.

    Args:
        names: of submissions that nothing else joins to anybody.
        students: of the roster.
        not_for: ids of students who have other work, or may have.
    """
    found: dict[str, list[WithId]] = {}
    for student in students:
        found.setdefault(without_zeros(student.id), []).append(student)
    candidates = {name: found.get(without_zeros(without_copy_mark(name)), []) for name in names}
    return {
        name: some[0]
        for name, some in candidates.items()
        if without_zeros(without_copy_mark(name)) and len(some) == 1 and some[0].id not in not_for
    }


def zeros_note(students: Sequence[WithId], submission: str) -> str:
    """The end of a note on an id that differs from the roster's only in leading zeros, and was not taken for it."""
    words = {word.lstrip("0"): word for word in words_of(submission) if word.isdecimal()}
    for student in students:
        word = words.get(plain_form(student.id).lstrip("0"))
        if word:
            return f"; {word} differs from {student.id} in the roster only in leading zeros: keep its ids as text"
    return ""
