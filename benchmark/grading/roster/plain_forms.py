"""Plain forms of names: whatever differs in nothing but case, width and marks is one name."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN_WORDS = re.compile(r"[\s_.,;()\[\]-]+")
_COPY_MARK = re.compile(  # platforms and file managers add it
    r"(?:\s*-\s*copy|\s+copy(?:\s\d{1,2})?)?(?:\s*[(\uff08]\d{1,2}[)\uff09]|\s*-\d{1,2})?$", re.IGNORECASE
)
_COPY_OF = re.compile(r"^copy of\s+", re.IGNORECASE)  # file managers put this before the name


def plain_form(text: str) -> str:
    """Letters and digits alone, without case or width: ``Lee, Ann`` and ``leeann`` are the same."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def without_copy_mark(name: str) -> str:
    """A name without what tells it from an equal one: ``Ann Lee (2)`` and ``Ann Lee - Copy`` are ``Ann Lee``."""
    return _COPY_MARK.sub("", _COPY_OF.sub("", name)) or name


def words_of(submission: str) -> list[str]:
    """Plain forms of a whole name, of its parts between underscores, and of its words."""
    pieces = (submission, *submission.split("_"), *_BETWEEN_WORDS.split(submission))
    return list(dict.fromkeys(map(plain_form, pieces)))


def whole_names(submission: str, *, copies: bool = False) -> list[str]:
    """Plain forms of what may be a person's whole name or login.

    Args:
        submission: its id.
        copies: without the marks that tell equal names apart; none where there are no such marks.
    """
    pieces = [submission, *submission.split("_")]
    if copies:
        pieces = [plain for piece in pieces if (plain := without_copy_mark(piece)) != piece]
    return list(dict.fromkeys(map(plain_form, pieces)))


def after_groups(submission: str) -> list[str]:
    """Plain forms of names in one word behind that of a group, which Moodle writes as ``Group 1-王小明``."""
    ends = [end for piece in submission.split("_") for _, mark, end in [piece.rpartition("-")] if mark]
    return [plain_form(end) for end in ends if len(end.split()) == 1]


def runs_of(submission: str) -> list[str]:
    """Plain forms of all words that follow each other: ``hw 3 Ann Lee`` has ``annlee``."""
    words = [plain_form(word) for word in _BETWEEN_WORDS.split(submission)]
    ends = range(1, len(words) + 1)
    return list(dict.fromkeys("".join(words[start:end]) for end in ends for start in range(end)))
