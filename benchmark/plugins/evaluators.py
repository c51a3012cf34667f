"""Evaluators as the scorer makes and asks them: a fault of a plug-in's, or a score that cannot be, is one line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from benchmark.errors import UsageError
from benchmark.plugins.checks import is_text
from benchmark.plugins.faults import faults_of, is_ours
from evaluators.base import Evaluator, Score, TooFewImagesError


def new_evaluator(evaluator: type[Evaluator], network: Callable[[Tensor], Any] | None = None) -> Evaluator | Guarded:
    """A new evaluator; one of another package stands behind a :class:`Guarded`.

    Args:
        evaluator: its class.
        network: the one that it names; None for an evaluator without.

    Raises:
        UsageError: its constructor raises.
    """
    given = () if evaluator.network == "none" else (network,)
    if is_ours(evaluator):
        return evaluator(*given)
    with faults_of(f"evaluator {_reference(evaluator)}, made with {len(given)} arguments,", evaluator):
        return Guarded(evaluator, evaluator(*given))


class Guarded:
    """An evaluator of another package with all that it has, whose faults are UsageErrors that name it.

    Whether there are too few images is known when it computes, not when it sees a batch.

    Args:
        of: its class.
        inner: the evaluator.
    """

    def __init__(self, of: type[Evaluator], inner: Evaluator) -> None:
        self.of, self.inner = of, inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.inner, name)

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        with faults_of(f"evaluator {_reference(self.of)}, update,", self.of):
            self.inner.update(images, condition, real=real)

    def hold_out(self, images: Tensor) -> None:
        with faults_of(f"evaluator {_reference(self.of)}, hold_out,", self.of):
            self.inner.hold_out(images)

    def compute(self) -> Score:
        with faults_of(f"evaluator {_reference(self.of)}, compute,", self.of, (TooFewImagesError,)):
            score = self.inner.compute()
        return possible(score, self.of)


def possible(score: object, evaluator: type[Evaluator]) -> Score:
    """The score unchanged, if it is one that its evaluator's declarations allow.

    Raises:
        UsageError: it is no Score, no number, or outside of the declared range or of its own interval.
    """
    name = f"evaluator {_reference(evaluator)} computes"
    if not isinstance(score, Score):
        raise UsageError(f"{name} a {type(score).__name__}; give an evaluators.base.Score")
    low, high = evaluator.value_range
    if not _is_number(score.value):
        raise UsageError(f"{name} the value {score.value!r}; give a finite float")
    for field, (fits, allowed) in FIELDS.items():
        if not fits(given := getattr(score, field)):
            raise UsageError(f"{name} a Score with {field} = {given!r:.60}; give {allowed}")
    if not low <= score.value <= high:
        raise UsageError(f"{name} {score.value!r}; its value_range allows {low} to {high}, so widen that or fix it")
    if score.interval is not None and not score.interval[0] <= score.value <= score.interval[1]:
        raise UsageError(f"{name} {score.value!r}, outside of its own interval {tuple(score.interval)}; fix it")
    return score


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_interval(value: object) -> bool:
    return value is None or (isinstance(value, tuple) and len(value) == 2 and all(map(_is_number, value)))


def _are_groups(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) and _is_number(value[key]) for key in value)


FIELDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {  # of a Score: what each must be, and that in words
    "n": ((lambda n: isinstance(n, int) and not isinstance(n, bool) and n > 0), "a whole number above 0"),
    "interval": (_is_interval, "two finite numbers as a tuple, or None"),
    "method": (is_text, "a text"),
    "groups": (_are_groups, "finite numbers by name"),
}


def _reference(evaluator: type[Evaluator]) -> str:
    return f"{evaluator.__module__}:{evaluator.__qualname__}"
