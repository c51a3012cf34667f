"""Grades for the grade books of learning platforms."""

import csv
import io

import pytest

from benchmark.grading.grades import Grade, Gradebook, StudentEntry
from benchmark.grading.platform_csv import PLATFORMS, feedback, platform_csv
from benchmark.grading.spreadsheet import MARK


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


ANN = grade("Ann Lee_4711", 87.5, student=StudentEntry(id="0856001", name="Lee, Ann"), remarks=["a remark"])
NOBODY = grade("王小明_4712", 0.0, status="rejected", reason="it is no whole zip archive", verdict="fail")
EXPECTED = {
    "moodle": [
        ["Identifier", "Full name", "ID number", "Grade", "Maximum Grade", "Feedback comments"],
        ["Participant 4711", "Lee, Ann", "0856001", "87.5", "100.0", "pass; a remark"],
        ["Participant 4712", "王小明", "", "0.0", "100.0", "it is no whole zip archive"],
    ],
    "canvas": [
        ["Student", "ID", "SIS User ID", "Section", "HW4"],
        ["    Points Possible", "", "", "", "100.0"],
        ["Lee, Ann", "4711", "0856001", "", "87.5"],
        ["王小明", "4712", "", "", "0.0"],
    ],
    "plain": [
        ["id", "name", "points", "maximum", "status", "verdict", "comment"],
        ["0856001", "Lee, Ann", "87.5", "100.0", "graded", "pass", "pass; a remark"],
        ["王小明_4712", "王小明", "0.0", "100.0", "rejected", "fail", "it is no whole zip archive"],
    ],
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_gets_its_columns_a_byte_order_mark_and_the_maximum(platform):
    text = platform_csv(book(ANN, NOBODY), platform, 100.0)
    assert text.startswith(MARK)
    assert list(csv.reader(io.StringIO(text.removeprefix(MARK)))) == EXPECTED[platform]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_name_becomes_a_formula(platform):
    name = '=HYPERLINK("http://x")'
    text = platform_csv(
        book(grade(name, student=StudentEntry(id="=2", name="@SUM(1)"), remarks=["+1"])), platform, 100.0
    )
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix(MARK))) for cell in row]
    assert any("SUM(1)" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_feedback_names_no_flag_and_no_note():
    one = grade(
        "a", notes=["the same person also handed in bob"], flags=[{"name": "shared_images", "evidence": "in bob"}]
    )
    assert feedback(one) == "pass"
