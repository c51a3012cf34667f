"""Decisions of staff: points by hand and cleared flags, which stay with the grades."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace

import builders.grades
import pytest
from builders.batches import SCHEME, grades

from benchmark.cli import main
from benchmark.commands import grade
from benchmark.commands.grade_diff import diff
from benchmark.commands.regrade import regrade
from benchmark.errors import UsageError
from benchmark.grading.decisions.decided_grades import HANDED_IN_ANEW, OTHERS_NOW, with_decisions, without_decision
from benchmark.grading.decisions.decision_file import Decision, decisions_as_csv, read_decisions
from benchmark.grading.decisions.kept_decisions import decisions_of
from benchmark.grading.kept.kept_batch import read_book
from benchmark.grading.marking.grades import FlagEntry, NearEntry, StudentEntry
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.output.gradebook import near_in_words
from benchmark.grading.pages import staff

RIGHT, WRONG, TWO, ABSENT = "Anna Lovelace_40711", "dirac.paul", "boole-george", "hopper-grace"
DECISIONS = """id,points,reason,clear_flags,note_for_participant
dirac.paul,55,"colours are off, as with Curie",,We looked at your images by hand.
40711,,joint work was allowed,shared_images,
hopper-grace,20,excused,,
"""
PLATFORMS = ("moodle", "canvas", "plain")


@pytest.fixture(scope="module")
def decided(batch, tmp_path_factory):
    """The course with decisions: its folder, the request and the summary."""
    folder = tmp_path_factory.mktemp("decided")
    shutil.copytree(batch[0] / "out", folder / "out")
    (folder / "decisions.csv").write_text(DECISIONS)
    request = replace(batch[1], decisions=folder / "decisions.csv", csv=PLATFORMS, gradescope=True)
    return folder / "out", request, grade.grade([batch[0] / "inbox"], folder / "out", request)


def rows_of(path):
    return {row.get("id") or row.get("Full name") or row["Student"]: row for row in csv.DictReader(
        io.StringIO(path.read_text(encoding="utf-8-sig")))}  # fmt: skip


def page_of(out, name, kind="pages"):
    (path,) = (out / kind).glob(f"{name.split(' ')[0]}*.html")
    return path.read_text().replace("&#39;", "'")


def test_points_that_staff_decided_count_and_those_of_the_scheme_stay_next_to_them(decided):
    out, _, summary = decided
    found = grades(out)
    assert {name: found[name]["points"] for name in (RIGHT, TWO, WRONG, ABSENT)} == {
        RIGHT: 100, TWO: 60, WRONG: 55, ABSENT: 20,
    }  # fmt: skip
    assert found[WRONG]["decision"]["points_by_scheme"] == found[ABSENT]["decision"]["points_by_scheme"] == 0
    assert found[TWO]["decision"] is None
    row = rows_of(out / "gradebook.csv")[WRONG]
    assert (row["points"], row["points by scheme"], row["decision"]) == (
        "55.0",
        "0.0",
        "colours are off, as with Curie",
    )
    assert rows_of(out / "gradebook.csv")[TWO]["points by scheme"] == "60.0"
    assert summary["decided"] == (
        f"3: {RIGHT} (the points of the scheme; cleared: shared_images); {WRONG} (55 points, 0 (fail) by the scheme); "
        f"{ABSENT} (20 points, 0 (fail) by the scheme)"
    )


def test_platforms_get_the_points_and_participants_the_note_alone(decided):
    out, _, _ = decided
    plain = rows_of(out / "plain.csv")[WRONG]
    assert (plain["points"], plain["verdict"]) == ("55.0", "decided")
    assert plain["comment"] == "decided by the staff (We looked at your images by hand.)"
    assert '"55.0"' in (out / "moodle.csv").read_text().replace("55.0", '"55.0"')
    assert rows_of(out / "canvas.csv")["Grace Hopper"]["short"] == "20.0"
    document = json.loads((out / "gradescope" / f"{WRONG}.json").read_text())
    assert (document["score"], document["output"]) == (55, plain["comment"])
    assert document["extra_data"]["for_staff"][0] == (
        "decided: 55 points, 0 (fail) by the scheme: colours are off, as with Curie"
    )
    text = page_of(out, WRONG)
    assert "<b>55 of 100 points</b> · decided by the staff · graded" in text
    assert "We looked at your images by hand." in text
    assert "Points by the scheme" in text
    assert "lies below" not in text
    for path in (out / "pages").iterdir():
        assert "Curie" not in path.read_text() or path.name.startswith("curie")
        assert "joint work" not in path.read_text()
    assert "decided" not in page_of(out, TWO)
    assert "decided" not in page_of(out, RIGHT)


def test_staff_see_the_reason_and_a_cleared_flag_as_cleared(decided, batch):
    out, _, _ = decided
    text = page_of(out, WRONG, "staff")
    assert "decided by the staff: 55 points, 0 (fail) by the scheme. colours are off, as with Curie" in text
    cleared = page_of(out, RIGHT, "staff")
    assert "<b>shared_images</b> (cleared by the staff): " in cleared
    assert "joint work was allowed" in cleared
    assert rows_of(out / "gradebook.csv")[RIGHT]["flags"].split("; ").count("shared_images (cleared)") == 1
    index = (out / "index.html").read_text()
    assert "<b>2</b> points decided by the staff</li>" in index
    assert "<b>1</b> otherwise decided by the staff</li>" in index
    assert f'{55} <span class="soft">decided; 0 by the scheme</span>' in index
    before, after = (grades(folder)[RIGHT]["flags"] for folder in (batch[0] / "out", out))
    assert [flag["name"] for flag in after if not flag["cleared"]] == [
        flag["name"] for flag in before if flag["name"] != "shared_images"
    ]


def test_the_next_run_keeps_decisions_and_a_file_without_any_takes_them_back(decided, batch, tmp_path):
    out, request, _ = decided
    shutil.copytree(out, tmp_path / "out")
    again = replace(request, decisions=None)
    grade.grade([batch[0] / "inbox"], tmp_path / "out", again)
    for name in ("grades.json", "gradebook.csv", "plain.csv", "decisions.csv", "index.html"):
        assert (tmp_path / "out" / name).read_bytes() == (out / name).read_bytes(), name
    (tmp_path / "none.csv").write_text("id,points,reason\n")
    summary = grade.grade([batch[0] / "inbox"], tmp_path / "out", replace(request, decisions=tmp_path / "none.csv"))
    assert "decided" not in summary
    assert (tmp_path / "out" / "grades.json").read_bytes() == (batch[0] / "out" / "grades.json").read_bytes()
    assert not (tmp_path / "out" / "decisions.csv").exists()


def test_regrading_keeps_decisions_and_refuses_points_of_another_scale(decided, tmp_path):
    out, _, _ = decided
    hard = SCHEME.replace('"short"', '"hard"').replace("[0.4, 60]", "[0.4, 30]")
    (tmp_path / "hard.toml").write_text(hard)
    (tmp_path / "half.toml").write_text(hard.replace("[0.8, 100]", "[0.8, 50]"))
    regrade(out, tmp_path / "hard.toml", tmp_path / "hard", gradescope=False, platforms=[])
    found = grades(tmp_path / "hard")
    assert [found[name]["points"] for name in (RIGHT, TWO, WRONG, ABSENT)] == [100, 30, 55, 20]
    assert found[WRONG]["decision"]["points_by_scheme"] == 0
    assert found[RIGHT]["flags"] == grades(out)[RIGHT]["flags"]
    with pytest.raises(UsageError, match=r"are points of 100, and now 50 can be earned; give --decisions FILE"):
        regrade(out, tmp_path / "half.toml", tmp_path / "half", gradescope=False, platforms=[])
    assert not (tmp_path / "half").exists()
    (tmp_path / "d.csv").write_text("id,points,reason\ndirac.paul,50,all right\n")
    options = ["--scheme", str(tmp_path / "half.toml"), "--decisions", str(tmp_path / "d.csv")]
    assert main(["grade", "--regrade", str(out), *options, "--out", str(tmp_path / "half")]) == 0
    assert [grades(tmp_path / "half")[name]["points"] for name in (WRONG, ABSENT)] == [50, 0]


def test_a_difference_names_the_decision_and_no_scheme(decided, batch):
    rows = {row["id"]: row["why"] for row in diff(batch[0] / "out", decided[0])}
    assert rows == {
        WRONG: "the staff decided 55 points, 0 by the scheme: colours are off, as with Curie",
        ABSENT: "the staff decided 20 points, 0 by the scheme: excused",
    }
    back = {row["id"]: row["why"] for row in diff(decided[0], batch[0] / "out")}
    assert back[WRONG] == "the staff's decision of 55 points was taken back"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,points,reason,comment\na,1,b,c\n", "has a column 'comment'; give id, points, reason, and if needed clear"),
        ("id,points\na,1\n", "has no column reason; give id, points, reason"),
        ("id,points,reason,reason\na,1,b,c\n", "has the column reason twice"),
        ("id,points,reason\na,1,b\nb,2,c\na,3,d\n", "the id 'a' stands in lines 2 and 4; give each once"),
        ("id,points,reason\na,1,\n", "line 2 has no reason"),
        ("id,points,reason\n,1,b\n", "line 2 has no id"),
        ("id;points;reason\na;85,5;b\n", "line 2: points is '85,5'; give a number from 0 with a decimal point"),
        ("id,points,reason\na,-1,b\n", "points is '-1'"),
        (f"id,points,reason\na,1,{'b' * 501}\n", "line 2: reason has 501 letters; give at most 500"),
        ("id,points,reason\na,nan,b\n", "points is 'nan'"),
        ("id,points,reason\na,,b\n", "line 2 decides nothing; give points, clear_flags"),
        ("id,points,reason\na,1,b,c\n", "line 2 has more cells than the heading; put text with commas in quotes"),
        ("id,points,reason,clear_flags\na,,b,copied\n", "there is no flag 'copied'; give some of ignores_condition, "),
        ("", "is empty; give a CSV file with a heading such as id,points,reason"),
    ],
)
def test_what_is_no_decision_is_refused_in_one_line_before_anything_is_looked_at(text, reason, tmp_path, capsys):
    (tmp_path / "d.csv").write_text(text)
    (tmp_path / "ann.zip").write_bytes(b"PK")
    options = ["--decisions", str(tmp_path / "d.csv"), "--out", str(tmp_path / "out")]
    assert main(["grade", str(tmp_path / "ann.zip"), *options]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert reason in error
    assert not (tmp_path / "out").exists()


def test_a_check_and_a_missing_file_of_decisions_are_refused(tmp_path, capsys):
    (tmp_path / "ann.zip").write_bytes(b"PK")
    (tmp_path / "d.csv").write_text("id,points,reason\n")
    assert main(["grade", str(tmp_path / "ann.zip"), "--decisions", str(tmp_path / "d.csv"), "--check"]) == 2
    assert "--check gives no grade; leave out --decisions" in capsys.readouterr().err
    assert main(["grade", str(tmp_path / "ann.zip"), "--decisions", "none.csv", "--out", "x"]) == 2
    assert "none.csv cannot be read" in capsys.readouterr().err


def one(name="0856001", student=None, **changes):
    entry = StudentEntry(id=student, name="Ann Lee") if student else None
    return builders.grades.grade(name, verdict="borderline", student=entry, **changes)


def applied(grades, *decisions, digests=None, before=()):
    return with_decisions(grades, decisions, 100.0, digests or {}, before)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("0856001", "0856001"), ("856001", "0856001"), ("0856002", "Ann Lee_4711"), ("856002", "Ann Lee_4711"),
        ("'=1+1", "=1+1"), ("7", None), ("ann", None),
    ],
)  # fmt: skip
def test_a_decision_is_about_a_row_or_a_student_also_without_leading_zeros(name, row):
    rows = [one("0856001"), one("Ann Lee_4711", "0856002"), one("=1+1"), one("007")]
    decision = Decision(name, 10.0, "why", where="d.csv, line 2")
    if row is None:
        with pytest.raises(UsageError, match=f"d.csv, line 2: no row has the id '{name}'; give one of gradebook.csv"):
            applied(rows, decision)
    else:
        assert {grade.id: grade.points for grade in applied(rows, decision)} == {
            grade.id: 10.0 if grade.id == row else 60.0 for grade in rows
        }


def test_a_decision_that_is_not_clear_or_beyond_the_scale_is_refused():
    both = [one("a", "0856001"), one("b", "0856001")]
    with pytest.raises(UsageError, match="'0856001' may be a or b; give the id of one of these rows"):
        applied(both, Decision("0856001", 1.0, "why"))
    with pytest.raises(UsageError, match=r"d\.csv, line 3 is about a, as d\.csv, line 2 is; give one line"):
        applied(
            both[:1],
            Decision("a", 1.0, "why", where="d.csv, line 2"),
            Decision("0856001", 2.0, "why", where="d.csv, line 3"),
        )
    with pytest.raises(UsageError, match=r"points is 100\.5; the scheme gives 0 to 100"):
        applied(both[:1], Decision("a", 100.5, "why"))
    assert applied(both[:1], Decision("a", 100.0, "why"))[0].points == 100


def test_work_that_was_handed_in_anew_since_the_decision_has_a_note_until_staff_decide_again():
    decision = Decision("a", 10.0, "late")
    (first,) = applied([one("a")], decision, digests={"a": "1" * 64})
    assert first.notes == []
    before = [first.decision]
    (same,) = applied([one("a")], decision, digests={"a": "1" * 64}, before=before)
    (new,) = applied([one("a")], decision, digests={"a": "2" * 64}, before=before)
    assert same == first
    assert new.points == 10
    assert [note.startswith(HANDED_IN_ANEW) for note in new.notes] == [True]
    (still,) = applied([one("a")], decision, digests={"a": "2" * 64}, before=[new.decision])
    assert still == new
    (anew,) = applied([one("a")], Decision("a", 10.0, "seen"), digests={"a": "2" * 64}, before=[new.decision])
    assert anew.notes == []
    assert without_decision(new) == without_decision(anew) == one("a")


def test_a_cleared_flag_that_names_others_since_the_decision_has_a_note_until_staff_decide_again():
    def copied(*others):
        return one("a", flags=[FlagEntry(name="shared_images", evidence="e", others=list(others))])

    decision = Decision("a", None, "a pair", ("shared_images",))
    (first,) = applied([copied("b", "c")], decision)
    (fewer,) = applied([copied("c")], decision, before=[first.decision])
    (more,) = applied([copied("c", "d")], decision, before=[fewer.decision])
    (still,) = applied([copied("c", "d")], decision, before=[more.decision])
    assert [len(grade.notes) for grade in (first, fewer, more, still)] == [0, 0, 1, 1]
    assert more.notes[0].startswith(OTHERS_NOW)
    (anew,) = applied([copied("c", "d")], replace(decision, reason="all three"), before=[still.decision])
    assert anew.notes == []
    assert without_decision(more) == copied("c", "d")


def test_a_flag_that_is_not_there_is_said_and_not_counted_as_cleared(capsys):
    flag = FlagEntry(name="shared_images", evidence="e")
    decision = Decision("a", None, "why", ("shared_images", "judges_disagree"), where="d.csv, line 2")
    (grade,) = applied([one("a", flags=[flag])], decision)
    assert "d.csv, line 2: a has no flag judges_disagree, so there is none to clear" in capsys.readouterr().err
    assert grade.cleared_flags == ["shared_images"]


@pytest.mark.parametrize(("student", "hint"), [(None, True), ("0856002", False)])
def test_an_id_that_no_row_has_reminds_of_a_roster_that_was_not_given(student, hint):
    with pytest.raises(UsageError) as error:
        applied([one("a", student)], Decision("0856009", 1.0, "why"))
    assert str(error.value).endswith("; with ids of the roster, give --roster") == hint


def test_a_decision_of_points_settles_doubts_about_points_and_no_flag_or_note():
    near = NearEntry(list_name="t", score="s", threshold=0.5, distance=0.0, within_judge_difference=True)
    doubtful = one(
        near=[near], flags=[FlagEntry(name="shared_images", evidence="e")], notes=["who"],
        remarks=[Remark(kind="black", text="black")],
    )  # fmt: skip

    def doubts(*decisions):
        return staff.Row(applied([doubtful], *decisions)[0], None).doubts

    assert doubts() == ["borderline", "black", "near", "shared_images", "note"]
    assert doubts(Decision("0856001", 10.0, "why")) == ["shared_images", "note"]
    assert doubts(Decision("0856001", None, "why", ("shared_images",))) == ["borderline", "black", "near", "note"]


def test_decisions_are_read_as_they_are_kept_and_as_spreadsheets_write_them(tmp_path):
    decisions = [
        Decision("0856001", 85.5, "a; b, c", ("shared_images", "judges_disagree"), "ok"),
        Decision("王小明_4712", None, "許功蓋", ("copies_training",)),
    ]
    decisions += [
        Decision(f"p{number}", 1.0, text, (), text)
        for number, text in enumerate(["- 5: late", "=1+1", "@staff", "a; =b", '"-" is a sign', "it's", "'quoted'"])
    ]
    (tmp_path / "d.csv").write_text(decisions_as_csv(decisions), encoding="utf-8")
    assert read_decisions(tmp_path / "d.csv") == decisions
    text = 'sep=;\nID;Points;Reason;Note for participant\n="0856001";85.5;許功蓋;\n'
    (tmp_path / "e.csv").write_bytes(text.encode("cp950"))
    assert read_decisions(tmp_path / "e.csv") == [Decision("0856001", 85.5, "許功蓋")]
    (tmp_path / "f.csv").write_text('id,points,reason,\na,1,"one\r\ntwo\tthree",\n')
    assert read_decisions(tmp_path / "f.csv") == [Decision("a", 1.0, "one two three")]


def test_two_folders_that_keep_other_decisions_are_refused_and_one_counts(tmp_path):
    for name, text in (("a", "x,1,why"), ("b", "x,2,why")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "decisions.csv").write_text(f"id,points,reason\n{text}\n")
    a, b, none = tmp_path / "a", tmp_path / "b", tmp_path / "none"
    with pytest.raises(UsageError, match=r"decisions\.csv differ; give the one that holds as --decisions"):
        decisions_of(None, [a, b], 100.0)
    assert decisions_of(None, [none, b], 100.0).decisions == decisions_of(b / "decisions.csv", [a, b], 9.0).decisions
    assert [one.points for one in decisions_of(None, [a, none], 100.0).decisions] == [1.0]


def test_decisions_of_a_folder_that_hold_for_grades_without_any_are_said(decided, batch, tmp_path, capsys):
    shutil.copytree(decided[0], tmp_path / "marked")
    decisions_of(None, [tmp_path / "marked", decided[0]], 100.0)
    assert "hold" not in capsys.readouterr().err
    held = decisions_of(None, [tmp_path / "marked", batch[0] / "out"], 100.0)
    assert len(held.decisions) == 3
    said = capsys.readouterr().err
    assert (
        f"the decisions in {tmp_path / 'marked' / 'decisions.csv'} hold, though {batch[0] / 'out'} keeps none" in said
    )


def test_a_decided_row_has_no_verdict_of_the_scheme_in_the_index(decided):
    out, _, _ = decided
    before = grades(out)
    counts = staff.counts_of(read_book(out).submissions, knows_difference=False)
    verdicts = [entry["verdict"] for name, entry in before.items() if name not in (WRONG, ABSENT)]
    assert {name: counts[name] for name in ("pass", "borderline", "fail")} == {
        name: verdicts.count(name) for name in ("pass", "borderline", "fail")
    }
    assert sum(map(counts.get, ("pass", "borderline", "fail", "points decided by the staff"))) == len(before)
    row = re.search(rf"<tr[^>]*>\s*<td>{WRONG}</td>.*?</tr>", (out / "index.html").read_text(), re.DOTALL)[0]
    assert "<td>decided</td>" in row
    assert "fail" not in row
    assert 'data-words="graded decided' in row


def test_decided_rows_are_no_longer_near_a_threshold_in_the_counts(decided, batch):
    near = NearEntry(list_name="t", score="s", threshold=0.5, distance=0.0, within_judge_difference=True)
    rows = [one("a", near=[near]), one("b", near=[near])]
    book = read_book(batch[0] / "out").model_copy(update={"submissions": applied(rows, Decision("a", 1.0, "why"))})
    assert near_in_words(book).startswith("1, 1 by less than the judge's difference: b near")
    counts = staff.counts_of(book.submissions, knows_difference=True)
    assert (counts["near a threshold"], counts["of these within the judge's difference"]) == (1, 1)


def test_a_difference_takes_no_option_that_it_would_ignore(decided, tmp_path, capsys):
    folders = ["grade", "--diff", str(decided[0]), str(decided[0])]
    assert main([*folders, "--json"]) == 0
    assert main([*folders, "--decisions", str(tmp_path / "none.csv")]) == 2
    assert "--diff compares two folders of grades, and takes no other option but --json" in capsys.readouterr().err
