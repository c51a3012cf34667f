"""The file of a roster: CSV with a heading, as people and learning platforms write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.roster.csv_rows import csv_rows, csv_text, say_encoding
from benchmark.grading.roster.roster import Student, plain_form
from benchmark.grading.roster.roster_columns import BARE_ID, ID, Columns
from benchmark.grading.sandbox.answer import one_line

SHORTEST = 4  # letters of a second id; numbers of rows are shorter, and in many names


def read_roster(path: Path, *, says_encoding: bool = True) -> list[Student]:
    """The students of a CSV file with a heading, separated by commas, semicolons or tabs.

    Args:
        path: of the file.
        says_encoding: False to be silent about an encoding other than UTF-8, where the file is read again.

    Raises:
        UsageError: the file cannot be read, lacks a column of ids or names, or an id stands in it twice.
    """
    text, encoding = csv_text(path, "a roster")
    students = _students(path, csv_rows(path, text))
    if encoding and says_encoding:
        say_encoding(path, encoding, text, [student.name for student in students if not student.name.isascii()])
    return students


def _students(path: Path, rows: Sequence[tuple[int, Sequence[str]]]) -> list[Student]:
    columns = Columns.of(rows[0][1])
    if not columns.has_ids:
        titles = one_line(", ".join(rows[0][1]), 100)
        raise UsageError(f"{path} has the columns {titles}; give one of ids, called {' or '.join((BARE_ID, *ID[:2]))}")
    lines: dict[str, int] = {}  # by what joins work to the id
    students: list[Student] = []
    seconds: dict[str, str] = {}  # by id
    for line, cells in rows[1:]:
        if columns.is_of_nobody(cells):
            continue
        student = _student(path, line, cells, columns)
        key = plain_form(student.id) or student.id
        if key in lines:
            raise UsageError(
                f"{path}: the id {student.id!r} stands in lines {lines[key]} and {line}, capitals and signs aside; "
                "give each once"
            )
        lines[key] = line
        students.append(student)
        seconds[student.id] = plain_form(columns.second_id(cells))
    if not students:
        raise UsageError(f"{path} has a heading and no students; give a line for each")
    return _with_second_ids(students, seconds)


def _with_second_ids(students: Sequence[Student], seconds: Mapping[str, str]) -> list[Student]:
    """Students with one more key each, if none of these is short, anybody else's, or a name."""
    counts = Counter(key for student in students for key in {seconds[student.id], *student.keys, *student.names})
    if any(len(second) < SHORTEST or counts[second] > 1 for second in seconds.values()):
        return list(students)
    return [replace(student, keys=student.keys | {seconds[student.id]}) for student in students]


def _student(path: Path, line: int, cells: Sequence[str], columns: Columns) -> Student:
    student_id, number = columns.id(cells), columns.number(cells)
    if not student_id:
        raise UsageError(f"{path}, line {line} has no id; give one, or leave the line out")
    keys = frozenset(filter(None, map(plain_form, [student_id, number, *columns.other_keys(cells)])))
    shown = (one_line(text, 100) for text in (student_id, columns.name(cells)))
    login = one_line(columns.login(cells), 100)
    return Student(*shown, keys, one_line(number, 100), login, columns.platform(cells))
