"""The roster of a course: its students with their ids and names, and the owner of each submission."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmark.grading.roster.leading_zeros import taken_for, zeros_note
from benchmark.grading.roster.plain_forms import after_groups, plain_form, runs_of, whole_names, words_of

WITH_NAMES = ("moodle", "canvas")  # platforms that write a person's whole name and their own number of that person
NOBODY = "no person in the roster matches it"  # a note begins with this
SEVERAL = "several people in the roster match it: "  # or with this, before their ids
SAME_PERSON = "the same person also handed in "  # or with this, before ids of submissions
TAKEN = "taken for "  # or with this, before the id that the roster has
MOST_NAMED = 5


@dataclass(frozen=True)
class Student:
    """One row of a roster."""

    id: str
    name: str
    keys: frozenset[str]  # plain forms of the id, the username and whatever else names this person alone
    number: str = ""  # the platform's own; empty where the roster does not say
    login: str = ""
    platform: str = ""  # whose number it is

    def keys_at(self, platform: str) -> frozenset[str]:
        """The keys that name this person in downloads of a platform: not the number that another one gave."""
        return self.keys - {plain_form(self.number)} if platform and self.platform not in ("", platform) else self.keys

    def ids(self, platform: str) -> frozenset[str]:
        """The id and the platform's number among these keys."""
        return frozenset({plain_form(self.id), plain_form(self.number)}) & self.keys_at(platform)

    def logins(self, platform: str) -> frozenset[str]:
        """The other keys."""
        return self.keys_at(platform) - self.ids(platform)

    @property
    def words(self) -> frozenset[str]:
        """Plain forms of the words of the name."""
        return frozenset(filter(None, map(plain_form, re.split(r"[\s,]+", self.name))))

    @property
    def names(self) -> frozenset[str]:
        """Plain forms of the name, with the family name first or last."""
        words = self.name.replace(",", " ").split()
        return frozenset(
            filter(
                None,
                [
                    plain_form(self.name),
                    plain_form("".join(words[1:] + words[:1])),
                    plain_form("".join(words[-1:] + words[:-1])),
                ],
            )
        )


Index = Mapping[str, Sequence[Student]]


@dataclass(frozen=True)
class Joined:
    """A roster against the ids of submissions."""

    students: Mapping[str, Student]  # by submission
    notes: Mapping[str, str]  # for staff, by submission: why it was not joined, or what else is this person's
    missing: Sequence[Student]  # who handed in nothing


def join_roster(
    students: Sequence[Student],
    submissions: Sequence[str],
    platforms: Mapping[str, str] = MappingProxyType({}),
    longer: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Joined:
    """The owner of each submission: found by an id in the submission's id, else by a name.

    A name that is nothing but an id is also taken for one that differs in leading zeros, if it can be nobody else's.

    Args:
        students: of :func:`benchmark.grading.roster.roster_file.read_roster`.
        submissions: their ids, such as ``Ann Lee_4711``, ``0856001_Ann Lee`` or ``leeann_4711``.
        platforms: those that named their files, by submission; their numbers are not those of other platforms.
        longer: names that may be meant as well, by submission.
    """
    joined: dict[str, Student] = {}
    notes: dict[str, str] = {}
    candidates: set[str] = set()  # those whom one submission matches together: none of them is missing
    by_key, by_name = _index(students, lambda one: one.keys), _index(students, lambda one: one.names)
    for submission in submissions:
        names, platform = [submission, *longer.get(submission, ())], platforms.get(submission, "")
        found = _each_once(student for name in names for student in _owners(by_key, by_name, name, platform))
        if len(found) == 1:
            joined[submission] = found[0]
        else:
            candidates |= {student.id for student in found}
            notes[submission] = SEVERAL + _ids_in_words(found) if found else NOBODY + zeros_note(students, submission)
    strangers = [name for name, note in notes.items() if note.startswith(NOBODY)]
    taken = taken_for(strangers, students, {student.id for student in joined.values()} | candidates)
    joined |= taken
    notes |= {name: f"{TAKEN}{student.id}: only leading zeros differ" for name, student in taken.items()}
    owned: dict[str, list[str]] = {}
    for submission, student in joined.items():
        owned.setdefault(student.id, []).append(submission)
    for names in owned.values():
        for name in names if len(names) > 1 else ():
            also = f"{SAME_PERSON}{', '.join(other for other in names if other != name)}"
            notes[name] = "; ".join(filter(None, [notes.get(name), also]))
    return Joined(joined, notes, [student for student in students if student.id not in owned.keys() | candidates])


def _ids_in_words(students: Sequence[Student]) -> str:
    more = len(students) - MOST_NAMED
    return ", ".join(student.id for student in students[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _owners(by_key: Index, by_name: Index, submission: str, platform: str) -> list[Student]:
    """Students that a submission's id names: by id or platform number, else by login or name; each once.

    Where a platform writes a whole name and its own number, no single word of the name is a person's. A number counts
    only if the name is nobody else's, unless it is said to be that platform's. Blackboard writes nothing but the name
    that a person logs in with: ``ann_lee`` is no work of ``ann``.
    """
    words, whole = words_of(submission), whole_names(submission)
    if platform == "blackboard":
        words = whole = [plain_form(submission)]
    numbered = _each_once(
        student for word in words for student in by_key.get(word, ()) if word in student.ids(platform)
    )
    called = _called(by_key, by_name, whole, platform)
    if platform == "blackboard":
        return numbered or called
    called = called or _called(by_key, by_name, whole_names(submission, copies=True), platform)
    if platform in WITH_NAMES:
        called = called or _called(by_key, by_name, after_groups(submission), platform)
        if any(student.platform for student in numbered):
            return numbered
    if numbered:
        in_parts = (student for run in runs_of(submission) for student in by_name.get(run, ()))
        return _with_others(numbered, _each_once([*called, *in_parts]))
    return called if platform in WITH_NAMES else called or _called(by_key, by_name, words, platform)


def _with_others(numbered: Sequence[Student], called: Sequence[Student]) -> list[Student]:
    """Students by their ids, and those whose name or login the rest of a submission's id is instead.

    The name of one of the first may be written in part: ``0856001 Ann Lee`` is ``Lee Ann Mary``, if that is her id.
    """
    if any(student in called for student in numbered):
        return list(numbered)
    own = [student.words for student in numbered]
    return [*numbered, *(other for other in called if not other.words or not any(other.words <= one for one in own))]


def _called(by_key: Index, by_name: Index, words: Sequence[str], platform: str) -> list[Student]:
    """Students whose login or name one of these words is; on Blackboard, which writes logins, the login decides."""
    by_login = [student for word in words for student in by_key.get(word, ()) if word in student.logins(platform)]
    named = [student for word in words for student in by_name.get(word, ())]
    return _each_once(by_login or named if platform == "blackboard" else [*by_login, *named])


def _each_once(students: Iterable[Student]) -> list[Student]:
    return list({student.id: student for student in students}.values())


def _index(students: Sequence[Student], words_of: Callable[[Student], Collection[str]]) -> Index:
    found: dict[str, list[Student]] = {}
    for student in students:
        for word in words_of(student):
            found.setdefault(word, []).append(student)
    return found
