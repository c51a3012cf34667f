"""Grades as CSV for the grade book of a learning platform; docs/grading.md lists the columns.

Sources: https://docs.moodle.org/en/Assignment_settings, "Offline grading worksheet";
https://community.canvaslms.com/docs/DOC-12860, "How do I import grades in the Gradebook?".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping

from benchmark.grading.grades import Grade, Gradebook
from benchmark.grading.spreadsheet import MARK, safe_cell

NUMBER_AT_END = re.compile(r"(?P<name>.*)_(?P<number>\d+)", re.DOTALL)
Cell = str | float


def platform_csv(book: Gradebook, platform: str, maximum: float) -> str:
    """A file for one platform: with a byte order mark, all text in quotes, and no formulas.

    Args:
        book: all grades.
        platform: one of :data:`PLATFORMS`.
        maximum: points that can be earned.
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    for row in PLATFORMS[platform](book, maximum):
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return MARK + text.getvalue()


def _moodle(book: Gradebook, maximum: float) -> list[list[Cell]]:
    heading: list[Cell] = ["Identifier", "Full name", "ID number", "Grade", "Maximum Grade", "Feedback comments"]
    return [heading, *(_moodle_row(grade, maximum) for grade in book.submissions)]


def _moodle_row(grade: Grade, maximum: float) -> list[Cell]:
    """A participant's number is the end of the name that Moodle gives a submission."""
    name, number = _name_and_number(grade)
    identifier = f"Participant {number}" if number else ""
    return [identifier, name, _student_id(grade), grade.points, maximum, feedback(grade)]


def _canvas(book: Gradebook, maximum: float) -> list[list[Cell]]:
    """Canvas' first row after the heading has the points that are possible."""
    heading: list[Cell] = ["Student", "ID", "SIS User ID", "Section", book.scheme]
    rows = [[name, number, _student_id(grade), "", grade.points] for grade, (name, number) in _named(book)]
    return [heading, ["    Points Possible", "", "", "", maximum], *rows]


def _plain(book: Gradebook, maximum: float) -> list[list[Cell]]:
    heading: list[Cell] = ["id", "name", "points", "maximum", "status", "verdict", "comment"]
    return [
        heading,
        *(
            [_student_id(grade) or grade.id, name, grade.points, maximum, grade.status, grade.verdict, feedback(grade)]
            for grade, (name, _) in _named(book)
        ),
    ]


PLATFORMS: Mapping[str, Callable[[Gradebook, float], list[list[Cell]]]] = {
    "moodle": _moodle, "canvas": _canvas, "plain": _plain,
}  # fmt: skip


def _named(book: Gradebook) -> list[tuple[Grade, tuple[str, str]]]:
    return [(grade, _name_and_number(grade)) for grade in book.submissions]


def _name_and_number(grade: Grade) -> tuple[str, str]:
    """Name, and the platform's own number at the end of a submission's id; the roster's name where there is one."""
    match = NUMBER_AT_END.fullmatch(grade.id)
    name, number = (match["name"], match["number"]) if match else (grade.id, "")
    return (grade.student.name or name if grade.student else name), number


def _student_id(grade: Grade) -> str:
    return grade.student.id if grade.student else ""


def feedback(grade: Grade) -> str:
    """A line for the participant, who may see it: nothing of others."""
    return "; ".join([grade.reason] if grade.reason else [grade.verdict, *grade.remarks])
