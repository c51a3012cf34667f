"""Anime faces as two courses hand them out: tags.csv with images/, or tags_clean.csv with faces/."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmark.data.labels import EYES, HAIR
from benchmark.data.listing import Files, Listing, match_pictures
from benchmark.errors import UsageError
from benchmark.system.terminal import say

Labels = tuple[int, int]  # hair index, eye index
ENOUGH, MANY_COLOURS = 100, 9  # faces and hair colours among them, for the want of one to mean something


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
    names, conditions = [name for name, _ in kept], np.array([label for _, label in kept], dtype=np.uint8)
    if parse is parse_counted_tags and were_exchanged(conditions):
        say(
            f"{files.path.name}: of {len(names):,} faces none is blonde, so hair and eye colours were exchanged when "
            f"{label_file} was written; they are read the right way round"
        )
        conditions = right_way_round(conditions)
    return Listing(files, names, conditions)


def were_exchanged(conditions: np.ndarray) -> bool:
    """Whether tags have the known defect of a copy of course A's: hair and eyes by each other's number.

    Its hair tag is the hair colour at the eye colour's number, and its eye tag the eye colour at the hair colour's
    number less one. There is one eye colour less, so nobody is blonde, where of drawn faces one in five is.

    Args:
        conditions: uint8 (N, 2), hair and eye indices as they are written.
    """
    hair = np.unique(conditions[:, 0])
    return len(conditions) >= ENOUGH and HAIR.index("blonde") not in hair and len(hair) >= MANY_COLOURS


def right_way_round(conditions: np.ndarray) -> np.ndarray:
    """Undo it: uint8 (N, 2)."""
    return np.stack([conditions[:, 1] + 1, conditions[:, 0]], axis=1)


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
