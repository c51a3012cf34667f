"""The assignments of Canvas' grade book, which its import knows by name and number: ``Homework 4 (90210)``.

Canvas looks for the number in the brackets, then for an assignment that is called like the whole heading, and makes a
new assignment where it finds none. Behind the assignments stand totals, which are read only.

Source: https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb, ``parse_assignments``,
``NON_ASSIGNMENT_COLUMN_HEADERS``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.roster.csv_rows import csv_rows, csv_text
from benchmark.grading.roster.roster_columns import Columns

NUMBERED = re.compile(r"(?P<title>.*\S)\s*\((?P<number>\d+)\)", re.DOTALL)
TOTAL = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
MOST_NAMED = 5


def canvas_assignments(roster: Path | None) -> list[str]:
    """Headings of the assignments in a roster that is Canvas' export; none of another roster.

    Raises:
        UsageError: the roster cannot be read.
    """
    if roster is None:
        return []
    (_, heading), *_ = csv_rows(roster, csv_text(roster, "a roster")[0])
    if not Columns.of(heading).is_canvas:
        return []
    return [title for title in heading if NUMBERED.fullmatch(title) and not TOTAL.search(title)]


def assignment_column(given: str | None, assignments: Sequence[str], scheme: str) -> str:
    """The heading of the assignment whose points these are; empty if nothing says it.

    Args:
        given: on the command line: a heading, or the part before its number.
        assignments: of :func:`canvas_assignments`.
        scheme: name of the scheme, which may be that of the assignment.

    Raises:
        UsageError: an export has no such assignment, or several.
    """
    if given is None:
        called = _called(scheme, assignments)
        found = called if len(called) == 1 else list(assignments)
        return found[0] if len(found) == 1 else ""
    if not assignments:
        return given
    found = _called(given, assignments)
    if len(found) != 1:
        more = f" and {len(assignments) - MOST_NAMED} more" if assignments[MOST_NAMED:] else ""
        raise UsageError(
            f"--canvas-column is {given!r}, which is {'no' if not found else 'more than one'} assignment in --roster; "
            f"give one of {', '.join(assignments[:MOST_NAMED])}{more}"
        )
    return found[0]


def _called(name: str, assignments: Sequence[str]) -> list[str]:
    """Assignments whose heading, or else whose title, is a name."""
    whole = [heading for heading in assignments if heading == name]
    titles = ((NUMBERED.fullmatch(heading)["title"], heading) for heading in assignments)
    return whole or [heading for title, heading in titles if title.casefold() == name.strip().casefold()]
