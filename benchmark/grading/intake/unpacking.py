"""Files of a zip of many people's homework on the disk; one that is left out has an empty file in its place.

The empty file is found as the file itself would be, so that the person has a row, which is rejected because of it.
"""

from __future__ import annotations

import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from benchmark.data.archive_names import is_printable
from benchmark.grading.intake.bounded_zip import write_entry
from benchmark.grading.sandbox.answer import one_line
from benchmark.grading.submission.bundle import MAX_DEPTH, MAX_NAME, is_litter
from benchmark.system.terminal import say

MOST_BYTES_OF_A_NAME = 255  # as most file systems have it
INVISIBLE = "Cf"  # Unicode's category of marks such as those of a writing direction
BAD_NAME = "its name leads outside or cannot be used"
LONGEST_ENDING = 20  # letters of a name's end that are kept where it is cut


@dataclass(frozen=True)
class LeftOut:
    """Files that were not unpacked."""

    names: list[str] = field(default_factory=list)  # with zip and reason, one line each
    reasons: dict[Path, str] = field(default_factory=dict)  # by the empty file in their place, where there is one


def write_all(
    of: str, archive: zipfile.ZipFile, entries: Iterable[tuple[str, zipfile.ZipInfo]], folder: Path, left_out: LeftOut
) -> None:
    """Write the files of a zip below a folder, and name those that are left out.

    Args:
        of: name of the zip.
        archive: that zip.
        entries: its files, with their names.
        folder: where they are written.
        left_out: what was left out before; more is added.
    """
    for name, entry in entries:
        parts = path_parts(name)
        if not parts and is_litter(_split(name)):
            continue
        reason = write_entry(archive, entry, folder.joinpath(*parts)) if parts else BAD_NAME
        if reason is None:
            continue
        left_out.names.append(f"{one_line(name, 100)!r} in {of} is left out: {reason}")
        say(left_out.names[-1])
        stand_in = folder.joinpath(*(parts or _usable(name)))
        if stand_in != folder and make_empty(stand_in):
            left_out.reasons[stand_in] = f"{one_line(name, 100)!r} was not unpacked: {reason}"


def path_parts(name: str) -> list[str]:
    """Folders and name of an entry; none where it is litter or cannot be written below a folder."""
    parts = _split(name)
    is_long = len(name) > MAX_NAME or len(parts) > MAX_DEPTH
    is_long = is_long or any(len(part.encode()) > MOST_BYTES_OF_A_NAME for part in parts)
    unusable = _leads_outside(name) or is_long or is_litter(parts) or not can_be_written(name)
    return [] if unusable else parts


def _split(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


def _leads_outside(name: str) -> bool:
    parts = _split(name)
    has_drive = ":" in name and any(part[1:2] == ":" for part in parts)
    return name.startswith("/") or ".." in parts or "\\" in name or has_drive


def can_be_written(name: str) -> bool:
    """True for a name without control characters; marks that nobody sees are no reason to leave a file out."""
    return all(is_printable(one) or unicodedata.category(one) == INVISIBLE for one in name)


def _usable(name: str) -> list[str]:
    """The nearest usable path to a name that cannot be used; empty for a name that leads outside."""
    if "/" in name and _leads_outside(name):
        return []
    return [_shorten("".join(map(_usable_letter, part))) for part in _split(name)][:MAX_DEPTH]


def _usable_letter(one: str) -> str:
    return one if can_be_written(one) and one not in "\\:" else "_"


def _shorten(part: str) -> str:
    """A name shortened before its ending, so that it fits into a file system."""
    ending = PurePosixPath(part).suffix[-LONGEST_ENDING:]
    start = part.removesuffix(ending)
    while len((start + ending).encode(errors="replace")) > MOST_BYTES_OF_A_NAME:
        start = start[:-1]
    return start + ending


def make_empty(path: Path, *, is_folder: bool = False) -> bool:
    """Make an empty file or folder; return False if the name is taken."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if is_folder else path.touch(exist_ok=False)
    except (FileExistsError, NotADirectoryError):
        return False
    return True
