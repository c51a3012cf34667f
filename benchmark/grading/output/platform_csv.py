"""Grades as CSV for the grade book of a learning platform; docs/grading.md lists the columns.

Moodle imports no file without all of ``Identifier``, ``Grade`` and ``Last modified (grade)``, and reads comments as
HTML. Canvas imports no file whose column before the first assignment is not ``Section``, or whose ``SIS User ID`` is
not followed by ``SIS Login ID``; its reader of CSV takes no quote after a byte order mark.

Sources: https://github.com/moodle/moodle/blob/main/mod/assign/feedback/offline/importgradeslib.php, ``init``;
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb, ``header?``, ``update_column_count``.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable, Mapping, Sequence

from benchmark.errors import UsageError
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.grading.output.spreadsheet import Cell, csv_text
from benchmark.grading.roster.roster import NOBODY, SEVERAL

TITLES = {"moodle": "Moodle", "canvas": "Canvas"}  # platforms that number people
NUMBER_AT_END = re.compile(r"(?P<name>.*)_(?P<number>\d+)", re.DOTALL)


def platform_csv(book: Gradebook, platform: str, maximum: float) -> str:
    """A file for one platform: with a byte order mark and without formulas.

    Args:
        book: all grades.
        platform: one of :data:`PLATFORMS`.
        maximum: points that can be earned.
    """
    quoting = csv.QUOTE_MINIMAL if platform == "canvas" else csv.QUOTE_NONNUMERIC
    return csv_text(PLATFORMS[platform](book, maximum), quoting=quoting)


def _moodle(book: Gradebook, maximum: float) -> list[list[Cell]]:
    identity: list[Cell] = ["Identifier", "Full name", "ID number"]
    marks: list[Cell] = ["Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]
    return [identity + marks, *(_moodle_row(grade, maximum) for grade in to_import(book))]


def _moodle_row(grade: Grade, maximum: float) -> list[Cell]:
    """One participant; the time of the last change is empty, as in Moodle's own file for people without a grade."""
    name, number = _name_and_number(grade, "moodle")
    identifier = f"Participant {number}" if number else ""
    comment = html.escape(feedback(grade), quote=False)
    return [identifier, name, _course_id(grade), grade.points, maximum, "", comment]


def _canvas(book: Gradebook, maximum: float) -> list[list[Cell]]:
    """Canvas' first row after the heading has the points that are possible."""
    assignment = book.canvas_column or book.scheme
    heading: list[Cell] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    rows = [
        [name, number, _course_id(grade), grade.student.login if grade.student else "", "", grade.points]
        for grade in to_import(book)
        for name, number in [_name_and_number(grade, "canvas")]
    ]
    return [heading, ["    Points Possible", "", "", "", "", maximum], *rows]


def _plain(book: Gradebook, maximum: float) -> list[list[Cell]]:
    heading: list[Cell] = ["id", "name", "points", "maximum", "status", "verdict", "comment"]
    return [
        heading,
        *(
            [
                _student_id(grade) or grade.id, _name_and_number(grade, grade.platform)[0], grade.points, maximum,
                grade.status, grade.verdict_in_files, feedback(grade),
            ]
            for grade in to_import(book)
        ),
    ]  # fmt: skip


def check_canvas_column(heading: str | None, platforms: Sequence[str]) -> None:
    """Raise UsageError for a heading of Canvas' assignment that no file would have, or that is none."""
    if heading is not None and "canvas" not in platforms:
        raise UsageError(f"--canvas-column is {heading!r}, but no file for Canvas is written; add --csv canvas")
    if heading is not None and not heading.strip():
        raise UsageError("--canvas-column is empty; give the assignment's heading, such as 'Homework 4 (90210)'")


def canvas_assignment_in_words(book: Gradebook) -> str:
    """The assignment that Canvas imports into."""
    if book.canvas_column:
        return book.canvas_column
    return f"{book.scheme} (the scheme's name; if Canvas has no such assignment it makes one: give --canvas-column)"


PLATFORMS: Mapping[str, Callable[[Gradebook, float], list[list[Cell]]]] = {
    "moodle": _moodle, "canvas": _canvas, "plain": _plain,
}  # fmt: skip


def to_import(book: Gradebook) -> list[Grade]:
    """The grades in a platform's file: those that count, without people who have several, as staff must choose one."""
    left = {grade.id for grades in of_one_person(book).values() for grade in grades}
    return [grade for grade in book.submissions if grade.id not in left and not grade.is_set_aside]


def of_one_person(book: Gradebook) -> dict[str, list[Grade]]:
    """The rows of each person in the roster who has several that may count, by the course's id."""
    rows: dict[str, list[Grade]] = {}
    for grade in book.submissions:
        if grade.student is not None and grade.student.id and not grade.is_set_aside:
            rows.setdefault(grade.student.id, []).append(grade)
    return {name: grades for name, grades in rows.items() if len(grades) > 1}


def not_imported(book: Gradebook, platforms: Sequence[str]) -> list[str]:
    """Lines on rows that platforms do not import, with the remedy."""
    files, found = ", ".join(f"{platform}.csv" for platform in platforms), []
    people = "; ".join(f"{', '.join(one.id for one in rows)} (of {name})" for name, rows in of_one_person(book).items())
    if people and files:
        found.append(f"{people}: left out of {files}; say which one counts (--decisions), and grade again")
    shared = "; ".join(f"{name} (of {ids})" for name, ids in of_several_people(book).items())
    if shared and files:
        remedy = "give each a copy under their own id and grade again, or add their rows"
        found.append(f"{shared}: these people have no row for it in {files}; {remedy}")
    found += [line for platform in platforms if (line := without_identity(book, platform))]
    nobodys = sum(note.startswith(NOBODY) for grade in book.submissions for note in grade.notes)
    missing = sum(grade.status == "missing" for grade in book.submissions)
    if nobodys and missing and files:
        found.append(
            f"missing people ({missing}) have 0 points in {files}, while work that matches nobody in the roster "
            f"({nobodys}) may be theirs: look before you import"
        )
    return found


def of_several_people(book: Gradebook) -> dict[str, str]:
    """The submissions that several people in the roster match, with the ids of these."""
    notes = ((grade.id, note) for grade in book.submissions for note in grade.notes)
    return {name: note.removeprefix(SEVERAL) for name, note in notes if note.startswith(SEVERAL)}


def without_identity(book: Gradebook, platform: str) -> str | None:
    """A line on rows in which the platform finds nobody, with the remedy; None if there are none."""
    rows = PLATFORMS[platform](book, 0)
    if platform == "moodle":
        rows, columns, what, roster = rows[1:], [0], "Moodle identifier", "Moodle's worksheet"
    elif platform == "canvas":
        rows, columns, what, roster = rows[2:], [1, 2, 3], "ID of Canvas", "Canvas' grade book"
    else:
        return None
    nobodys = sum(not any(row[column] for column in columns) for row in rows)
    if not nobodys:
        return None
    others = sorted({other for grade in to_import(book) for other in _other_platforms(grade, platform)})
    why = f" (numbers of {' and '.join(others)} are not {TITLES[platform]}'s)" if others else ""
    return f"{nobodys} of {len(rows)} rows of {platform}.csv have no {what}{why}; give {roster} as --roster"


def _other_platforms(grade: Grade, platform: str) -> list[str]:
    """The other platforms whose numbers a row has."""
    of_roster = grade.student.platform if grade.student else ""
    return [TITLES[other] for other in (of_roster, grade.platform) if other in TITLES and other != platform]


def _name_and_number(grade: Grade, platform: str) -> tuple[str, str]:
    """Name and this platform's own number: of the roster where that has them, else of a submission's id."""
    is_of_platform = grade.status != "missing"  # the id of who handed in nothing is the roster's
    match = NUMBER_AT_END.fullmatch(grade.id) if is_of_platform else None
    name, number = (match["name"], match["number"]) if match else (grade.id, "")
    number = number if grade.platform == platform else ""  # people who name their own files write what they like
    if grade.student is None:
        return name, number
    of_roster = grade.student.number if grade.student.platform in ("", platform) else ""
    return grade.student.name or name, of_roster or number


def _student_id(grade: Grade) -> str:
    return grade.student.id if grade.student else ""


def _course_id(grade: Grade) -> str:
    """The course's own id, where a person has one next to the platform's number."""
    return "" if grade.student is None or grade.student.id == grade.student.number else grade.student.id


def feedback(grade: Grade) -> str:
    """A line for the participant, who may see it: nothing of others."""
    return grade.in_words
