"""i-CLEVR as the course hands it out: objects.json, train.json, test.json, new_test.json and the images."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from benchmark.data.disk_files import Files
from benchmark.data.labels import OBJECTS
from benchmark.data.listing import Listing, match_images
from benchmark.errors import UsageError

TRAIN = "train.json"
FOLDER = "iclevr"  # of the images, as the course's archive unpacks them
LISTS = ("test", "new_test")  # condition lists that generators are to draw


def read(path: Path, *, partial: bool = False) -> Listing:
    """List the labelled images of an i-CLEVR folder or zip.

    Conditions are multi-hot in the order of :data:`OBJECTS`, whatever numbers ``objects.json`` gives.

    Args:
        path: the folder or zip.
        partial: leave labels without an image out, instead of refusing them.

    Raises:
        UsageError: a file is missing or malformed, names an unknown class, or labels and images differ.
    """
    files = Files(path)
    label_file = _find(files, TRAIN)
    known = _load(files, _find(files, "objects.json", label_file), dict)
    unknown = sorted(set(known) - set(OBJECTS))
    if unknown:
        raise UsageError(f"{path}: objects.json has the unknown class {unknown[0]!r}; i-CLEVR's classes: {OBJECTS}")
    numbers = list(known.values())
    if not all(type(number) is int for number in numbers) or len(set(numbers)) < len(numbers):
        raise UsageError(f"{path}: objects.json numbers its classes {numbers}; give each a whole number of its own")
    train = _load(files, label_file, dict)
    rows = {name: multi_hot(row, known, f"{path}: {TRAIN}, {name}") for name, row in train.items()}
    lists = {name: _condition_list(files, _find(files, f"{name}.json", label_file), known) for name in LISTS}
    found = match_images(files, label_file, rows, FOLDER, partial=partial)
    return Listing(files, list(found.values()), np.stack([rows[name] for name in found]), lists)


def multi_hot(row: Any, known: dict[str, int] | tuple[str, ...], where: str) -> np.ndarray:  # noqa: ANN401
    """uint8 (24,) with a one for each named object.

    Raises:
        UsageError: the row is no list of 1 or more distinct known classes.
    """
    if not isinstance(row, list) or not row or not all(isinstance(name, str) for name in row):
        raise UsageError(f"{where} is {row!r}; give a list of class names such as ['red cube']")
    for name in row:
        if name not in known:
            raise UsageError(
                f"{where} has the class {name!r}, which objects.json lacks; it has: {', '.join(sorted(known))}"
            )
    if twice := [name for name, number in Counter(row).items() if number > 1]:
        raise UsageError(f"{where} has the class {twice[0]!r} twice; keep one of them")
    vector = np.zeros(len(OBJECTS), dtype=np.uint8)
    vector[[OBJECTS.index(name) for name in row]] = 1
    return vector


def _condition_list(files: Files, name: str, known: dict[str, int]) -> np.ndarray:
    where = f"{files.path}: {PurePosixPath(name).name}"
    return np.stack([multi_hot(row, known, f"{where}, row {i}") for i, row in enumerate(_load(files, name, list))])


def _find(files: Files, filename: str, near: str = "") -> str:
    name = files.find(filename, near)
    if name is None:
        raise UsageError(
            f"{files.path} has no {filename}; an i-CLEVR folder holds objects.json, train.json, test.json, "
            "new_test.json and the images"
        )
    return name


def _load(files: Files, name: str, kind: type) -> Any:  # noqa: ANN401
    twice: list[str] = []
    try:
        content = json.loads(files.read_text(name), object_pairs_hook=lambda pairs: _object(pairs, twice))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{files.path}: {name} is not JSON ({error}); copy the file again") from error
    if twice:
        raise UsageError(f"{files.path}: {name} has {twice[0]!r} twice; keep one of them")
    if not isinstance(content, kind) or not content:
        raise UsageError(f"{files.path}: {name} must be a non-empty JSON {'object' if kind is dict else 'list'}")
    return content


def _object(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    """A JSON object; a key that it has more than once is added to ``twice``."""
    content = dict(pairs)
    twice += [key for key, number in Counter(key for key, _ in pairs).items() if number > 1]
    return content
