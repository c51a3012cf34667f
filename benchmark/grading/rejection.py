"""What is said of a submission that cannot be graded."""

from __future__ import annotations


class Rejected(Exception):  # noqa: N818 - it is a verdict, not a fault of ours
    """What was handed in is not what it must be; the message says what is wrong and what is asked for."""


def one_line(text: str, at_most: int = 300) -> str:
    """Text from a stranger, fit to be printed: one line, without control characters, cut to a length."""
    plain = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    line = " ".join(plain.split())
    return line if len(line) <= at_most else line[: at_most - 1] + "…"
