"""What a data set on disk holds, before any picture of it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from benchmark.data.files import Files
from benchmark.errors import UsageError


@dataclass(frozen=True)
class Listing:
    """Pictures in the order of their label file, with what each shows."""

    files: Files
    names: list[str]  # full names in ``files``
    conditions: np.ndarray  # uint8: multi-hot (N, classes) or value indices (N, attributes)
    condition_lists: dict[str, np.ndarray] = field(default_factory=dict)  # name -> uint8 (M, classes)


def match_pictures(path: Path, labelled: Iterable[str], pictures: dict[str, str], label_file: str) -> list[str]:
    """Full names of the labelled pictures; every label has a picture and every picture a label.

    A label matches a picture of the same file name with any extension.

    Raises:
        UsageError: one side is missing; the message counts them and names the first.
    """
    by_stem = {PurePosixPath(name).stem: full for name, full in pictures.items()}
    labelled = list(labelled)
    paths = [name for name in labelled if "/" in name or "\\" in name]
    if paths:
        raise UsageError(f"{path}: {label_file} has a row for {paths[0]!r}; give file names without folders")
    stems = [PurePosixPath(name).stem for name in labelled]
    absent = [stem for stem in stems if stem not in by_stem]
    if absent:
        raise UsageError(
            f"{path}: {len(absent)} of {len(stems)} rows of {label_file} have no picture, first {absent[0]!r}; "
            "add the pictures or remove the rows"
        )
    extra = sorted(by_stem.keys() - set(stems))
    if extra:
        raise UsageError(
            f"{path}: {len(extra)} of {len(by_stem)} pictures have no row in {label_file}, "
            f"first {by_stem[extra[0]]!r}; add rows for them or remove the pictures"
        )
    return [by_stem[stem] for stem in stems]
