"""Comparison of a record's numbers with computed ones, up to rounding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Interval = tuple[float, float] | None
CLOSE = 1e-5  # relative; sums of float32 in another order
LEAST = 1e-9  # absolute, for what is 0


def is_close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=LEAST)


def same_interval(one: Interval, other: Interval, value: float) -> bool:
    """True if both ends are alike, to a share of the value or of the interval's width, whichever is larger."""
    if one is None or other is None:
        return one is other
    within = max(CLOSE * max(abs(value), other[1] - other[0]), LEAST)
    return all(abs(ours - theirs) <= within for ours, theirs in zip(one, other, strict=True))


def same_rows(one: Tensor | None, other: Tensor | None) -> bool:
    """True if two tensors hold the same numbers, row by row, or if there is neither."""
    if one is None or other is None:
        return one is other
    if one.shape != other.shape:
        return False
    ours, theirs = one.double(), other.double()
    return bool((ours - theirs).abs().le(LEAST + CLOSE * theirs.abs()).all())


def same_groups(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one.keys() == other.keys() and all(is_close(one[name], other[name]) for name in one)


def in_brackets(interval: Interval) -> str:
    return "none" if interval is None else f"[{interval[0]:.6g}, {interval[1]:.6g}]"
