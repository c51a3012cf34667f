"""Kinds of folders: one submission, or a folder of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmark.errors import UsageError
from benchmark.grading.submission.bundle import ARCHIVES, is_litter
from benchmark.grading.submission.parts import MANIFEST

ARRAYS_AND_GRAPHS = (".npz", ".npy", ".onnx")  # files that can be a submission by themselves, as archives can
SINGLE = (*ARCHIVES, *ARRAYS_AND_GRAPHS)
PIECES = (".png", ".jpg", ".jpeg", ".safetensors", ".pt", ".pth")  # files that are a part of one
PARTS = {MANIFEST, "config.json", "images"}  # other parts, by name
NOBODYS = {"generator", "model", "images", "pictures", "samples", "output"}  # names that say what a file is, not whose
GRAPH, TENSORS = ".onnx", ".onnx.data"  # a graph, and the numbers that torch.onnx.export writes next to it
LOOK_AT = 200  # entries of a folder, to tell what it is
DEEPEST = 3  # folders below one another in which a submission is looked for


def entries_of(folder: Path) -> list[Path]:
    """All that lies in a folder, by name, without the litter of file managers.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return sorted(entry for entry in folder.iterdir() if not is_litter([entry.name]))
    except OSError as error:
        raise UsageError(f"{folder} cannot be read ({error.strerror}); give a folder that you may read") from error


class Entry(Protocol):
    """A file or folder: a path on a disk, or a name in an archive, which knows its entries."""

    @property
    def name(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def stem(self) -> str: ...
    def is_dir(self) -> bool: ...
    def is_symlink(self) -> bool: ...


def is_one_submission(inside: Sequence[Entry], list_names: Sequence[str]) -> bool:
    """True if the entries of a folder are the parts of one submission, and no submissions.

    Images and condition lists at the top mean one submission, unless there are submissions next to them. If nothing at
    the top is named after a list, submissions are also looked for further down.

    Args:
        inside: of :func:`entries_of`.
        list_names: condition lists; what is called like them is a part of a submission.
    """
    lists = {name.casefold() for name in list_names}
    parts = PARTS | lists
    others = [entry for entry in inside if not _is_part(entry, parts) and not _is_next_to_a_graph(entry, inside)]
    if len(others) == len(inside):
        return False
    names_a_list = any(_names_a_list(entry, lists) for entry in inside)
    if _stand_alone(others, inside, names_a_list=names_a_list, lists=lists):
        return False
    depth = 1 if names_a_list else DEEPEST
    return not any(_looks_handed_in(entry, parts, depth) for entry in others)


def _is_part(path: Entry, parts: set[str]) -> bool:
    return path.name.casefold() in parts or path.suffix.lower() in PIECES


def _is_next_to_a_graph(path: Entry, inside: Sequence[Entry]) -> bool:
    """True if it holds the numbers of the only graph of its folder."""
    return path.name.endswith(TENSORS) and sum(entry.suffix == GRAPH for entry in inside) == 1


def _stand_alone(others: Sequence[Entry], inside: Sequence[Entry], *, names_a_list: bool, lists: set[str]) -> bool:
    """True if arrays and graphs are submissions of their own: several of them, or one with an unusual name.

    Next to a manifest, or if they are named after condition lists, they are parts of one submission.
    """
    if any(entry.name == MANIFEST for entry in inside):
        return False
    stems = [
        entry.stem.casefold()
        for entry in others
        if entry.suffix.lower() in ARRAYS_AND_GRAPHS and entry.stem.casefold() not in lists
    ]
    return len(stems) > 1 or (len(stems) == 1 and not names_a_list and stems[0] not in NOBODYS)


def _names_a_list(path: Entry, lists: set[str]) -> bool:
    """True for a list's folder or file, or a folder with one directly in it."""
    names = [path.name.casefold(), *(entry.name.casefold() for entry in _first_entries(path))]
    return any(name.partition(".")[0] in lists for name in names)


def _looks_handed_in(path: Entry, parts: set[str], depth: int) -> bool:
    """True for an archive, or a folder with parts of a submission or with one in a single file, so far down."""
    if path.is_symlink() or not path.is_dir():
        return path.name.lower().endswith(ARCHIVES)
    entries = _first_entries(path)
    if any(_is_part(entry, parts) or entry.name.lower().endswith(SINGLE) for entry in entries):
        return True
    return depth > 1 and any(_looks_handed_in(entry, parts, depth - 1) for entry in entries)


def _first_entries(folder: Entry) -> list[Entry]:
    """Some of what lies in a folder; nothing of a file, a link or a folder that cannot be read."""
    if not isinstance(folder, Path):
        return folder.entries()[:LOOK_AT]
    if folder.is_symlink() or not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return []
    with os.scandir(folder) as entries:
        first = [Path(entry.path) for _, entry in zip(range(LOOK_AT), entries, strict=False)]
    return [path for path in first if not is_litter([path.name])]
