"""Anime faces as two courses hand them out: tags.csv with images/, or tags_clean.csv with faces/."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.data.files import Files
from benchmark.data.listing import Listing, match_pictures
from benchmark.data.vocabulary import EYES, HAIR
from benchmark.errors import UsageError

TAGS = re.compile(r"(\w+) hair (\w+) eyes")


def read(path: Path) -> Listing:
    """List the labelled pictures of a course's folder or zip; conditions are (hair, eyes) value indices.

    Course B's ``tags.csv`` names one hair and one eye colour per picture. Course A's ``tags_clean.csv``
    carries any number of tags; by its own rule a picture counts if it has exactly one colour of each.

    Raises:
        UsageError: no label file, an unknown colour, or labels and pictures differ.
    """
    files = Files(path)
    for filename, rows in (("tags.csv", _course_b), ("tags_clean.csv", _course_a)):
        name = files.find(filename)
        if name is not None:
            return _listing(files, name, rows)
    raise UsageError(f"{path} has neither tags.csv (with images/) nor tags_clean.csv (with faces/); give one")


def _listing(files: Files, label_file: str, rows) -> Listing:  # noqa: ANN001
    text = files.read(label_file).decode("utf-8", errors="replace")
    labels = {row[0]: _colours(rows(row), f"{files.path}: {label_file}, row {row[0]}") for row in _rows(files, text)}
    names = match_pictures(files.path, labels, files.pictures(), label_file)
    kept = [(name, colours) for name, colours in zip(names, labels.values(), strict=True) if colours]
    if not kept:
        raise UsageError(f"{files.path}: no row of {label_file} has exactly one hair and one eye colour")
    return Listing(files, [name for name, _ in kept], np.array([c for _, c in kept], dtype=np.uint8))


def _rows(files: Files, text: str) -> Iterator[list[str]]:
    for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not row:
            continue
        if len(row) != 2:
            raise UsageError(
                f"{files.path}: line {number} of the tags has {len(row)} columns, not 2 (id,tags); mend the line"
            )
        yield row


def _course_b(row: list[str]) -> list[tuple[str, str]]:
    match = TAGS.fullmatch(row[1].strip())
    return [("hair", match[1]), ("eyes", match[2])] if match else [("", row[1])]


def _course_a(row: list[str]) -> list[tuple[str, str]]:
    tags = [tag.rpartition(":")[0] for tag in row[1].split("\t") if tag.strip()]
    pairs = [tag.rpartition(" ") for tag in tags]
    colours = [(part, colour) for colour, _, part in pairs if (part, colour) in KNOWN]
    return colours if sorted(part for part, _ in colours) == ["eyes", "hair"] else []


KNOWN = {("hair", colour) for colour in HAIR} | {("eyes", colour) for colour in EYES}


def _colours(found: list[tuple[str, str]], where: str) -> tuple[int, int] | None:
    """(hair index, eye index), or None for a row that does not count."""
    if not found:
        return None
    for part, colour in found:
        if (part, colour) not in KNOWN:
            raise UsageError(
                f"{where}: {colour!r} {part or 'is not of the form <colour> hair <colour> eyes'}; "
                f"hair may be {', '.join(HAIR)}; eyes may be {', '.join(EYES)}"
            )
    named = dict(found)
    return HAIR.index(named["hair"]), EYES.index(named["eyes"])
