"""The columns of a roster: ids, names, and the numbers that a learning platform gives people.

Exports of platforms are rosters, too: Moodle's grading worksheet has numbers of participants as ``Identifier``, and
Canvas' grade book has its own as ``ID``, with the course's ids as ``SIS User ID``.

Sources: https://github.com/moodle/moodle/blob/main/mod/assign/feedback/offline/locallib.php and
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_exporter.rb (columns).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ID = ("student id", "student_id", "id number", "sis user id", "student number", "學號", "学号")
BARE_ID = "id"  # it may also be the number of a row, where another column has ids
NAME = ("name", "full name", "student", "student name", "姓名")
FIRST, LAST = ("first name", "firstname", "given name"), ("last name", "lastname", "surname", "family name")
LOGIN = ("sis login id", "login id", "login", "username", "user name")
OTHER_KEYS = (*LOGIN, "email", "email address")
MOODLE_NUMBER, CANVAS_NUMBER = "identifier", "canvas id"
OF_CANVAS = {"section", "sis user id", "sis login id"}  # after Student and ID
NOBODY = {"", "Points Possible", "Student, Test", "Test Student"}  # names in Canvas' lines that are of no person


@dataclass(frozen=True)
class Columns:
    """Positions of columns by title, in small letters."""

    positions: Mapping[str, int]

    @classmethod
    def of(cls, heading: Sequence[str]) -> Columns:
        """The columns of a heading; of two that are called alike, the first."""
        return cls({" ".join(title.casefold().split()): index for index, title in reversed(list(enumerate(heading)))})

    @property
    def is_canvas(self) -> bool:
        """True for an export of Canvas' grade book."""
        first = [title for title, _ in sorted(self.positions.items(), key=lambda item: item[1])][:3]
        begins = first[:2] == ["student", "id"] or first == ["lastname", "firstname", "id"]
        return begins and bool(OF_CANVAS & self.positions.keys())

    @property
    def has_ids(self) -> bool:
        """True if there is a column of ids, or of a platform's numbers."""
        return any(title in self.positions for title in (BARE_ID, *ID, MOODLE_NUMBER))

    def id(self, cells: Sequence[str]) -> str:
        """The course's id of a person, else the platform's number; empty if there is none."""
        titles = ID if self.is_canvas or self._has_two_ids else (*ID, BARE_ID)
        return self._first(cells, titles) or self.number(cells)

    @property
    def _has_two_ids(self) -> bool:
        return not self.is_canvas and BARE_ID in self.positions and any(title in self.positions for title in ID)

    def second_id(self, cells: Sequence[str]) -> str:
        """The cell of a column called ID, where another one has the ids; empty where there are not two."""
        return self._first(cells, [BARE_ID]) if self._has_two_ids else ""

    def number(self, cells: Sequence[str]) -> str:
        """The platform's own number of a person, such as 4711 of ``Participant 4711``."""
        moodles = re.search(r"\d+$", self._first(cells, [MOODLE_NUMBER]))
        if moodles is not None:
            return moodles[0]
        return self._first(cells, [CANVAS_NUMBER, *(["id"] if self.is_canvas else [])])

    def platform(self, cells: Sequence[str]) -> str:
        """The platform whose number that is; empty where there is none."""
        number = self.number(cells)
        return ("moodle" if self._first(cells, [MOODLE_NUMBER]).endswith(number) else "canvas") if number else ""

    def login(self, cells: Sequence[str]) -> str:
        """The name that a person logs in with."""
        return self._first(cells, LOGIN)

    def name(self, cells: Sequence[str]) -> str:
        """A person's whole name."""
        return self._first(cells, NAME) or " ".join(filter(None, [self._first(cells, FIRST), self._first(cells, LAST)]))

    def other_keys(self, cells: Sequence[str]) -> list[str]:
        """Whatever else names this person alone; of addresses, the part before the @."""
        return [self._first(cells, [title]).partition("@")[0] for title in (*OTHER_KEYS, MOODLE_NUMBER, CANVAS_NUMBER)]

    def is_of_nobody(self, cells: Sequence[str]) -> bool:
        """True for Canvas' lines of points, of posting and of its test student."""
        return self.is_canvas and self.name(cells) in NOBODY

    def _first(self, cells: Sequence[str], titles: Sequence[str]) -> str:
        """The first cell of these columns that is not empty."""
        found = (cells[self.positions[title]] for title in titles if self.positions.get(title, len(cells)) < len(cells))
        return next(filter(None, found), "")
