"""The check of a Score as an evaluator hands it over: what a record, and comparisons by image, take for granted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.plugins.checks import is_text
from benchmark.plugins.loading import reference_of
from evaluators.base import Evaluator, Score
from evaluators.intervals import has_ratio, ratio_of_sums

KINDS = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32,
         torch.float64)  # fmt: skip


def possible(score: object, evaluator: type[Evaluator]) -> Score:
    """The score unchanged, if it is one that its evaluator's declarations allow.

    Raises:
        UsageError: it is no Score, no number, outside of the declared range or of its own interval, one of its fields
            is none that is allowed, or its outcomes have another ratio.
    """
    name = f"evaluator {reference_of(evaluator)} computes"
    if not isinstance(score, Score):
        raise UsageError(f"{name} a {type(score).__name__}; give an evaluators.base.Score")
    if not _is_number(score.value):
        raise UsageError(f"{name} the value {score.value!r}; give a finite float")
    for field, (fits, allowed) in FIELDS.items():
        if not fits(given := getattr(score, field)):
            raise UsageError(f"{name} a Score with {field} = {_in_words(given)}; give {allowed}")
    low, high = evaluator.value_range
    for what, number in _on_the_scale(score):
        if not low <= number <= high:
            raise UsageError(
                f"{name} {what}{number!r}; its value_range allows {low} to {high}, so widen that or fix it"
            )
    if score.interval is not None and not score.interval[0] <= score.value <= score.interval[1]:
        raise UsageError(f"{name} {score.value!r}, outside of its own interval {tuple(score.interval)}; fix it")
    if score.outcomes is not None and not has_ratio(score.outcomes, score.value):
        raise UsageError(
            f"{name} {score.value!r}, but the ratio of its outcomes' sums is {ratio_of_sums(score.outcomes):.6g}; "
            "give outcomes whose ratio is the value, or None"
        )
    return score


def _on_the_scale(score: Score) -> Iterator[tuple[str, float]]:
    """Every number on the evaluator's scale, after what it is called in a message."""
    yield "", score.value
    for end, number in zip(("low", "high"), score.interval or (), strict=False):
        yield f"the interval's {end} end ", number
    for group, number in score.groups.items():
        yield f"for the group {group!r} ", number


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_interval(value: object) -> bool:
    return value is None or (isinstance(value, tuple) and len(value) == 2 and all(map(_is_number, value)))


def _are_groups(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) and _is_number(value[key]) for key in value)


def _are_outcomes(value: object) -> bool:
    return value is None or (_are_numbers(value) and value.ndim == 2 and value.shape[1] == 2)


def _are_resampled(value: object) -> bool:
    return value is None or (_are_numbers(value) and value.ndim == 1 and len(value) > 1 and value.is_floating_point())


def _are_numbers(value: object) -> bool:
    """True for a tensor with numbers in it, all of them finite, of a kind that files and NumPy have, too."""
    there = isinstance(value, Tensor) and value.layout is torch.strided and not value.is_meta
    return there and value.dtype in KINDS and value.numel() > 0 and bool(value.isfinite().all())


FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {  # of a Score: what each must be, and that in words
    "n": ((lambda n: isinstance(n, int) and not isinstance(n, bool) and n > 0), "a whole number above 0"),
    "interval": (_is_interval, "two finite numbers as a tuple, or None"),
    "method": (is_text, "a text"),
    "groups": (_are_groups, "finite numbers by name"),
    "outcomes": (_are_outcomes, "a tensor (N, 2) of finite numbers, two of each image, or None"),
    "resampled": (_are_resampled, "a tensor (R,) of finite floats, the value of each resample, or None"),
}


def _in_words(given: object) -> str:
    """A field in words; of a tensor its shape and type, and whether it has numbers that are not finite."""
    if not isinstance(given, Tensor):
        return " ".join(f"{given!r:.60}".split())
    odd = given.layout is torch.strided and not given.is_meta and not given.isfinite().all()
    return f"a tensor {tuple(given.shape)} of {given.dtype}{', not all finite' if odd else ''}"
