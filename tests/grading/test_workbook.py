"""The gradebook as a workbook, read back by another library."""

import csv
import io
import re
import zipfile
from types import SimpleNamespace

import pytest
from grading.test_platform_csv import book, grade

from benchmark.cli import main
from benchmark.errors import UsageError
from benchmark.grading.marking.grades import StudentEntry
from benchmark.grading.output import workbook
from benchmark.grading.output.gradebook import summary, write
from benchmark.grading.output.spreadsheet import MARK
from benchmark.records.record import ScoreEntry

pytest.importorskip("xlsxwriter", reason="the extra 'xlsx' is not installed")
CalamineWorkbook = pytest.importorskip("python_calamine", reason="python-calamine is not installed").CalamineWorkbook
SCORE = ScoreEntry(
    value=0.75, interval=(0.5, 0.9), method="wilson", n=32, direction="higher", unit="fraction", version=1
)
GRADES = (
    grade('=HYPERLINK("http://x")', 87.5, scores={"test": {"topk_accuracy": SCORE}}),
    grade("http://x/0856001", 0.0, status="rejected", reason="@SUM(1) & <b>", verdict="fail",
          student=StudentEntry(id="0856001", name="王小明")),
)  # fmt: skip


def written(folder, *, xlsx=True):
    write(
        book(*GRADES),
        folder,
        scheme=SimpleNamespace(maximum=100.0, has_several_scores=False),
        gradescope=False,
        xlsx=xlsx,
    )
    return folder / "gradebook.xlsx"


def sheet_xml(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_the_workbook_has_the_columns_of_the_csv_with_text_as_it_is_and_numbers_as_numbers(tmp_path):
    (heading, first, second) = CalamineWorkbook.from_path(written(tmp_path)).get_sheet_by_index(0).to_python()
    in_csv = list(csv.reader(io.StringIO((tmp_path / "gradebook.csv").read_text("utf-8").removeprefix(MARK))))
    assert heading == in_csv[0]
    rows = [dict(zip(heading, row, strict=True)) for row in (first, second)]
    assert [row["id"] for row in rows] == ['=HYPERLINK("http://x")', "http://x/0856001"]
    assert [row["student id"] for row in rows] == ["", "0856001"]
    assert [row["points"] for row in rows] == [87.5, 0.0]
    assert [row["test topk_accuracy low"] for row in rows] == [0.5, ""]
    assert (rows[1]["name"], rows[1]["reason"]) == ("王小明", "@SUM(1) & <b>")


def test_no_cell_is_a_formula_or_a_link(tmp_path):
    text = sheet_xml(written(tmp_path))
    assert re.findall(r'<c r="A2"[^>]* t="s"', text)
    assert "<f>" not in text
    assert "hyperlink" not in text


def test_the_same_grades_give_the_same_bytes_and_none_stay_where_they_are_not_requested(tmp_path):
    first = written(tmp_path / "a").read_bytes()
    assert written(tmp_path / "b").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "a" / "gradebook.xlsx") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert set(re.findall(r">(\d{4})-", archive.read("docProps/core.xml").decode())) == {"1980"}
    assert summary(book(*GRADES), tmp_path / "a")["workbook"] == str(tmp_path / "a" / "gradebook.xlsx")
    assert not written(tmp_path / "a", xlsx=False).exists()
    assert "workbook" not in summary(book(*GRADES), tmp_path / "a")


def test_a_cell_holds_as_much_as_excel_allows(tmp_path):
    (tmp_path / "long.xlsx").write_bytes(workbook.workbook([{"notes": "x" * 40_000}, {"notes": "y"}]))
    rows = CalamineWorkbook.from_path(tmp_path / "long.xlsx").get_sheet_by_index(0).to_python()
    assert [len(row[0]) for row in rows] == [5, 32_767, 1]


def test_without_its_extra_it_is_refused_before_anything_is_looked_at(batch, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(workbook, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="needs the extra 'xlsx'"):
        workbook.check_xlsx()
    assert main(["grade", str(batch[0] / "inbox"), "--xlsx", "--out", str(tmp_path / "out")]) == 2
    again = ["grade", "--regrade", str(batch[0] / "out"), "--scheme", str(batch[1].scheme), "--xlsx"]
    assert main([*again, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("--xlsx needs the extra 'xlsx'; python3 -m pip install xlsxwriter") == 2
    assert not (tmp_path / "out").exists()


def test_kept_scores_marked_anew_come_as_a_workbook_too(batch, tmp_path, capsys):
    again = ["grade", "--regrade", str(batch[0] / "out"), "--scheme", str(batch[1].scheme), "--xlsx"]
    assert main([*again, "--out", str(tmp_path / "out")]) == 0
    titles, *rows = CalamineWorkbook.from_path(tmp_path / "out" / "gradebook.xlsx").get_sheet_by_index(0).to_python()
    found = [dict(zip(titles, row, strict=True)) for row in rows]
    assert ("<b>George</b> =1+1", 60.0) in [
        (row["name"], row["points"]) for row in found if row["id"] == "boole-george"
    ]
    assert str(tmp_path / "out" / "gradebook.xlsx") in capsys.readouterr().out
