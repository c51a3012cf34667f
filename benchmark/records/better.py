"""Better values of a score: higher ones, lower ones, or those nearer to a best value."""

from __future__ import annotations

from typing import Literal

from evaluators import BEST_VALUES

Direction = Literal["higher", "lower"]


def better_direction(name: str, declared: Direction, one: float, other: float) -> Direction:
    """The better direction between two values of a score.

    Args:
        name: of the score.
        declared: the evaluator's direction; it holds unless the score has a best value within its range.
        one: a value; the order does not matter.
        other: another one.
    """
    if name not in BEST_VALUES:
        return declared
    return "higher" if one + other < 2 * BEST_VALUES[name] else "lower"


def sort_key(name: str, direction: str, value: float) -> float:
    """A number to sort values by: the smaller, the better the value."""
    if name in BEST_VALUES:
        return abs(value - BEST_VALUES[name])
    return -value if direction == "higher" else value


def direction_in_words(name: str, direction: str) -> str:
    """The better values in words: ``higher``, ``lower`` or ``nearer to 1``."""
    return f"nearer to {BEST_VALUES[name]:g}" if name in BEST_VALUES else direction
