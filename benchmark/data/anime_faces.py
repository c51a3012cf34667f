"""Anime faces as two courses hand them out: tags.csv with images/, or tags_clean.csv with faces/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from benchmark.data.csv_lines import csv_fields
from benchmark.data.disk_files import Files
from benchmark.data.labels import EYES, HAIR
from benchmark.data.listing import Listing, match_images
from benchmark.errors import UsageError

Labels = tuple[int, int]  # hair index, eye index
COUNTED = "tags_clean.csv"
HEADER = (  # words that name the two columns
    {"id", "index", "image", "image_id", "img", "file", "filename", "file_name", "name", "picture"},
    {"tag", "tags", "label", "labels", "text", "caption", "captions", "description", "condition", "attributes"},
)
ENOUGH, MANY_COLOURS = 100, 9  # faces and hair colours among them, for the want of one to mean something


def read(path: Path, *, partial: bool = False) -> Listing:
    """List the labelled images of a course's folder or zip; conditions are (hair, eyes) value indices.

    Args:
        path: the folder or zip.
        partial: leave rows without an image out, instead of refusing them.

    Raises:
        UsageError: no label file, a malformed line, an unknown colour, or labels and images differ.
    """
    files, label_file, labels = _labelled(path, partial=partial)
    kept = {image: label for image, label in labels.items() if label is not None}
    if not kept:
        raise UsageError(f"{path}: no row of {label_file} has exactly one hair and one eye colour")
    if left_out := len(labels) - len(kept):
        files.remarks.append(
            f"{path.name}: {left_out:,} of {len(labels):,} images left out: not exactly one hair and one eye colour"
        )
    return _listing(files, label_file, kept)


def read_images(path: Path, *, partial: bool = False) -> Listing:
    """List all images of a course's folder or zip, for tasks without conditions: those of :func:`read` if all have one.

    Raises:
        UsageError: as :func:`read`.
    """
    files, label_file, labels = _labelled(path, partial=partial)
    with_conditions = {image: label for image, label in labels.items() if label is not None}
    if len(with_conditions) < len(labels):
        return Listing(files, list(labels), np.zeros((len(labels), 0), dtype=np.uint8))
    return _listing(files, label_file, with_conditions)


def _labelled(path: Path, *, partial: bool) -> tuple[Files, str, dict[str, Labels | None]]:
    """The files, the label file's name, and the label of each image that has a row."""
    files = Files(path)
    label_file = files.find_first(PARSERS)
    if label_file is None:
        raise UsageError(f"{path} has neither tags.csv (with images/) nor tags_clean.csv (with faces/); give one")
    parse, folder = PARSERS[PurePosixPath(label_file).name]
    labels: dict[str, Labels | None] = {}
    for where, name, tags in _rows(files, label_file):
        if name in labels:
            raise UsageError(f"{where} has the id {name!r} a second time; keep one row per image")
        labels[name] = parse(tags, where)
    found = match_images(files, label_file, labels, folder, partial=partial)
    return files, PurePosixPath(label_file).name, {image: labels[name] for name, image in found.items()}


def _rows(files: Files, label_file: str) -> Iterator[tuple[str, str, str]]:
    """Line number of each row, its id and its tags."""
    for number, line in enumerate(files.read_lines(label_file), start=1):
        where = f"{files.path}: {label_file}, line {number}"
        row = csv_fields(line, where)
        if len(row) != 2:
            raise UsageError(f"{where} has {len(row)} columns, not 2 (id,tags); fix the line")
        if number > 1 or not is_header(row):
            yield where, *row


def is_header(row: list[str]) -> bool:
    """True for a first line that names its columns, such as ``id,tags``."""
    return all(text.lower() in names for text, names in zip(row, HEADER, strict=True))


def _listing(files: Files, label_file: str, kept: dict[str, Labels]) -> Listing:
    """Images with their conditions, right way round."""
    conditions = np.array(list(kept.values()), dtype=np.uint8)
    if label_file == COUNTED and were_exchanged(conditions):
        files.remarks.append(
            f"{files.path.name}: of {len(kept):,} faces none is blonde, so hair and eye colours were exchanged when "
            f"{label_file} was written; they are read the right way round"
        )
        conditions = right_way_round(conditions)
    return Listing(files, list(kept), conditions)


def were_exchanged(conditions: np.ndarray) -> bool:
    """True if tags have the known defect of a copy of course A's: hair and eyes by each other's number.

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
    """Course B: ``aqua hair red eyes``, always one colour of each; in capitals and eyes first as well.

    Raises:
        UsageError: another form, or a colour that is not in the vocabulary.
    """
    match = re.fullmatch(r"(\w+) hair (\w+) eyes|(\w+) eyes (\w+) hair", " ".join(tags.lower().split()))
    if match is None:
        raise UsageError(f"{where} is {tags!r}; give '<colour> hair <colour> eyes'")
    hair, eyes = match[1] or match[4], match[2] or match[3]
    for part, colour, known in (("hair", hair, HAIR), ("eye", eyes, EYES)):
        if colour not in known:
            raise UsageError(f"{where} has the {part} colour {colour!r}; it may be {', '.join(known)}")
    return HAIR.index(hair), EYES.index(eyes)


def parse_counted_tags(tags: str, _where: str) -> Labels | None:
    """Course A: ``aqua hair:12<TAB>long hair:3<TAB>red eyes:1``, any number of tags of any kind.

    None where there is not exactly one hair and one eye colour: by the course's rule the image does not count.
    """
    names = [" ".join(tag.rpartition(":")[0].lower().split()) for tag in tags.split("\t")]
    hair = [HAIR.index(name[:-5]) for name in names if name.endswith(" hair") and name[:-5] in HAIR]
    eyes = [EYES.index(name[:-5]) for name in names if name.endswith(" eyes") and name[:-5] in EYES]
    return (hair[0], eyes[0]) if len(hair) == len(eyes) == 1 else None


PARSERS: dict[str, tuple[Callable[[str, str], Labels | None], str]] = {  # and the folder of the images
    "tags.csv": (parse_tags, "images"),
    COUNTED: (parse_counted_tags, "faces"),
}
