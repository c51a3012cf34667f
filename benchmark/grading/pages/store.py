"""Pages on disk: one is made anew only where something in it has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmark.system.files import file_sha256, sha256_text, write_text

FOLDERS = ("pages", "staff")


class PageStore:
    """The pages of a batch.

    Args:
        out: folder of the grades.
        kept: JSON file that says what each page was made of.
        version: changes with the program.
    """

    def __init__(self, out: Path, kept: Path, version: str) -> None:
        self.out, self.kept, self.version = out, kept, version
        self.before = _read(kept)
        self.now: dict[str, list[str]] = {}

    def write(self, name: str, made_of: Sequence[str], make: Callable[[], str]) -> None:
        """Write a page, unless it is there and was made of the same.

        Args:
            name: path below the folder of the grades.
            made_of: everything that the page follows from, as text.
            make: gives the page.
        """
        key = sha256_text(json.dumps([self.version, *made_of]))
        known, path = self.before.get(name), self.out / name
        if not (known and known[0] == key and path.is_file() and file_sha256(path) == known[1]):
            write_text(path, make())
            known = [key, file_sha256(path)]
        self.now[name] = known

    def finish(self) -> None:
        """Remove the pages of an earlier batch whose submissions are no longer there."""
        for path in (path for folder in FOLDERS for path in (self.out / folder).glob("*.html")):
            if path.relative_to(self.out).as_posix() not in self.now:
                path.unlink()
        write_text(self.kept, json.dumps(self.now, indent=1, sort_keys=True) + "\n")


def _read(path: Path) -> dict[str, list[str]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: [str(key), str(digest)] for name, (key, digest) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):  # none, or damaged: all pages are made anew
        return {}
