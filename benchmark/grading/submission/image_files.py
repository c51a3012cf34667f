"""Image files whose names give a condition list and a place in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TypeVar

import numpy as np

from benchmark.data.decoding import decode
from benchmark.errors import UsageError
from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Lists
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.list_names import NUMBER, number_in, number_in_own_folder, own_folders

ENDINGS = (".png", ".jpg", ".jpeg")
MAX_FILE = 32 << 20  # bytes of one image file

K = TypeVar("K", int, str)


def files_of_list(names: list[str], list_name: str, lists: Lists) -> list[str]:
    """The files of one list in order; empty if no file name belongs to it.

    Files have the names that the list gives, such as ``sample_1_1``, or are numbered.
    """
    stems, own = lists[list_name], own_folders(names, lists)
    names = [name for name in names if own.get(PurePosixPath(name).parent, list_name) == list_name]
    if not all(stem.isdecimal() for stem in stems):
        known = {stem.casefold() for stem in stems}
        found = one_file_each([(stem, name) for name in names if (stem := _stem(name)) in known], list_name)
        if found:
            return _complete(found, [stem.casefold() for stem in stems], list_name)
    numbered = [
        (number, name) for name in names if (number := _number(PurePosixPath(name), list_name, lists, own)) is not None
    ]
    return _counted(one_file_each(numbered, list_name), len(stems), list_name) if numbered else []


def _number(path: PurePosixPath, list_name: str, lists: Lists, own: Mapping[PurePosixPath, str]) -> int | None:
    """The number of a file of a list; None for any other file."""
    if path.parent in own:
        return number_in_own_folder(path.stem, lists)
    number = number_in(path.stem, list_name)
    is_in_its_folder = path.parent.name.casefold() == list_name.casefold()
    return int(path.stem) if number is None and is_in_its_folder and re.fullmatch(NUMBER, path.stem) else number


def all_in_one_folder(names: list[str], lists: Lists) -> dict[str, list[str]]:
    """All lists one after another in one folder, ``00000.png`` and on; empty if that is not the form."""
    folders = {PurePosixPath(name).parent for name in names}
    if len(folders) != 1 or not all(re.fullmatch(r"\d{1,6}", _stem(name)) for name in names):
        return {}
    folder = folders.pop().name
    if folder.casefold() in {name.casefold() for name in lists}:
        return {}
    if len(names) == len(lists) == 1 and sum(map(len, lists.values())) > 1:
        return {}  # the grid of a single list may have any name
    total, every = sum(map(len, lists.values())), "all lists together"
    numbered = one_file_each([(int(_stem(name)), name) for name in names], every)
    try:
        files = _counted(numbered, total, every)
    except Rejected as verdict:
        raise Rejected(f"{verdict}; {_folders_in_words(folder, lists)}") from verdict
    split, start = {}, 0
    for name, stems in lists.items():
        split[name] = files[start : start + len(stems)]
        start += len(stems)
    return split


def _folders_in_words(folder: str, lists: Lists) -> str:
    """The only folder with images, and those that the lists would have."""
    found = f"only in the folder {one_line(folder, 60)!r}" if folder else "in no folder"
    expected = " and ".join(repr(name) for name in lists)
    return f"images were found {found}; a folder for each list would be called {expected}"


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.casefold()


def one_file_each(places: Sequence[tuple[K, str]], list_name: str, kind: str = "image") -> dict[K, str]:
    """Files by their places in a list.

    Raises:
        Rejected: two files take one place, such as ``0.png`` and ``00.png``.
    """
    found: dict[K, str] = {}
    for place, name in places:
        if place in found:
            both = f"{one_line(found[place], 100)!r} and {one_line(name, 100)!r}"
            raise Rejected(f"{both} are both {kind} {place} of {list_name}; hand in one")
        found[place] = name
    return found


def _counted(found: Mapping[int, str], count: int, list_name: str) -> list[str]:
    """The files numbered 0 to count - 1, or 1 to count."""
    first = 0 if 0 in found else 1
    wanted = range(first, first + count)
    extra = sorted(set(found) - set(wanted))
    if extra:
        raise Rejected(
            f"{list_name} requests {count} images, {first} to {wanted[-1]}, but there is {found[extra[0]]!r}"
        )
    return _complete({str(number): name for number, name in found.items()}, [str(i) for i in wanted], list_name)


def _complete(found: Mapping[str, str], wanted: Sequence[str], list_name: str) -> list[str]:
    missing = [name for name in wanted if name not in found]
    if missing:
        listed = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        raise Rejected(f"{list_name} requests {len(wanted)} images, but lacks {len(missing)}: {listed}")
    return [found[name] for name in wanted]


def read_files(bundle: Bundle, names: Sequence[str], size: int) -> np.ndarray:
    """Decoded image files: uint8 (len(names), 3, size, size).

    Raises:
        Rejected: one cannot be decoded.
    """
    try:
        return np.stack([decode(bundle.read(name, MAX_FILE), one_line(name, 100), size) for name in names])
    except UsageError as error:
        raise Rejected(one_line(str(error))) from error
