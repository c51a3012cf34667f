"""Whose a file is, where a learning platform has packed the files of many people into one folder.

Moodle writes ``Ann Lee_4711_assignsubmission_file_work.zip``, or a folder ``Ann Lee_4711_assignsubmission_file`` with
the files in it; Canvas ``leeann_LATE_4711_90210_work.zip``, or ``anon_a1B2c_90210_work.zip``: person, whether it was
late, their number, the file's number, its own name.

Sources: https://github.com/moodle/moodle/blob/main/mod/assign/classes/downloader.php and
https://github.com/instructure/canvas-lms/blob/master/lib/content_zipper.rb (names of files).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MOODLE = re.compile(r"(?P<person>.+?)_assignsubmission_(?P<kind>[a-z0-9]+)(?:_(?P<name>.*))?", re.DOTALL)
CANVAS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        r"(?:LATE_)?(?P<person>anon_[A-Za-z0-9]+)_(?P<file>\d+)_(?P<name>.+)",
        r"(?P<who>\w+?)(?:_LATE|_late)?_(?P<person>\d+)_(?P<file>\d+)_(?P<name>.+)",
        r"(?P<who>\w+?)(?:_LATE|_late)?_(?P<person>\d+)_(?P<name>(?P<text>text|link)\.html)",
    )
)
AGAIN = re.compile(r"^(config|manifest)-\d+(?=\.json$)")  # so Canvas calls a file that was handed in before


@dataclass(frozen=True)
class Part:
    """A platform's description of a file or a folder."""

    person: str  # name and number, as the platform writes them
    name: str  # of the file, as the person called it; empty for a folder of files
    is_text: bool = False  # typed into the platform, not handed in as a file


def parts_of_people(paths: Sequence[Path]) -> dict[str, Part]:
    """A platform's descriptions of files and folders, by name; those that it has not named are left out."""
    names = [path.name for path in paths]
    found = {name: part for name in names if (part := _moodle(name)) is not None}
    return found or _canvas([path.name for path in paths if not path.is_dir()])


def _moodle(name: str) -> Part | None:
    match = MOODLE.fullmatch(name)
    return Part(match["person"], match["name"] or "", is_text=match["kind"] != "file") if match else None


def _canvas(names: Sequence[str]) -> dict[str, Part]:
    """Parts by Canvas' names, if most names are such.

    Names that people choose may look alike, as ``lab_7_4711_ann.zip`` does; therefore a person's number has one name,
    a file's number comes once, and where people have several files they are not all called the same.
    """
    found = {name: match.groupdict() for name in names if (match := _canvas_match(name)) is not None}
    files = [fields["file"] for fields in found.values() if fields.get("file")]
    people = {(fields.get("who"), fields["person"]) for fields in found.values()}
    is_canvas = (
        len(found) > len(names) / 2
        and len(set(files)) == len(files)
        and len({number for _, number in people}) == len(people)
        and (len({who or number for who, number in people}) > 1 or len(people) == len(found))
    )
    return {name: _part(fields) for name, fields in found.items()} if is_canvas else {}


def _canvas_match(name: str) -> re.Match[str] | None:
    return next((match for form in CANVAS if (match := form.fullmatch(name)) is not None), None)


def _part(fields: Mapping[str, str | None]) -> Part:
    person = "_".join(filter(None, [fields.get("who"), fields["person"]]))
    return Part(person, AGAIN.sub(r"\1", fields["name"] or ""), is_text=bool(fields.get("text")))
