"""The condition list that a file is of, by its own name and by that of its folder.

A file in a list's own folder is of that list, whatever its name begins with. A folder whose files are called like
several lists is nobody's own: a folder ``test`` with ``test_0.png`` and ``new_test_0.png`` holds a test's results.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from benchmark.grading.sandbox.assignment import MARKS, Lists, without_marks

NUMBER = r"(\d{1,6})"


def own_folders(names: Iterable[str], lists: Lists) -> dict[PurePosixPath, str]:
    """Folders that belong to one list, with that list."""
    folded = [name.casefold() for name in lists]
    plain = {name.casefold(): name for name in lists if folded.count(name.casefold()) == 1}
    called: dict[PurePosixPath, set[str]] = {}
    for path in map(PurePosixPath, names):
        folder = plain.get(path.parent.name.casefold())
        if folder is not None:
            called.setdefault(path.parent, set()).update(_lists_of(path.stem, folder, lists))
    return {path: plain[path.name.casefold()] for path, found in called.items() if len(found) < 2}


def _lists_of(stem: str, folder: str, lists: Lists) -> set[str]:
    """The lists that a file is called like; a number alone is of its folder's list."""
    if re.fullmatch(NUMBER, stem):
        return {folder}
    return {name for name in lists if number_in(stem, name) is not None or has_name_of(stem, name, lists)}


def number_in(stem: str, list_name: str) -> int | None:
    """The number behind a list's name."""
    match = re.fullmatch(rf"{re.escape(list_name)}[_-]?{NUMBER}", stem, re.IGNORECASE)
    return None if match is None else int(match[1])


def number_in_own_folder(stem: str, lists: Lists) -> int | None:
    """The number of a file in a list's own folder: alone, or behind the name of any list."""
    if re.fullmatch(NUMBER, stem):
        return int(stem)
    return next((number for name in lists if (number := number_in(stem, name)) is not None), None)


def has_name_of(stem: str, list_name: str, lists: Lists) -> bool:
    """True if a stem has the list's name in it as a word, and no longer list's name."""
    own = without_marks(list_name)
    longer = [other for other in map(without_marks, lists) if own in other and own != other]
    spelled = [" ".join(other) for other in longer]  # in letters, so that marks may stand between any two of them
    return _has_word(stem, list_name) and not any(_has_word(stem, other) for other in spelled)


def _has_word(stem: str, word: str) -> bool:
    """True if a stem has a list's name in it as a word, with other or no marks between the name's own words."""
    parts = r"[_\s-]?".join(map(re.escape, MARKS.split(word)))
    return re.search(rf"(?<![a-z0-9]){parts}(?![a-z0-9])", stem, re.IGNORECASE) is not None
