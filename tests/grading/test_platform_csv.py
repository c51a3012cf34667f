"""Grades for the grade books of learning platforms."""

import csv
import io
from types import SimpleNamespace

import pytest

from benchmark.errors import UsageError
from benchmark.grading.marking.grades import Grade, Gradebook, StudentEntry
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.output.gradebook import summary, write
from benchmark.grading.output.platform_csv import (
    PLATFORMS,
    check_canvas_column,
    feedback,
    not_imported,
    platform_csv,
    without_identity,
)
from benchmark.grading.output.spreadsheet import MARK
from benchmark.grading.roster.canvas_assignments import assignment_column, canvas_assignments
from benchmark.grading.roster.roster import Student
from benchmark.grading.roster.roster_grades import with_roster


def grade(name, points=60.0, **changes):
    document = {
        "id": name, "status": "graded", "reason": None, "remarks": [], "kind": "images", "conditions": "public only",
        "scores": {}, "points": points, "verdict": "pass", "flags": [],
    }  # fmt: skip
    return Grade(**document | changes)


def book(*grades):
    return Gradebook(
        task="iclevr", scheme="HW4", judge_sha256="0" * 64, seed=0, protections={}, not_checked=[], ignored=[],
        submissions=list(grades),
    )  # fmt: skip


ANN = grade(
    "Ann Lee_4711",
    87.5,
    student=StudentEntry(id="0856001", name="Lee, Ann"),
    remarks=[Remark(kind="left out", text="a remark")],
)
NOBODY = grade("王小明_4712", 0.0, status="rejected", reason="it is no whole zip archive", verdict="fail")
EXPECTED = {
    "moodle": [
        [
            "Identifier",
            "Full name",
            "ID number",
            "Grade",
            "Maximum Grade",
            "Last modified (grade)",
            "Feedback comments",
        ],
        ["Participant 4711", "Lee, Ann", "0856001", "87.5", "100.0", "", "pass; a remark"],
        ["Participant 4712", "王小明", "", "0.0", "100.0", "", "it is no whole zip archive"],
    ],
    "canvas": [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "HW4"],
        ["    Points Possible", "", "", "", "", "100.0"],
        ["Lee, Ann", "4711", "0856001", "", "", "87.5"],
        ["王小明", "4712", "", "", "", "0.0"],
    ],
    "plain": [
        ["id", "name", "points", "maximum", "status", "verdict", "comment"],
        ["0856001", "Lee, Ann", "87.5", "100.0", "graded", "pass", "pass; a remark"],
        ["王小明_4712", "王小明", "0.0", "100.0", "rejected", "fail", "it is no whole zip archive"],
    ],
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_gets_its_columns_a_byte_order_mark_and_the_maximum(platform):
    text = platform_csv(
        book(*(one.model_copy(update={"platform": platform}) for one in (ANN, NOBODY))), platform, 100.0
    )
    assert text.startswith(MARK)
    assert list(csv.reader(io.StringIO(text.removeprefix(MARK)))) == EXPECTED[platform]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_name_becomes_a_formula(platform):
    name = '=HYPERLINK("http://x")'
    text = platform_csv(
        book(grade(name, student=StudentEntry(id="=2", name="@SUM(1)"), remarks=[Remark(kind="left out", text="+1")])),
        platform,
        100.0,
    )
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix(MARK))) for cell in row]
    assert any("SUM(1)" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_who_is_missing_gets_no_number_from_an_id_that_ends_like_one():
    missing = grade("cs_1024", 0.0, status="missing", reason="nothing", student=StudentEntry(id="cs_1024", name="Ann"))
    assert "Participant 1024" not in platform_csv(book(missing), "moodle", 100.0)
    assert "Participant 1024" in platform_csv(book(grade("cs_1024", 1.0, platform="moodle")), "moodle", 100.0)


def test_feedback_names_no_flag_and_no_note():
    one = grade(
        "a", notes=["the same person also handed in bob"], flags=[{"name": "shared_images", "evidence": "in bob"}]
    )
    assert feedback(one) == "pass"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_who_has_several_rows_is_in_no_platforms_file_and_is_named(platform):
    twice = [grade(f"0856001_{name}", points, student=ANN.student) for name, points in (("final", 90.0), ("v2", 60.0))]
    text = platform_csv(book(*twice, NOBODY), platform, 100.0)
    assert "0856001" not in text
    assert "王小明" in text
    first, *_ = not_imported(book(*twice, NOBODY), [platform])
    left_out = f"0856001_final, 0856001_v2 (of 0856001): left out of {platform}.csv"
    assert first == f"{left_out}; say which one counts (--decisions), and grade again"
    assert not [line for line in not_imported(book(twice[0], NOBODY), [platform]) if "left out" in line]
    assert "0856001" in platform_csv(book(twice[0], NOBODY), platform, 100.0)


def test_work_that_may_be_of_several_people_is_named_with_them(tmp_path):
    people = [Student(id=name, name=name, keys=frozenset({name})) for name in ("0856010", "0856011", "0856012")]
    several = book(*with_roster([grade("0856010 0856011"), grade("0856012")], people))
    (tmp_path / "plain.csv").touch()
    found = summary(several, tmp_path)
    matched = "several people in the roster match it: 0856010, 0856011"
    assert found["not in the roster"] == f"1: 0856010 0856011 ({matched})"
    assert found["not to be imported"] == (
        "0856010 0856011 (of 0856010, 0856011): these people have no row for it in plain.csv; give each a copy under "
        "their own id and grade again, or add their rows"
    )
    single = summary(book(*with_roster([grade("0856010"), grade("0856011"), grade("0856012")], people)), tmp_path)
    assert single["not in the roster"] == "0"
    assert "not to be imported" not in single


@pytest.mark.parametrize(("platform", "other"), [("moodle", "canvas"), ("canvas", "moodle")])
def test_a_number_of_another_platform_is_not_written_and_its_rows_are_named(platform, other):
    """Of a download of the other platform, and of its roster."""

    def by(number_of):
        ann = StudentEntry(id="", name="Ann", number="4711", platform=number_of)
        return book(grade("leeann_4712", platform=number_of), grade("ann", student=ann))

    assert "4711" in platform_csv(by(platform), platform, 100.0)
    assert "4712" in platform_csv(by(platform), platform, 100.0)
    assert without_identity(by(platform), platform) is None
    assert "471" not in platform_csv(by(other), platform, 100.0)
    titles = {"moodle": "Moodle", "canvas": "Canvas"}
    said = without_identity(by(other), platform)
    assert said.startswith("2 of 2 rows of")
    assert f"(numbers of {titles[other]} are not {titles[platform]}'s)" in said


@pytest.mark.parametrize("platform", ["moodle", "canvas"])
def test_a_number_in_a_name_that_no_platform_wrote_gives_nobody_the_points(platform):
    ann = grade("0856001_4712", student=StudentEntry(id="0856001", name="Ann"))
    assert "4712" not in platform_csv(book(ann, grade("team_4712")), platform, 100.0)
    assert without_identity(book(grade("team_4712")), platform).startswith("1 of 1 rows of")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix(MARK))))


def test_moodle_finds_the_columns_without_which_it_imports_nothing_and_no_markup_in_comments():
    """As ``init`` of Moodle's importgradeslib.php looks for them."""
    broken = grade("Bo_4713", status="rejected", reason="'<b>.png' & more lead outside", points=0.0)
    (row,) = rows_of(platform_csv(book(broken), "moodle", 100.0))
    assert row.keys() >= {"Identifier", "Grade", "Last modified (grade)"}
    assert row["Feedback comments"] == "'&lt;b&gt;.png' &amp; more lead outside"


def test_canvas_finds_its_heading_and_the_assignment_behind_it():
    """As ``header?`` of Canvas' gradebook_importer.rb counts columns; Ruby's CSV takes no quote after the mark."""
    text = platform_csv(book(ANN), "canvas", 100.0)
    heading = text.splitlines()[0].split(",")
    assert heading[0] == f"{MARK}Student"
    about_people = 3 + 2 * (heading[2:4] == ["SIS User ID", "SIS Login ID"])
    assert heading[about_people - 1 :] == ["Section", "HW4"]


@pytest.mark.parametrize("platform", ["moodle", "canvas"])
def test_numbers_and_logins_come_from_the_roster_also_for_who_handed_in_nothing(platform):
    absent = StudentEntry(id="0856009", name="Bo Chen", number="4719", login="bochen")
    without_id = StudentEntry(id="4720", name="Di Wu", number="4720")
    first, second = [
        row for row in rows_of(platform_csv(book(grade("0856009", student=absent), grade("x_3", student=without_id)),
                                            platform, 100.0))
        if "Points" not in row.get("Student", "")
    ]  # fmt: skip
    numbers = {"moodle": "Identifier", "canvas": "ID"}[platform]
    prefix = {"moodle": "Participant ", "canvas": ""}[platform]
    ids = {"moodle": "ID number", "canvas": "SIS User ID"}[platform]
    assert [first[numbers], second[numbers]] == [f"{prefix}4719", f"{prefix}4720"]
    assert [first[ids], second[ids]] == ["0856009", ""]
    assert first.get("SIS Login ID", "bochen") == "bochen"


def test_no_file_of_an_earlier_batch_stays_next_to_other_points(tmp_path):
    scheme = SimpleNamespace(maximum=100.0, has_several_scores=False)
    write(book(ANN), tmp_path, scheme=scheme, gradescope=False, platforms=["moodle", "plain"])
    assert summary(book(ANN), tmp_path)["moodle"] == str(tmp_path / "moodle.csv")
    write(book(ANN), tmp_path, scheme=scheme, gradescope=False, platforms=["plain"])
    assert {path.name for path in tmp_path.iterdir()} == {"gradebook.csv", "grades.json", "plain.csv"}
    assert "moodle" not in summary(book(ANN), tmp_path)


def test_rows_in_which_a_platform_finds_nobody_are_counted_with_the_remedy():
    nobody, by_login = grade("dora", 0.0), grade("eve", 1.0, student=StudentEntry(id="", name="Eve", login="eve"))
    known = grade("4711", 1.0, student=StudentEntry(id="0856001", name="Ann", number="4711"))
    some = book(known, nobody, by_login)
    assert without_identity(some, "moodle") == (
        "2 of 3 rows of moodle.csv have no Moodle identifier; give Moodle's worksheet as --roster"
    )
    assert without_identity(some, "canvas") == (
        "1 of 3 rows of canvas.csv have no ID of Canvas; give Canvas' grade book as --roster"
    )
    assert without_identity(some, "plain") is None
    assert without_identity(book(known), "moodle") is without_identity(book(known, by_login), "canvas") is None


EXPORT = """Student,ID,SIS User ID,SIS Login ID,Section,Note (7),HW4 (90210),HW5 (90211),All Current Score (2020)
    Points Possible,,,,,,100,100,(read only)
"Lee, Ann",4711,0856001,annlee,A,,,,
"""


@pytest.mark.parametrize(
    ("given", "scheme", "column"),
    [
        (None, "HW5", "HW5 (90211)"),
        (None, "i-CLEVR course", ""),
        ("HW4", "HW5", "HW4 (90210)"),
        ("hw4", "HW5", "HW4 (90210)"),
        ("HW5 (90211)", "HW4", "HW5 (90211)"),
    ],
)
def test_canvas_assignment_is_called_as_in_its_export(given, scheme, column, tmp_path):
    (tmp_path / "c.csv").write_text(EXPORT)
    assignments = canvas_assignments(tmp_path / "c.csv")
    assert assignments == ["Note (7)", "HW4 (90210)", "HW5 (90211)"]
    assert assignment_column(given, assignments, scheme) == column
    assert assignment_column(None, assignments[1:2], scheme) == "HW4 (90210)"


def test_an_assignment_that_the_export_lacks_is_refused_and_without_an_export_any_is_taken(tmp_path):
    (tmp_path / "c.csv").write_text(EXPORT)
    (tmp_path / "r.csv").write_text("id,name\n0856001,Ann Lee (2)\n")
    with pytest.raises(UsageError, match=r"--canvas-column is 'HW6', which is no assignment in --roster; give one of"):
        assignment_column("HW6", canvas_assignments(tmp_path / "c.csv"), "HW4")
    with pytest.raises(UsageError, match="which is more than one assignment"):
        assignment_column("HW4", ["HW4 (1)", "HW4 (2)"], "HW4")
    assert canvas_assignments(tmp_path / "r.csv") == canvas_assignments(None) == []
    assert assignment_column("HW6 (1)", [], "HW4") == "HW6 (1)"
    assert assignment_column(None, [], "HW4") == ""


def test_the_heading_of_an_assignment_stands_in_the_file_and_the_summary_says_where_the_name_is_the_scheme_s(tmp_path):
    (tmp_path / "canvas.csv").touch()
    known = book(ANN).model_copy(update={"canvas_column": "HW4 (90210)"})
    assert next(csv.reader([platform_csv(known, "canvas", 100.0).splitlines()[0]]))[-1] == "HW4 (90210)"
    assert summary(known, tmp_path)["canvas assignment"] == "HW4 (90210)"
    assert summary(book(ANN), tmp_path)["canvas assignment"].startswith("HW4 (the scheme's name; if Canvas has no such")


@pytest.mark.parametrize(
    ("heading", "platforms", "reason"),
    [("HW4 (7)", ["moodle"], "no file for Canvas is written; add --csv canvas"), (" ", ["canvas"], "is empty; give")],
)
def test_a_heading_that_serves_nothing_is_refused(heading, platforms, reason):
    with pytest.raises(UsageError, match=reason):
        check_canvas_column(heading, platforms)
    check_canvas_column("HW4 (7)", ["canvas"])
    check_canvas_column(None, ["moodle"])


def test_zeros_of_missing_people_are_doubted_while_work_matches_nobody():
    missing, handed_in = (Student(one, one, frozenset({one})) for one in ("0856002", "0856001"))
    rows = with_roster([grade("dkim"), grade("0856001")], [missing, handed_in], {})
    assert not_imported(book(*rows), ["plain"]) == [
        "missing people (1) have 0 points in plain.csv, while work that matches nobody in the roster (1) may be "
        "theirs: look before you import"
    ]
    for others in (with_roster([grade("0856001")], [missing, handed_in], {}), with_roster([grade("dkim")], [], {})):
        assert not_imported(book(*others), ["plain"]) == []
