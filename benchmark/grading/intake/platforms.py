"""The owner of a file by its name, where a learning platform has packed the files of many people into one folder.

Moodle writes ``Ann Lee_4711_assignsubmission_file_work.zip``, or a folder ``Ann Lee_4711_assignsubmission_file`` with
the files in it; Canvas ``leeann_LATE_4711_90210_work.zip``, or ``anon_a1B2c_90210_work.zip``: person, whether it was
late, their number, the file's number, its own name. Blackboard writes
``HW4_leeann_attempt_2026-05-25-13-30-00_work.zip``. Other platforms write id, name and time, as in
``0856001_王小明_20260525133000_work.zip``; the time may also be ``2026-05-25-13-30-00`` or ``20260525_1330``.

Of several attempts of one person the last counts. Where a name has a time, that tells them apart; Canvas, which has no
times, writes ``work-1.zip`` where ``work.zip`` was handed in before.

Sources: https://github.com/moodle/moodle/blob/main/mod/assign/classes/downloader.php,
https://github.com/instructure/canvas-lms/blob/master/lib/content_zipper.rb and
https://help.blackboard.com/Learn/Instructor/Original/Assignments/Download_Assignments (names of files).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.grading.intake.folders import PARTS
from benchmark.grading.submission.bundle import ARCHIVES

MOODLE = re.compile(r"(?P<person>.+?)_assignsubmission_(?P<kind>[a-z0-9]+)(?:_(?P<name>.*))?", re.DOTALL)
WHO = r"(?P<who>[\w\u0080-\U0010ffff]+?)(?P<late>_LATE|_late)?"  # Canvas keeps accents and vowel signs, too
CANVAS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        r"(?P<late>LATE_)?(?P<person>anon_[A-Za-z0-9]+)_(?P<file>\d+)_(?P<name>.+)",
        WHO + r"_(?P<person>\d+)_(?P<file>\d+)_(?P<name>.+)",
        WHO + r"_(?P<person>\d+)_(?P<name>(?P<text>text|link)\.html)",
    )
)
TIME = r"(?P<time>20\d\d-?[01]\d-?[0-3]\d(?:[-_T]?\d\d(?:[-:]?\d\d){1,2})?)"
ID_AND_NAME = r"(?P<person>[A-Za-z]{0,3}\d{4,12}[_ -](?=[^_]*[^\W\d_])[^_]+?)"
BLACKBOARD = re.compile(rf"(?P<before>.+?)_attempt_{TIME}(?:_(?P<name>.+)|(?P<ending>\.txt))", re.DOTALL)
TIMED = re.compile(rf"{ID_AND_NAME}[_ -]{TIME}(?:[_ -](?P<name>.+)|(?P<ending>\..+))", re.DOTALL)
HANDED_IN_AGAIN = re.compile(r"(?P<name>.+?)-(?P<number>\d{1,3})(?P<ending>(?:\.tar)?\.[A-Za-z0-9]+)")
DOWNLOADED_AGAIN = re.compile(r"(?P<name>.+?) ?\(\d{1,2}\)(?P<ending>(?:\.tar)?\.[A-Za-z0-9]+)", re.DOTALL)
AGAIN = re.compile(r"^(config|manifest)-\d+(?=\.json$)")  # so Canvas calls a file that was handed in before


@dataclass(frozen=True)
class Part:
    """A platform's description of a file or a folder."""

    person: str  # name and number, as the platform writes them
    name: str  # of the file, as the person called it; empty for a folder of files
    is_text: bool = False  # typed into the platform, not handed in as a file
    time: str = ""  # digits of when it was handed in; empty where the platform does not say
    is_late: bool = False  # as Canvas marks it
    is_numbered: bool = False  # a file that is handed in again gets a number behind its name, as by Canvas
    platform: str = ""  # the one whose numbers people have here
    is_copy: bool = False  # of a file that is there, too, as a browser calls one that is downloaded twice
    is_description: bool = False  # the platform's own note on an attempt, handed in by nobody
    longer: tuple[str, ...] = ()  # persons that may be meant as well, where nothing says with which word a name begins


def parts_of_people(paths: Sequence[Path]) -> dict[str, Part]:
    """A platform's descriptions of files and folders, by name; those that it has not named are left out.

    The names end in those that people chose; one who chose a name like Moodle's does not change the others'.
    """
    names = [path.name for path in paths]
    files = [path.name for path in paths if not path.is_dir()]
    others = _if_most(names, _blackboard(names) | _each(names, _part_by_time)) or _canvas(files)
    moodles = _each(names, _moodle)
    return others if len(others) > len(moodles) else moodles


def _each(names: Sequence[str], read: Callable[[str], Part | None]) -> dict[str, Part]:
    return {name: part for name in names if (part := read(name)) is not None}


def _if_most(names: Sequence[str], found: Mapping[str, Part]) -> dict[str, Part]:
    """The descriptions if most names have one, else none: single names may look like a platform's by chance."""
    return dict(found) if len(found) > len(names) / 2 else {}


def _blackboard(names: Sequence[str]) -> dict[str, Part]:
    """Parts by Blackboard's names, ``<assignment>_<user>_attempt_<time>``, both of which may have underscores.

    The assignment is what all of them begin with; of one person alone, the user is the last word. Users who all begin
    alike have longer names, which a roster can tell.
    """
    found = {name: match for name in names if (match := BLACKBOARD.fullmatch(name)) is not None}
    common = os.path.commonprefix([match["before"] for match in found.values()])  # noqa: RUF071 - by letters
    start = common.rfind("_") + 1
    starts = [place.end() for place in re.finditer("_", common[: max(start - 1, 0)])]  # of longer names
    return {
        name: replace(
            _of_time(match["before"][start:], match, "blackboard"),
            longer=tuple(match["before"][other:] for other in reversed(starts)),
        )
        for name, match in found.items()
    }


def _part_by_time(name: str) -> Part | None:
    """A part by a name with an id, a name and a time in it."""
    match = TIMED.fullmatch(name)
    return None if match is None else _of_time(match["person"], match, "another")


def _of_time(person: str, match: re.Match[str], platform: str) -> Part:
    own_name = match["name"] or f"work{match['ending']}"
    time = "".join(filter(str.isdigit, match["time"]))
    is_text = match["ending"] == ".txt"
    is_description = is_text and platform == "blackboard"
    return Part(person, own_name, is_text=is_text, time=time, platform=platform, is_description=is_description)


def _moodle(name: str) -> Part | None:
    match = MOODLE.fullmatch(name)
    if match is None:
        return None
    return Part(match["person"], match["name"] or "", is_text=match["kind"] != "file", platform="moodle")


def _canvas(names: Sequence[str]) -> dict[str, Part]:
    """Parts by Canvas' names, if most names are such.

    Names that people choose may look alike, as ``lab_7_4711_ann.zip`` does; therefore a person's number has one name,
    a file's number comes once, a second download of the same file aside, and where people have several files they are
    not all called the same.
    """
    found = {name: match.groupdict() for name in names if (match := _canvas_match(name)) is not None}
    copies = {name for name in found if _original(name) in found}
    files = [fields["file"] for name, fields in found.items() if fields.get("file") and name not in copies]
    people = {(fields.get("who"), fields["person"]) for fields in found.values()}
    is_canvas = (
        len(found) > len(names) / 2
        and len(set(files)) == len(files)
        and len({number for _, number in people}) == len(people)
        and (len({who or number for who, number in people}) > 1 or len(people) == len(found) - len(copies))
    )
    return {name: replace(_part(fields), is_copy=name in copies) for name, fields in found.items()} if is_canvas else {}


def _original(name: str) -> str:
    """The name of a file before it was downloaded a second time; empty for any other file."""
    again = DOWNLOADED_AGAIN.fullmatch(name)
    return f"{again['name']}{again['ending']}" if again else ""


def _canvas_match(name: str) -> re.Match[str] | None:
    return next((match for form in CANVAS if (match := form.fullmatch(name)) is not None), None)


def _part(fields: Mapping[str, str | None]) -> Part:
    person = "_".join(filter(None, [fields.get("who"), fields["person"]]))
    name = AGAIN.sub(r"\1", fields["name"] or "")
    is_text, is_late = bool(fields.get("text")), bool(fields["late"])
    return Part(person, name, is_text=is_text, is_late=is_late, is_numbered=True, platform="canvas")


def hand_in_time(parts: Sequence[Part]) -> str:
    """The platform's note on when files were handed in: a time, ``late``, or nothing where there is none."""
    time = max(part.time for part in parts)
    if not time:
        return "late" if any(part.is_late for part in parts) else ""
    day, hour = (re.findall(r"\d\d", digits) for digits in (time[2:8], time[8:]))
    return f"{time[:2]}{'-'.join(day)} {':'.join(hour)}".strip()


def last_attempt(parts: Mapping[str, Part], work: Sequence[str]) -> list[str]:
    """Names of the files that count: of the latest time, and of an archive's numbered successors the last.

    Args:
        parts: descriptions of one person's files, by name.
        work: names of the files that can be graded.
    """
    latest = [name for name in work if parts[name].time == max(parts[other].time for other in work)]
    own_names = {parts[name].name for name in latest}
    last: dict[str, tuple[int, str]] = {}
    for name in latest:
        first, number = _first_of(name, parts[name].name, own_names) if parts[name].is_numbered else (name, 0)
        last[first] = max(last.get(first, (-1, "")), (number, name))
    return [name for name in latest if name in {kept for _, kept in last.values()}]


def _first_of(name: str, own_name: str, own_names: Collection[str]) -> tuple[str, int]:
    """The archive that a file takes the place of, and its number; the file itself and 0 where there is none."""
    again = HANDED_IN_AGAIN.fullmatch(own_name)
    first = f"{again['name']}{again['ending']}" if again else ""
    if first in own_names and first.lower().endswith(ARCHIVES):
        return first, int(again["number"])
    return (own_name if own_name.lower().endswith(ARCHIVES) else name), 0


def settings_of(work: Sequence[Path], paths: Sequence[Path], parts: Mapping[str, Part]) -> list[Path]:
    """A manifest and settings that were handed in with the attempt that counts, not those of an earlier one."""
    times = {parts[path.name].time for path in work}
    others = (path for path in paths if path not in work)
    return [path for path in others if parts[path.name].name in PARTS and parts[path.name].time in times]


def own_names(paths: Sequence[Path], parts: Mapping[str, Part]) -> dict[str, Path]:
    """Files by the names that their owner gave them; by the platform's names if these are missing or not unique."""
    files: dict[str, Path] = {}
    for path in paths:
        name = parts[path.name].name
        files[path.name if name in ("", ".", "..") or name in files else name] = path
    return files


def names_for_owner(paths: Sequence[Path], parts: Mapping[str, Part]) -> dict[Path, str]:
    """Names by which a person knows their files: their own, or the platform's where several have one name."""
    names = [parts[path.name].name for path in paths]
    is_clear = {name for name, count in Counter(names).items() if name and count == 1}
    return {path: name if name in is_clear else path.name for path, name in zip(paths, names, strict=True)}
