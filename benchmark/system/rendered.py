"""Rendered files compared with what is in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from pathlib import Path


def differences(folder: Path, pages: Mapping[str, str], is_rendered: Callable[[Path], bool]) -> list[str]:
    """Differences of a folder's files from those of the records; one line each, none if all agree.

    Args:
        folder: may be missing.
        pages: text by file name.
        is_rendered: True for a file that must be among the pages.
    """
    found = {path.name for path in folder.glob("*") if is_rendered(path)}
    missing = [f"missing: {folder / name}" for name in sorted(pages.keys() - found)]
    extra = [f"extra: {folder / name} has no records; delete it" for name in sorted(found - pages.keys())]
    differing = [line for name in sorted(found & pages.keys()) for line in changed(folder / name, pages[name])]
    return missing + extra + differing


def changed(path: Path, text: str) -> list[str]:
    """The first line of a file that differs from ``text``, in words; empty if none does."""
    given, expected = path.read_bytes(), text.encode()
    if given == expected:
        return []
    theirs, ours = given.decode(errors="replace").split("\n"), expected.decode().split("\n")
    for number, (was, should) in enumerate(zip_longest(theirs, ours), start=1):
        if was != should:
            found, wanted = _short(was, should), _short(should, was)
            return [f"changed: {path}, line {number}: {found}; the records give {wanted}"]
    return [f"changed: {path}: not UTF-8"]


def _short(line: str | None, other: str | None) -> str:
    """The line from a little before its first difference."""
    if line is None:
        return "no such line"
    start = next((i for i, (a, b) in enumerate(zip(line, other or "", strict=False)) if a != b), 0)
    return repr(line[max(0, start - 20) : start + 40])
