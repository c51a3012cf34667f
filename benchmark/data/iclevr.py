"""i-CLEVR as the course hands it out: objects.json, train.json, test.json, new_test.json and the pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.data.labels import OBJECTS
from benchmark.data.listing import Files, Listing, match_pictures
from benchmark.errors import UsageError

LISTS = ("test", "new_test")  # condition lists that generators are asked to draw


def read(path: Path) -> Listing:
    """List the labelled pictures of an i-CLEVR folder or zip.

    Conditions are multi-hot in the order of :data:`OBJECTS`, whatever numbers ``objects.json`` gives.

    Raises:
        UsageError: a file is missing or malformed, names an unknown class, or labels and pictures differ.
    """
    files = Files(path)
    known = _load(files, "objects.json", dict)
    unknown = sorted(set(known) - set(OBJECTS))
    if unknown:
        raise UsageError(f"{path}: objects.json has the unknown class {unknown[0]!r}; i-CLEVR's classes: {OBJECTS}")
    numbers = list(known.values())
    if not all(type(number) is int for number in numbers) or len(set(numbers)) < len(numbers):
        raise UsageError(f"{path}: objects.json numbers its classes {numbers}; give each a whole number of its own")
    train = _load(files, "train.json", dict)
    conditions = np.stack([multi_hot(row, known, f"{path}: train.json, {name}") for name, row in train.items()])
    lists = {name: _condition_list(files, name, known) for name in LISTS}
    names = match_pictures(path, train, files.pictures(), "train.json")
    return Listing(files, names, conditions, lists)


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
    vector = np.zeros(len(OBJECTS), dtype=np.uint8)
    vector[[OBJECTS.index(name) for name in row]] = 1
    return vector


def _condition_list(files: Files, name: str, known: dict[str, int]) -> np.ndarray:
    rows = _load(files, f"{name}.json", list)
    return np.stack([multi_hot(row, known, f"{files.path}: {name}.json, row {i}") for i, row in enumerate(rows)])


def _load(files: Files, filename: str, kind: type) -> Any:  # noqa: ANN401
    name = files.find(filename)
    if name is None:
        raise UsageError(
            f"{files.path} has no {filename}; an i-CLEVR folder holds objects.json, train.json, test.json, "
            "new_test.json and the pictures"
        )
    try:
        content = json.loads(files.read_text(name))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{files.path}: {name} is not JSON ({error}); copy the file again") from error
    if not isinstance(content, kind) or not content:
        raise UsageError(f"{files.path}: {name} must be a non-empty JSON {'object' if kind is dict else 'list'}")
    return content
