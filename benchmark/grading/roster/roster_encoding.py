"""The encoding of a CSV file of staff, which it does not say: UTF-8, or another in which its words can be words."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from benchmark.errors import UsageError

RARE = 0xC9  # first byte of Big5's rare characters; the frequent ones come before
MOST_RARE = 1 / 3  # of all Chinese characters; of names in Big5 these are 7 %, of names in GBK read as Big5 half
MARKS = "\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{ACUTE ACCENT}\N{NO-BREAK SPACE}\N{EN DASH}"
_WORD = re.compile(r"[^\W\d_]+")


def decoded(path: Path, content: bytes) -> tuple[str, str]:
    """The text of a file, and the name of its encoding; empty for UTF-8.

    Raises:
        UsageError: it is not UTF-8, and in no other encoding plainly names.
    """
    for encoding, name, is_plausible in (("utf-8-sig", "", None), ("cp950", "Big5", _is_big5), _WINDOWS):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if is_plausible is None or is_plausible(text):
            return text, name
    raise UsageError(f"{path} is not UTF-8, nor plainly Big5 or Windows-1252; save it as CSV in UTF-8")


def foreign_words(text: str) -> list[str]:
    """Runs of letters of which not all are ASCII."""
    return [word for word in _WORD.findall(text) if not word.isascii()]


def _is_big5(text: str) -> bool:
    """False where most words mix Latin letters with Chinese ones, as ``Bj顤n``, or most characters are rare."""
    words = foreign_words(text)
    characters = [letter for word in words for letter in word if not letter.isascii()]
    mixed = sum(any(map(str.isascii, word)) for word in words)
    rare = sum(letter.encode("cp950")[0] >= RARE for letter in characters)
    return mixed <= len(words) / 2 and rare <= MOST_RARE * len(characters)


def _is_latin(text: str) -> bool:
    """True if words are of Latin letters, no word has several that are all accented, and there are no odd marks."""
    words = foreign_words(text)
    letters = {letter for word in words for letter in word}
    marks = {mark for mark in _WORD.sub("", text) if not mark.isascii()}
    return (
        all(unicodedata.name(letter, "").startswith("LATIN ") for letter in letters)
        and all(len(word) == 1 or any(map(str.isascii, word)) for word in words)
        and marks <= set(MARKS)
        and "\0" not in text
    )


_WINDOWS = ("cp1252", "Windows-1252", _is_latin)
