"""Photographs with attributes as CelebA hands them out: list_attr_celeba.txt and img_align_celeba/.

Liu et al. 2015, "Deep Learning Face Attributes in the Wild", https://arxiv.org/abs/1411.7766; the same files as
``torchvision.datasets.CelebA`` reads. Of its 40 attributes those are kept that StarGAN changes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.data.labels import CELEBA
from benchmark.data.listing import Files, Listing, match_pictures
from benchmark.errors import UsageError

ATTRIBUTES = "list_attr_celeba.txt"


def read(path: Path) -> Listing:
    """List the pictures of a CelebA folder or zip; conditions are multi-hot in the order of :data:`CELEBA`.

    Raises:
        UsageError: the attribute file is missing or malformed, or labels and pictures differ.
    """
    files = Files(path)
    name = files.find(ATTRIBUTES)
    if name is None:
        raise UsageError(f"{path} has no {ATTRIBUTES}; a CelebA folder holds it and img_align_celeba/")
    lines = files.read_text(name).rstrip().splitlines()
    if len(lines) < 3:
        raise UsageError(f"{path}: {ATTRIBUTES} has {len(lines)} lines; a count and the attributes' names come first")
    columns = _columns(lines[1].split(), path)
    labels = {}
    for number, line in enumerate(lines[2:], start=3):
        where = f"{path}: {ATTRIBUTES}, line {number}"
        picture, *values = line.split() or [""]
        if picture in labels:
            raise UsageError(f"{where} names {picture} again; give each picture one line")
        labels[picture] = _condition(values, columns, where)
    names = match_pictures(path, labels, files.pictures(), ATTRIBUTES)
    return Listing(files, names, np.stack(list(labels.values())))


def _columns(header: list[str], path: Path) -> list[int]:
    for attribute in CELEBA:
        if attribute not in header:
            raise UsageError(f"{path}: {ATTRIBUTES} lacks {attribute!r}; its second line names {', '.join(header)}")
    return [header.index(attribute) for attribute in CELEBA]


def _condition(values: list[str], columns: list[int], where: str) -> np.ndarray:
    if len(values) <= max(columns) or not set(values) <= {"1", "-1"}:
        raise UsageError(f"{where} has {len(values)} values; give a file name and a 1 or -1 for each attribute")
    return np.array([values[column] == "1" for column in columns], dtype=np.uint8)
