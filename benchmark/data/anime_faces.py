"""Anime faces as two courses hand them out: tags.csv with images/, or tags_clean.csv with faces/."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmark.data.files import Files
from benchmark.data.listing import Listing, match_pictures
from benchmark.data.vocabulary import EYES, HAIR
from benchmark.errors import UsageError

Labels = tuple[int, int]  # hair index, eye index


def read(path: Path) -> Listing:
    """List the labelled pictures of a course's folder or zip; conditions are (hair, eyes) value indices.

    Raises:
        UsageError: no label file, an unknown colour, or labels and pictures differ.
    """
    files = Files(path)
    for filename, parse in PARSERS.items():
        name = files.find(filename)
        if name is not None:
            return _listing(files, name, parse)
    raise UsageError(f"{path} has neither tags.csv (with images/) nor tags_clean.csv (with faces/); give one")


def _listing(files: Files, label_file: str, parse: Callable[[str, str], Labels | None]) -> Listing:
    labels = {}
    for number, row in enumerate(csv.reader(io.StringIO(files.read_text(label_file))), start=1):
        where = f"{files.path}: {label_file}, line {number}"
        if len(row) != 2:
            raise UsageError(f"{where} has {len(row)} columns, not 2 (id,tags); mend the line")
        if row[0] in labels:
            raise UsageError(f"{where} has the id {row[0]!r} a second time; keep one row per picture")
        labels[row[0]] = parse(row[1], where)
    names = match_pictures(files.path, labels, files.pictures(), label_file)
    kept = [(name, label) for name, label in zip(names, labels.values(), strict=True) if label is not None]
    if not kept:
        raise UsageError(f"{files.path}: no row of {label_file} has exactly one hair and one eye colour")
    return Listing(files, [name for name, _ in kept], np.array([label for _, label in kept], dtype=np.uint8))


def parse_tags(tags: str, where: str) -> Labels:
    """Course B: ``aqua hair red eyes``, always one colour of each.

    Raises:
        UsageError: another form, or a colour that is not in the vocabulary.
    """
    match = re.fullmatch(r"(\w+) hair (\w+) eyes", tags.strip())
    if match is None:
        raise UsageError(f"{where} is {tags!r}; give '<colour> hair <colour> eyes'")
    for part, colour, known in (("hair", match[1], HAIR), ("eye", match[2], EYES)):
        if colour not in known:
            raise UsageError(f"{where} has the {part} colour {colour!r}; it may be {', '.join(known)}")
    return HAIR.index(match[1]), EYES.index(match[2])


def parse_counted_tags(tags: str, _where: str) -> Labels | None:
    """Course A: ``aqua hair:12<TAB>long hair:3<TAB>red eyes:1``, any number of tags of any kind.

    None where there is not exactly one hair and one eye colour: by the course's rule the picture does not count.
    """
    names = [tag.rpartition(":")[0] for tag in tags.split("\t")]
    hair = [HAIR.index(name[:-5]) for name in names if name.endswith(" hair") and name[:-5] in HAIR]
    eyes = [EYES.index(name[:-5]) for name in names if name.endswith(" eyes") and name[:-5] in EYES]
    return (hair[0], eyes[0]) if len(hair) == len(eyes) == 1 else None


PARSERS: dict[str, Callable[[str, str], Labels | None]] = {
    "tags.csv": parse_tags,
    "tags_clean.csv": parse_counted_tags,
}
