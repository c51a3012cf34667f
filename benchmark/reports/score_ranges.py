"""Numbers of a claims file against the range of the score that they are about."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmark.errors import UsageError
from benchmark.records.rounding import is_fraction
from benchmark.reports.claims import ScoreTest
from benchmark.reports.verdicts import claim_region, shift_interval

if TYPE_CHECKING:
    from evaluators.base import Evaluator


def check_test(test: ScoreTest, evaluator: type[Evaluator]) -> None:
    """Raise UsageError unless the score can have the test's value and effect, and both verdicts are possible."""
    low, high = evaluator.value_range
    if test.value is not None:
        check_value("value", test.value, evaluator)
    if test.effect >= high - low:
        hint = ", such as 0.02 for 2 points" if is_fraction(evaluator.unit) else ""
        allowed = f"give an effect below {high - low:g}{hint}"
        raise UsageError(f"effect is {test.effect:.9g}, but {range_words(evaluator)}; {allowed}")
    if test.value is not None:
        _check_region(test, evaluator)


def check_value(what: str, value: float, evaluator: type[Evaluator]) -> None:
    """Raise UsageError unless a score can have the value; ``what`` names it in the message."""
    low, high = evaluator.value_range
    if not low <= value <= high:
        hint = ", such as 0.7 for 70 %" if is_fraction(evaluator.unit) else ""
        raise UsageError(f"{what} is {value:.9g}, but {range_words(evaluator)}; give a number in that range{hint}")


def range_words(evaluator: type[Evaluator]) -> str:
    """The range of a score, in words."""
    low, high = evaluator.value_range
    ends = f"from {low:g} to {high:g}" if math.isfinite(high) else f"from {low:g} up"
    return f"{evaluator.name} ({evaluator.unit}) is {ends}"


def _check_region(test: ScoreTest, evaluator: type[Evaluator]) -> None:
    """Raise UsageError if the region in which the claim holds has none of the score's values, or all of them."""
    low, high = evaluator.value_range
    least, most = shift_interval(claim_region(test.direction, test.effect), test.value)
    has_none = most <= low or least >= high
    if not has_none and not (least < low and high < most):
        return
    values = "no value" if has_none else "every value"
    given = f"value {test.value:g} with effect {test.effect:g} and direction {test.direction!r}"
    raise UsageError(f"{given} holds for {values}, since {range_words(evaluator)}; correct one of the three")
