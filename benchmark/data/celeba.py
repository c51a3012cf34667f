"""Photographs with attributes as CelebA hands them out: list_attr_celeba.txt and img_align_celeba/.

Liu et al. 2015, "Deep Learning Face Attributes in the Wild", https://arxiv.org/abs/1411.7766; the same files as
``torchvision.datasets.CelebA`` reads, or list_attr_celeba.csv as Kaggle has them. Of its 40 attributes those are kept
that StarGAN changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from benchmark.data.csv_lines import csv_fields
from benchmark.data.disk_files import Files
from benchmark.data.labels import CELEBA
from benchmark.data.listing import Listing, match_images
from benchmark.errors import UsageError

ATTRIBUTES, FOLDER = "list_attr_celeba.txt", "img_align_celeba"
KAGGLES = "list_attr_celeba.csv"  # names in the first line, commas between
ABOVE = {ATTRIBUTES: 2, KAGGLES: 1}  # lines above the first row; the last of them names the attributes


def read(path: Path, *, partial: bool = False) -> Listing:
    """List the images of a CelebA folder or zip; conditions are multi-hot in the order of :data:`CELEBA`.

    Args:
        path: the folder or zip.
        partial: leave rows without an image out, instead of refusing them.

    Raises:
        UsageError: the attribute file is missing or malformed, or labels and images differ.
    """
    files = Files(path)
    label_file = files.find_first(ABOVE)
    if label_file is None:
        raise UsageError(f"{path} has no {ATTRIBUTES} and no {KAGGLES}; a CelebA folder holds one and {FOLDER}/")
    labels: dict[str, np.ndarray] = {}
    for where, image, condition in _rows(files, label_file):
        if image in labels:
            raise UsageError(f"{where} names {image} again; give each image one line")
        labels[image] = condition
    found = match_images(files, label_file, labels, FOLDER, partial=partial)
    return Listing(files, list(found.values()), np.stack([labels[image] for image in found]))


def _rows(files: Files, label_file: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """Line number of each row, its image and its condition."""
    name = PurePosixPath(label_file).name
    above = ABOVE[name]
    lines = files.read_lines(label_file)
    if len(lines) <= above:
        first = "a count and the attributes' names come first" if above > 1 else "the attributes' names come first"
        raise UsageError(f"{files.path}: {name} has {len(lines)} lines; {first}")
    rows = [_fields(line, f"{files.path}: {name}, line {number}", name) for number, line in enumerate(lines, start=1)]
    header = rows[above - 1] if above > 1 else rows[0][1:]
    columns = _columns(header, f"{files.path}: {name}")
    for number, (image, *values) in enumerate(rows[above:], start=above + 1):
        where = f"{files.path}: {name}, line {number}"
        yield where, image, _condition(values, len(header), columns, where)


def _fields(line: str, where: str, name: str) -> list[str]:
    """At least one."""
    return (csv_fields(line, where) if name == KAGGLES else line.split()) or [""]


def _columns(header: list[str], where: str) -> list[int]:
    for attribute in CELEBA:
        if attribute not in header:
            raise UsageError(f"{where} lacks {attribute!r}; it names {', '.join(header)}")
    return [header.index(attribute) for attribute in CELEBA]


def _condition(values: list[str], count: int, columns: list[int], where: str) -> np.ndarray:
    if len(values) != count or not set(values) <= {"1", "-1"}:
        raise UsageError(
            f"{where} has {len(values)} values; give a file name and a 1 or -1 for each of {count} attributes"
        )
    return np.array([values[column] == "1" for column in columns], dtype=np.uint8)
