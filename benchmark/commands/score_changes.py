"""Changes of each score between two records of one protocol: better, worse, or no difference found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from torch import Tensor

from benchmark.records.better import better_direction
from benchmark.records.differences import paired_differences
from benchmark.records.pairs import RecordFile
from benchmark.records.per_sample import load_per_sample, unit_pairs
from benchmark.records.record import ScoreEntry
from benchmark.records.units import unit_of
from benchmark.reports.score_evidence import unpaired_interval
from benchmark.tasks import TASKS
from evaluators.intervals import has_ratio, ratio_of_sums

LEVEL = 0.05  # of McNemar's test
# Two machines may differ by these shares when they compute a score from the same images:
ROUNDING = 1e-6  # of the value
ROUNDING_OF_INTERVAL = 1e-3  # of the interval's half width, where the value is near 0
Interval = tuple[float, float]
Verdict = Literal["better", "worse", "worse, within the tolerance", "no difference shown", "no interval"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One number before and after."""

    name: str
    first: float
    second: float
    interval: Interval | None  # 95 %, of second minus first; None: nothing is known of it
    method: str  # how the interval was made
    direction: Literal["higher", "lower"]  # which is better, between these two
    unit: str
    allowed: float  # the loss that the tolerance lets pass, in the score's unit
    rounding: float = 0.0  # a difference up to it is none
    mcnemar_p: float | None = None
    n: int | None = None
    farther: Interval | None = None  # 95 %, how much farther the second is from a best value that lies between the two

    @property
    def difference(self) -> float:
        """Second minus first."""
        return self.second - self.first

    @property
    def verdict(self) -> Verdict:
        """The verdict by the interval: ``worse`` if the whole interval is a loss above the tolerance.

        Where every image is right or wrong, the exact McNemar test must also find a difference. The bootstrap alone is
        too generous: if four images change and all in one direction, its interval excludes 0, although four coins fall
        on the same side by chance often enough. Of two values on both sides of the best one, the difference says
        nothing: how far both are from it decides. A difference by rounding is none.
        """
        if abs(self.difference) <= self.rounding:
            return "no difference shown"
        if self.interval is None:
            return "no interval"
        if self.mcnemar_p is not None and self.mcnemar_p >= LEVEL:
            return "no difference shown"
        loss = self.interval if self.direction == "lower" else (-self.interval[1], -self.interval[0])
        low, high = self.farther or loss
        if low > 0:
            return "worse" if low > self.allowed else "worse, within the tolerance"
        return "better" if high < 0 else "no difference shown"


def score_changes(
    first: RecordFile, second: RecordFile, tolerance: float, *, same_images: bool = False
) -> tuple[list[Change], dict[str, str]]:
    """Changes of the scores that both records have, the main score first, and the reasons why others do not compare.

    Args:
        first: a record.
        second: another one of the same protocol.
        tolerance: share of a bounded score's range, or of an unbounded one's first value.
        same_images: both are scored from the same images, so that a score should not differ at all.
    """
    entries = [found.record.scores for found in (first, second)]
    outcomes = [_outcomes(found) for found in (first, second)]
    sides = {"first": first, "second": second}
    both, pairs, left_out = {}, {}, {}
    for name in _in_order(first, second):
        missing = [side for side, found in sides.items() if name not in found.record.scores]
        one, other = (scores.get(name) for scores in entries)
        if missing:
            left_out[name] = "; ".join(f"the {side} has none: {_why(sides[side], name)}" for side in missing)
        elif reason := _incomparable_field(one, other) or _contradiction(name, entries, outcomes):
            left_out[name] = reason
        else:
            both[name] = one, other
            if pair := unit_pairs(one, (first.record, second.record), [found.get(name) for found in outcomes]):
                pairs[name] = *pair, other.value - one.value
    found = paired_differences(pairs)
    changes = [
        _of_same_images(name, *pair, tolerance)
        if same_images and pair[0].is_over_real_images
        else _change(name, *pair, found.get(name), tolerance)
        for name, pair in both.items()
    ]
    return changes, left_out


def lost_scores(first: RecordFile, left_out: Iterable[str]) -> list[str]:
    """The headline's scores that the first record has, among those that do not compare; the main score first."""
    return [name for name in headline_scores(first) if name in first.record.scores and name in left_out]


def headline_scores(found: RecordFile) -> list[str]:
    """The score that ranks, then the others that a table shows first; nothing of a task of which neither is known."""
    about = found.record.ranking or TASKS.get(found.record.protocol.task)  # the record's own, of a task not bundled
    return list(dict.fromkeys((about.main_score, *about.headline))) if about else []


def _in_order(first: RecordFile, second: RecordFile) -> list[str]:
    """Names of all scores of either: the main one, the rest of the headline, then the others."""
    ahead = headline_scores(first)
    there = {name for found in (first, second) for name in (*found.record.scores, *found.record.refused)}
    return [name for name in dict.fromkeys((*ahead, *sorted(there))) if name in there]


def _outcomes(found: RecordFile) -> Mapping[str, Tensor]:
    """Everything that a record knows of its scores by image; empty if it knows nothing."""
    return load_per_sample(found.path).scores if found.record.per_sample_sha256 else {}


def _why(found: RecordFile, name: str) -> str:
    return found.record.refused.get(name) or found.record.reason or "it was not scored for that"


def _incomparable_field(one: ScoreEntry, other: ScoreEntry) -> str | None:
    """The reason why two numbers of one name do not compare; None if they do."""
    for field in ("version", "direction", "unit", "n", "best_value"):
        ours, theirs = getattr(one, field), getattr(other, field)
        if ours != theirs:
            return f"{field} is {ours} and {theirs}"
    if (one.interval is None) != (other.interval is None):
        return f"the {'first' if one.interval is None else 'second'} has no interval"
    digests = [one.evaluator_sha256, other.evaluator_sha256]
    if None not in digests and digests[0] != digests[1]:
        return f"files of its evaluator have changed: their sha256 is {digests[0][:16]} and {digests[1][:16]}"
    return None


def _contradiction(
    name: str, entries: Sequence[Mapping[str, ScoreEntry]], outcomes: Sequence[Mapping[str, Tensor]]
) -> str | None:
    """The side whose value does not follow from its own images, in words; None if there is none."""
    for side, scores, kept in zip(("first", "second"), entries, outcomes, strict=True):
        rows, value = kept.get(name), scores[name].value
        if rows is not None and rows.ndim == 2 and not has_ratio(rows, value):  # not of resamples
            found = f"the {side} is {value:.6g}, but its images give {ratio_of_sums(rows):.6g}"
            return f"{found}; 'cgan-bench validate' says more"
    return None


def _change(name: str, one: ScoreEntry, other: ScoreEntry, pairs: Mapping[str, Any] | None, tolerance: float) -> Change:
    """One score's change, by its pairs of images or by its two intervals."""
    difference = other.value - one.value
    found: dict[str, Any] = {"ci95": None, "method": "none", "mcnemar_p": None}
    if pairs is not None:
        over = "" if one.images_of_a_unit == 1 else f" over {unit_of(one)}"
        found = {**pairs, "method": pairs["method"] + over}
    elif one.is_over_real_images:
        found["method"] = "none: its interval is over the real images"
    elif one.interval and other.interval:
        found = {
            "ci95": unpaired_interval(difference, (other, one)),
            "method": "the two intervals, not paired",
            "mcnemar_p": None,
        }
    else:
        found |= {"ci95": (difference, difference), "method": "the difference alone, as there is no interval"}
    return Change(
        name=name, first=one.value, second=other.value, interval=found["ci95"] and tuple(found["ci95"]),
        method=found["method"], mcnemar_p=found["mcnemar_p"], n=one.n, unit=one.unit,
        direction=better_direction(one, one.value, other.value),
        allowed=tolerance * _scale(one), rounding=_rounding(one), farther=_farther(one, other),
    )  # fmt: skip


def _rounding(entry: ScoreEntry) -> float:
    """The largest difference from an entry that is one of rounding."""
    low, high = entry.interval or (entry.value, entry.value)
    return max(ROUNDING * abs(entry.value), ROUNDING_OF_INTERVAL * (high - low) / 2)


def _of_same_images(name: str, one: ScoreEntry, other: ScoreEntry, tolerance: float) -> Change:
    """The change of a score whose interval is over the real images: none within the first one's interval."""
    change = _change(name, one, other, None, tolerance)
    if one.interval is None:
        return change
    low, high = (change.difference + end - one.value for end in one.interval)
    return replace(change, interval=(low, high), method="the first one's interval")


def _farther(one: ScoreEntry, other: ScoreEntry) -> Interval | None:
    """Interval of how much farther the second value is from the best one, if that lies between both; else None.

    An error of the real images, to which both are relative, makes one of the distances longer and the other shorter.
    So the widths of the two intervals are added: that holds however the errors depend on each other.
    """
    best = one.best_value
    if best is None or (one.value - best) * (other.value - best) >= 0 or not (one.interval and other.interval):
        return None
    low, high = (one.interval[end] + other.interval[end] - 2 * best for end in (0, 1))
    return (low, high) if other.value > best else (-high, -low)


def _scale(entry: ScoreEntry) -> float:
    """The length of a score's range; where it has no end, the size of the value."""
    low, high = entry.value_range or (None, None)
    if low is None or high is None or not math.isfinite(high - low):
        return 1.0 if entry.value_range is None and entry.unit.startswith("fraction") else abs(entry.value)
    return high - low
