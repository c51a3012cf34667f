"""Tests and their quantities in words: differences of scores and of losses, ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass

from benchmark.records.record import Record, ScoreEntry
from benchmark.records.rounding import decimals, is_fraction
from benchmark.reports.claims import Comparison, EventTest, LogTest, ScoreTest, Stretch, split_row
from benchmark.reports.losses import sides
from benchmark.reports.verdicts import Interval


@dataclass(frozen=True)
class Scale:
    """Format of numbers of one kind."""

    factor: float = 1.0
    digits: str = ".2f"
    unit: str = ""
    exponential: bool = False  # numbers are logarithms, and their exponentials are shown

    def show(self, number: float) -> str:
        """Without the unit."""
        shown = math.exp(number) if self.exponential else self.factor * number
        text = format(shown, self.digits)
        return text.removeprefix("-") if float(text) == 0 else text

    def with_interval(self, number: float, interval: Interval) -> str:
        """``number [low, high] unit``; no brackets where nothing is known."""
        known = all(map(math.isfinite, interval))
        brackets = f" [{self.show(interval[0])}, {self.show(interval[1])}]" if known else ", no interval"
        return f"{self.show(number)}{self.unit}{brackets}"

    def region(self, held: Interval) -> str:
        """Range in which a claim holds."""
        low, high = held
        if low == -math.inf:
            return f"below {self.show(high)}{self.unit}"
        if high == math.inf:
            return f"above {self.show(low)}{self.unit}"
        return f"{self.show(low)} to {self.show(high)}{self.unit}"


LOSS = Scale(digits=".3g")
WASSERSTEIN = "-discriminator/wasserstein"  # the critic's loss with its sign turned
RATIO = Scale(unit=" times", exponential=True)


def scale_of(unit: str, *, difference: bool, entry: ScoreEntry | None = None) -> Scale:
    """The scale of a score, by its evaluator's unit: fractions in %, their differences in points.

    Args:
        unit: of the score.
        difference: of two values of it.
        entry: one of them, whose interval says how many decimals there are of what is no share.
    """
    digits = f".{decimals(unit, *((entry.value, entry.interval) if entry else (0.0,)))}f"
    if is_fraction(unit):
        return Scale(factor=100, digits=digits, unit=" points" if difference else " %")
    return Scale(digits=digits)


def axis_words(score: str, unit: str) -> str:
    """A score's name and unit along an axis, shares in %."""
    return f"{score} (%, {unit})" if is_fraction(unit) else f"{score} ({unit})"


def describe(test: ScoreTest | LogTest | EventTest) -> str:
    """The quantity of a test, in words."""
    if isinstance(test, EventTest):
        return f"end of {row_words(test.first)}"
    if isinstance(test, ScoreTest):
        name = test.score if test.group is None else f"{test.score} ({test.group})"
        return f"{name}: " + (" minus ".join(map(row_words, test.rows)))
    return describe_losses(test)


def describe_losses(test: LogTest) -> str:
    """The quantity of a test of losses; what both of its sides share is said once."""
    found = [(row_words(row), loss_words(loss), stretch_words(within)) for row, loss, within in sides(test)]
    join = " over " if test.is_ratio else " minus "
    statistic = {"size": "mean size"}.get(test.statistic, test.statistic)
    rows, losses, stretches = (list(dict.fromkeys(values)) for values in zip(*found, strict=True))
    if len(rows) == len(losses) == 1:
        parts = join.join(f"{statistic} {stretch}" for stretch in stretches)
        return f"{losses[0]} of {rows[0]}, {parts.replace(f'{join}{statistic} of updates', f'{join}{statistic} of')}"
    if len(losses) == len(stretches) == 1:
        return f"{losses[0]}, {statistic} {stretches[0]}: {join.join(rows)}"
    if len(rows) == len(stretches) == 1:
        return f"{rows[0]}, {statistic} {stretches[0]}: {join.join(losses)}"
    return join.join(f"{loss} of {row} ({statistic} {stretch})" for row, loss, stretch in found)


def row_words(row: str) -> str:
    """A row of a claim: its name, and its updates where the claim fixes them."""
    name, updates = split_row(row)
    return name if updates is None else f"{name} at {updates:,} updates"


def loss_words(loss: str) -> str:
    """A loss of a claims file, as a person calls it."""
    if loss == WASSERSTEIN:
        return "Wasserstein estimate"
    sign, name = ("negative ", loss[1:]) if loss.startswith("-") else ("", loss)
    player, _, term = name.partition("/")
    return f"{sign}{player}'s loss" + (f" ({term})" if term else "")


def stretch_words(within: Stretch) -> str:
    if within.updates is not None:
        return f"of updates {within.updates[0]:,}-{within.updates[1]:,}"
    return f"in {100 * within.share[0]:g}-{100 * within.share[1]:g} % of the run"


def scale_for(test: Comparison, record: Record) -> Scale:
    if isinstance(test, ScoreTest):
        entry = record.scores[test.score]
        return scale_of(entry.unit, difference=test.value is None, entry=entry)
    return RATIO if test.is_ratio else LOSS


def effect_of(test: Comparison) -> float:
    return math.log(test.effect) if isinstance(test, LogTest) and test.is_ratio else test.effect


def zero_of(test: Comparison) -> float:
    """The fixed value of a comparison on the quantity's own scale; 0 if two rows are compared."""
    if test.value is None:
        return 0.0
    return math.log(test.value) if isinstance(test, LogTest) and test.is_ratio else test.value
