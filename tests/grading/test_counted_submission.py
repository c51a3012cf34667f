"""The submission that counts of several of one person, by a decision of staff."""

import csv
import io

import builders.grades
import pytest

from benchmark.commands.grade_diff import grade_pairs, reasons
from benchmark.errors import UsageError
from benchmark.grading.decisions.decided_grades import with_decisions, without_decision
from benchmark.grading.decisions.decision_file import Decision, decisions_as_csv, read_decisions
from benchmark.grading.marking.grades import SET_ASIDE, StudentEntry
from benchmark.grading.output.gradebook import decided_in_words, near_in_words, summary, table, verdicts_in_words
from benchmark.grading.output.platform_csv import not_imported, platform_csv
from benchmark.grading.pages import staff
from benchmark.grading.roster.roster import SAME_PERSON

FIRST, SECOND, OTHER = "0856001_final", "0856001_v2", "0856002"


def rows():
    ann, bob = (StudentEntry(id=number, name=name) for number, name in (("0856001", "Ann"), ("0856002", "Bob")))
    return [
        builders.grades.grade(FIRST, student=ann, notes=[f"{SAME_PERSON}{SECOND}"], verdict="borderline"),
        builders.grades.grade(SECOND, student=ann, notes=[f"{SAME_PERSON}{FIRST}"], points=80.0),
        builders.grades.grade(OTHER, student=bob),
        builders.grades.grade("stranger"),
    ]


def applied(*decisions):
    return with_decisions(rows(), decisions, 100.0, {}, ())


def counting(name, where="d.csv, line 2"):
    return Decision(name, None, "she asked for it", counts=True, where=where)


def ids_in(text):
    return [row["id"] for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))]


def test_platforms_get_the_submission_that_counts_alone_and_without_a_decision_none():
    undecided, decided = (builders.grades.book(*grades) for grades in (rows(), applied(counting(SECOND))))
    assert ids_in(platform_csv(undecided, "plain", 100)) == ["0856002", "stranger"]
    assert "say which one counts (--decisions)" in "; ".join(not_imported(undecided, ["plain"]))
    assert ids_in(platform_csv(decided, "plain", 100)) == ["0856001", "0856002", "stranger"]
    assert platform_csv(decided, "plain", 100).count(",80.0,") == 1
    assert not_imported(decided, ["plain"]) == []


def test_the_others_are_set_aside_in_every_count_and_leave_no_doubt(tmp_path):
    decided = applied(counting(SECOND))
    first, second, other, _ = decided
    assert (first.is_set_aside, second.is_set_aside, other.is_set_aside) == (True, False, False)
    assert (first.verdict_in_files, second.verdict_in_files) == ("set aside", "pass")
    assert first.in_words == "does not count: another submission of yours does"
    assert SECOND not in first.in_words
    doubts = [staff.Row(grade, None).doubts for grade in decided]
    assert doubts == [[], [], [], []]
    assert [staff.Row(grade, None).doubts for grade in rows()][:2] == [["borderline", "note"], ["note"]]
    counts = staff.counts_of(decided, knows_difference=False)
    assert (counts["pass"], counts["borderline"], counts["set aside by the staff"]) == (3, 0, 1)
    assert sum(bar["count"] for bar in staff.histogram([staff.Row(grade, None) for grade in decided], 100.0)) == 3
    book = builders.grades.book(*decided)
    assert verdicts_in_words(book) == "3 pass, 0 borderline, 0 fail"
    assert (
        decided_in_words(book) == f"1: {SECOND} (the points of the scheme; it counts, the others of this person do not)"
    )
    assert f"{SET_ASIDE}{SECOND}" in table(book, 100.0)
    assert near_in_words(book) == "0"
    assert "not to be imported" not in summary(book, tmp_path)


def test_a_note_on_anything_else_still_asks_to_look():
    ann = StudentEntry(id="0856001", name="Ann")
    grades = [builders.grades.grade(name, student=ann, notes=["handed in by mail"]) for name in (FIRST, SECOND)]
    decided = with_decisions(grades, [counting(SECOND)], 100.0, {}, ())
    assert [staff.Row(grade, None).doubts for grade in decided] == [["note"], ["note"]]


def test_a_decision_is_taken_back_whole():
    assert [without_decision(grade) for grade in applied(counting(SECOND))] == rows()


@pytest.mark.parametrize(
    ("decisions", "reason"),
    [
        ([counting(OTHER)], "d.csv, line 2: 0856002 is the only submission of 0856002; leave counts empty"),
        ([counting("stranger")], "d.csv, line 2: stranger is joined to nobody in a roster; leave counts empty"),
        ([counting(FIRST), counting(SECOND, "d.csv, line 3")],
         f"d.csv, line 3: {FIRST} and {SECOND} are both to count for 0856001; let one count"),
    ],
)  # fmt: skip
def test_a_choice_that_is_none_is_refused(decisions, reason):
    with pytest.raises(UsageError) as refused:
        applied(*decisions)
    assert str(refused.value) == reason


def test_the_file_says_yes_or_nothing(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(f"id,points,reason,counts\n{SECOND},,she asked for it,Yes\n{OTHER},5,late,\n")
    first, second = read_decisions(path)
    assert (first.counts, second.counts) == (True, False)
    path.write_text(decisions_as_csv([first, second]))
    assert read_decisions(path) == [first, second]
    path.write_text("id,points,reason,counts\na,,b,no\n")
    with pytest.raises(UsageError, match="line 2: counts is 'no'; give yes or nothing"):
        read_decisions(path)


def test_a_difference_says_which_rows_no_longer_count():
    before, after = (builders.grades.book(*grades) for grades in (rows(), applied(counting(SECOND))))
    said = {new.id: list(reasons(old, new, before, after)) for old, new in grade_pairs(before, after)}
    assert said == {FIRST: ["another submission of this person counts"], SECOND: [], OTHER: [], "stranger": []}
    back = {new.id: list(reasons(old, new, after, before)) for old, new in grade_pairs(after, before)}
    assert back[FIRST] == ["it counts again"]
