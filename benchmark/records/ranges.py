"""Checks that a score lies within its evaluator's range and within its own interval."""

from __future__ import annotations

import re
from collections.abc import Mapping

SHARE = re.compile("(mean )?(fraction|F1|average precision)")  # units of numbers from 0 to 1

Bounds = tuple[float | None, float | None]  # None: no bound on that side


def bounds_of(declared: Bounds | None, unit: str) -> Bounds:
    """The declared range; for an older record, which declares none, the range of its unit."""
    if declared is not None:
        return declared
    return (0.0, 1.0) if SHARE.match(unit) else (None, None)


def check_range(numbers: Mapping[str, float], bounds: Bounds) -> None:
    """Refuse numbers outside the bounds.

    Args:
        numbers: by what they are called in the message.
        bounds: of all of them.

    Raises:
        ValueError: the message names the number, its value and the range.
    """
    low, high = bounds
    for what, number in numbers.items():
        if (low is not None and number < low) or (high is not None and number > high):
            allowed = f"{'any' if low is None else low} to {'any' if high is None else high}"
            raise ValueError(f"{what} is {number}, outside of the evaluator's range {allowed}")


def check_interval(value: float, interval: tuple[float, float]) -> None:
    """Refuse an interval whose ends are exchanged, or that does not hold the value.

    Raises:
        ValueError: the message gives both.
    """
    low, high = interval
    if low > high:
        raise ValueError(f"interval is {[low, high]}; its low end must come first")
    if not low <= value <= high:
        raise ValueError(f"value is {value}, outside of its own interval {[low, high]}")
