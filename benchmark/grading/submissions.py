"""Which submissions there are: folders and files below the given paths."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.bundle import ARCHIVES, JUNK
from benchmark.grading.manifest import NAME as MANIFEST
from benchmark.grading.rejection import one_line

SINGLE = (*ARCHIVES, ".npz", ".npy", ".onnx")  # files that can be a submission by themselves
PIECES = (".png", ".jpg", ".jpeg", ".safetensors", ".pt", ".pth")  # files that are a part of one
PARTS = {MANIFEST, "config.json", "images"}  # other parts, by name
GRAPH, NUMBERS = ".onnx", ".onnx.data"  # a graph, and the numbers that torch.onnx.export writes next to it
NOTES = (".txt", ".md", ".csv", ".json", ".toml", ".log", ".html")  # staff's own files beside submissions
LOOK_AT = 200  # entries of a folder, to tell what it is
MAX_DEPTH = 3  # folders below one another in which a submission is looked for


@dataclass(frozen=True)
class Submission:
    """Something handed in."""

    id: str  # name of the folder, or of the file without ending, fit to be printed
    path: Path


@dataclass(frozen=True)
class Found:
    """What lies below the given paths."""

    submissions: list[Submission]  # by id
    ignored: list[str]  # names of files that are no submissions


def find_submissions(paths: Sequence[Path], list_names: Sequence[str], *, each_is_one: bool = False) -> Found:
    """Every path is one submission, or a folder of them.

    A folder is one submission if it holds parts of one, such as pictures, and nothing that looks like a submission.

    Args:
        paths: as given on the command line.
        list_names: condition lists; folders with these names hold parts of a submission.
        each_is_one: take every path for one submission, whatever lies inside.

    Raises:
        UsageError: a path does not exist, there is no submission, or two have one name.
    """
    found: list[Path] = []
    ignored: list[str] = []
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{path} does not exist; give a submission, or a folder of submissions")
        inside = [path] if each_is_one or not path.is_dir() else _inside(path, list_names)
        found += [entry for entry in inside if not _is_note(entry)]
        ignored += [printable(entry.name) for entry in inside if _is_note(entry)]
    if not found:
        raise UsageError(f"{', '.join(map(str, paths))}: no submission; give a folder of folders or archives")
    return Found(_named(found), sorted(ignored))


def _inside(folder: Path, list_names: Sequence[str]) -> list[Path]:
    """The folder itself if it is one submission, or all that lies in it.

    Pictures and lists at the top speak for one submission, and submissions beside them for a stray file in a batch;
    where the top does not name a list, those are looked for further down.
    """
    try:
        inside = sorted(entry for entry in folder.iterdir() if entry.name not in JUNK)
    except OSError as error:
        raise UsageError(f"{folder} cannot be read ({error.strerror}); give a folder that you may read") from error
    lists = {name.casefold() for name in list_names}
    parts = PARTS | lists
    others = [entry for entry in inside if not _is_part(entry, parts) and not _is_next_to_a_graph(entry, inside)]
    depth = 1 if any(_names_a_list(entry, lists) for entry in inside) else MAX_DEPTH
    if len(others) < len(inside) and not any(_looks_handed_in(entry, parts, depth) for entry in others):
        return [folder]
    return inside


def _is_part(path: Path, parts: set[str]) -> bool:
    return path.name.casefold() in parts or path.suffix.lower() in PIECES


def _is_next_to_a_graph(path: Path, inside: Sequence[Path]) -> bool:
    """Whether it holds the numbers of the only graph of its folder."""
    return path.name.endswith(NUMBERS) and sum(entry.suffix == GRAPH for entry in inside) == 1


def _names_a_list(path: Path, lists: set[str]) -> bool:
    """Whether it is a list's folder or file, or a folder with one directly in it."""
    names = [path.name.casefold(), *(entry.name.casefold() for entry in _first_entries(path))]
    return any(name.partition(".")[0] in lists for name in names)


def _looks_handed_in(path: Path, parts: set[str], depth: int) -> bool:
    """Whether it is an archive, or a folder with parts of a submission or with one in a single file, so far down."""
    if path.is_symlink() or not path.is_dir():
        return path.name.lower().endswith(ARCHIVES)
    entries = _first_entries(path)
    if any(_is_part(entry, parts) or entry.name.lower().endswith(SINGLE) for entry in entries):
        return True
    return depth > 1 and any(_looks_handed_in(entry, parts, depth - 1) for entry in entries)


def _first_entries(folder: Path) -> list[Path]:
    """Some of what lies in a folder; nothing of a file, a link or a folder that cannot be read."""
    if folder.is_symlink() or not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return []
    with os.scandir(folder) as entries:
        return [Path(entry.path) for _, entry in zip(range(LOOK_AT), entries, strict=False)]


def _is_note(path: Path) -> bool:
    return path.suffix.lower() in NOTES and not path.is_dir()


def _named(paths: Sequence[Path]) -> list[Submission]:
    """By id: the name without the archive's ending, with it where two would have one id, and a hash if need be."""
    choices = (
        lambda path: printable(_short_name(path)),
        lambda path: printable(path.name),
        lambda path: f"{printable(path.name)}-{_hash(path.name, 16)}",
    )
    named: dict[str, Path] = {}
    left = list(paths)
    for choice in choices:
        counts = Counter(choice(path) for path in left)
        alone = {choice(path): path for path in left if counts[choice(path)] == 1 and choice(path) not in named}
        left = [path for path in left if choice(path) not in alone]
        named |= alone
    if left:
        same = " and ".join(str(path) for path in left if path.name == left[0].name)
        raise UsageError(f"{same} have the same name; grade them one after the other")
    return [Submission(name, named[name]) for name in sorted(named)]


def _short_name(path: Path) -> str:
    if path.is_dir() and not path.is_symlink():
        return path.resolve().name
    ending = next((ending for ending in SINGLE if path.name.lower().endswith(ending)), "")
    return path.name[: len(path.name) - len(ending)]


def printable(name: str) -> str:
    """A file name as an id: itself, or what is printable of it and a hash, so that two names stay two."""
    shown = one_line(os.fsencode(name).decode(errors="replace"))
    return shown if shown == name else f"{shown}-{_hash(name, 8)}"


def _hash(name: str, digits: int) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:digits]
