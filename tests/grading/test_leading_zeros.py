"""Ids that lost their leading zeros: taken where they can be nobody else's, and named to staff."""

import pytest
from builders.grades import book, grade

from benchmark.grading.output.gradebook import summary
from benchmark.grading.roster.roster import Student, join_roster
from benchmark.grading.roster.roster_grades import with_roster


def students(*ids):
    return [Student(name, f"Student {name}", frozenset({name})) for name in ids]


def owners(found):
    return {name: one.id for name, one in found.students.items()}


@pytest.mark.parametrize(
    ("course", "submission", "owner"),
    [
        ("0856003", "856003", "0856003"),
        ("856003", "0856003", "856003"),
        ("0856003", "856003 (2)", "0856003"),
        ("0856003", "856003_", "0856003"),
        ("0856003", "856003 Fay", None),
        ("0856003", "hw4-856003", None),
        ("0856003", "856004", None),
        ("007", "7", None),
        ("B0856003", "856003", None),
    ],
)
def test_a_name_that_is_an_id_but_for_leading_zeros_is_taken_for_it_and_staff_is_told(course, submission, owner):
    found = join_roster(students(course, "1234567"), [submission])
    assert owners(found) == ({submission: owner} if owner else {})
    assert [one.id for one in found.missing] == ([] if owner else [course]) + ["1234567"]
    note = found.notes[submission]
    assert note == (f"taken for {owner}: only leading zeros differ" if owner else note)
    assert note.startswith("taken for") == bool(owner)


def test_an_id_that_may_be_of_two_people_or_of_one_who_has_other_work_is_taken_for_nobody():
    two = join_roster(students("0856003", "00856003"), ["856003"])
    assert owners(two) == {}
    assert "differs from 0856003 in the roster only in leading zeros" in two.notes["856003"]
    other = join_roster(students("0856003"), ["0856003", "856003"])
    assert owners(other) == {"0856003": "0856003"}
    assert other.notes.keys() == {"856003"}


def test_two_that_are_taken_for_one_person_name_each_other():
    found = join_roster(students("0856003"), ["856003", "856003 (2)"])
    assert found.notes["856003"] == (
        "taken for 0856003: only leading zeros differ; the same person also handed in 856003 (2)"
    )


def test_the_summary_names_who_was_taken_for_whom(tmp_path):
    rows = with_roster([grade("856003"), grade("0856004")], students("0856003", "0856004"))
    found = summary(book(*rows), tmp_path)
    assert found["taken for"] == "1: 856003 for 0856003 Student 0856003"
    assert found["not in the roster"] == "0"
    assert "taken for" not in summary(book(*with_roster([grade("0856004")], students("0856004"))), tmp_path)
