"""Everybody in a course has a row that says what became of their work, also of what was never looked at."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from builders.batches import exam_in, grades
from builders.submissions import encoded

from benchmark.commands import check_form, grade
from benchmark.grading.intake import bounded_zip

LIMIT = 100_000  # bytes of one file in the zip
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section
"Kim, Tri",5112,0856001,kim,A
"Lee, Ann",5113,0856002,lee,A
"Roe, Cem",5114,0856003,cem,A
"Fay, Dora",5115,856004,dora,A
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory, scenes):
    """A course of four in Canvas, one zip: its request, and its grades."""
    folder = tmp_path_factory.mktemp("course")
    request = replace(exam_in(folder, scenes), roster=folder / "students.csv", csv=("plain", "moodle"))
    (folder / "students.csv").write_text(ROSTER)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for number, image in enumerate(scenes[0]):
            archive.writestr(f"exam/{number}.png", encoded(image))
    with zipfile.ZipFile(folder / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kimtri_5112_90011_work.zip", whole.getvalue())
        archive.writestr("kimtri_5112_90012_work-1.zip", bytes(LIMIT + 1))
        archive.writestr("leeann_5113_90013_work.zip", whole.getvalue())
        archive.writestr("0856004 Fay.zip", b"PK")
        archive.writestr("stranger.zip", b"PK")
        archive.writestr("roecem_5114_90014_report.pdf", b"%PDF")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bounded_zip, "MAX_BYTES", LIMIT)
        checked = check_form.check_form([folder / "class.zip"], request)
        summary = grade.grade([folder / "class.zip"], folder / "out", request)
    return folder / "out", {row["id"]: row for row in checked}, summary


def test_a_last_attempt_that_is_left_out_is_rejected_and_names_the_older_one(course):
    out, checked, _ = course
    reason = f"'kimtri_5112_90012_work-1.zip' was not unpacked: it has more than {LIMIT:,} bytes"
    older = "the last attempt counts; not graded: 'kimtri_5112_90011_work.zip'"
    kim, lee = grades(out)["kimtri_5112"], grades(out)["leeann_5113"]
    assert (kim["status"], kim["reason"], kim["points"]) == ("rejected", reason, 0)
    assert kim["remarks"] == [{"kind": "not read", "text": older}]
    assert (lee["status"], lee["points"]) == ("graded", 100)
    for name in ("plain.csv", "gradebook.csv", "pages/kimtri_5112.html"):
        text = (out / name).read_text(encoding="utf-8-sig").replace("&#39;", "'")
        assert reason in text
        assert older in text
    assert checked["kimtri_5112"]["status"] == "rejected"
    assert checked["leeann_5113"]["status"] == "ready"


def test_what_was_left_out_stands_in_the_grades_and_on_the_index(course):
    out, _, _ = course
    line = f"'kimtri_5112_90012_work-1.zip' in class.zip is left out: it has more than {LIMIT:,} bytes"
    assert line in json.loads((out / "grades.json").read_text())["ignored"]
    assert line in (out / "index.html").read_text().replace("&#39;", "'")
    assert line not in (out / "pages" / "leeann_5113.html").read_text().replace("&#39;", "'")


def test_who_handed_in_only_a_document_is_told_apart_from_who_handed_in_nothing(course):
    out, checked, _ = course
    only, nothing = "only report.pdf was handed in, which cannot be graded", "nothing was handed in"
    for name, reason, other in (("0856003", only, nothing), ("856004", nothing, only)):
        assert grades(out)[name]["reason"] == checked[name]["reason"] == reason
        page = (out / "pages" / f"{name}.html").read_text()
        assert reason in page
        assert other not in page
        (line,) = [line for line in (out / "plain.csv").read_text().splitlines() if line.startswith(f'"{name}"')]
        assert reason in line


def test_the_summary_names_who_is_not_in_the_roster_and_ids_that_lost_their_zeros(course):
    _, _, summary = course
    zeros = "0856004 differs from 856004 in the roster only in leading zeros: keep its ids as text"
    assert summary["not in the roster"] == f"2: 0856004 Fay ({zeros}); stranger"


def test_the_summary_says_which_rows_a_platform_cannot_import(course):
    _, _, summary = course
    assert summary["not to be imported"] == (
        "6 of 6 rows of moodle.csv have no Moodle identifier (numbers of Canvas are not Moodle's); give Moodle's "
        "worksheet as --roster; missing people (2) have 0 points in moodle.csv, plain.csv, while work that matches "
        "nobody in the roster (2) may be theirs: look before you import"
    )
