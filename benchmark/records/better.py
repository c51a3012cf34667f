"""Better values of a score: higher ones, lower ones, or those nearer to a best value."""

from __future__ import annotations

from typing import Literal, Protocol

Direction = Literal["higher", "lower"]


class Directed(Protocol):
    """A score, a column or an evaluator, by what it declares to be better."""

    @property
    def direction(self) -> Direction:
        """The better values, unless there is a best one within the range."""

    @property
    def best_value(self) -> float | None:
        """The value on either side of which the score gets worse; None if there is none."""


def better_direction(score: Directed, one: float, other: float) -> Direction:
    """The better direction between two values of a score, whose order does not matter."""
    if score.best_value is None:
        return score.direction
    return "higher" if one + other < 2 * score.best_value else "lower"


def sort_key(score: Directed, value: float) -> float:
    """A number to sort values by: the smaller, the better the value."""
    if score.best_value is not None:
        return abs(value - score.best_value)
    return -value if score.direction == "higher" else value


def direction_in_words(score: Directed) -> str:
    """The better values in words: ``higher``, ``lower`` or ``nearer to 1``."""
    return score.direction if score.best_value is None else f"nearer to {score.best_value:g}"
