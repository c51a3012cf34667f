"""Scores on which two judges differ by more than they usually do.

The spread of the gap, which chance explains, is subtracted first. How far the judges usually differ has two sources:
the reference rows of the same table, and measurements on submitted images (``docs/scores.md`` has the rule).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.records.ranges import bounds_of
from benchmark.records.record import Record, SecondEntry

# By sha256 of the first and the second judge: for each score the largest gap beyond chance on 72 i-CLEVR submissions by
# GANs, flows and diffusion models, rounded up. tests/leaderboard/test_doubts.py measures it.
KNOWN_GAPS: Mapping[tuple[str, str], Mapping[str, float]] = {
    (
        "03373e0740e8b4abcea032d6f7b1a8078e7e36f77019ac48f8e797c6a058806b",
        "64b9891f5f16f7c80f81a6ea33b15bb2d5c69eecee1c5b7d3423f59af1620337",
    ): {
        "topk_accuracy": 0.092,
        "topk_accuracy_per_image": 0.085,
        "exact_match": 0.104,
        "micro_f1": 0.053,
        "macro_f1": 0.072,
        "mean_average_precision": 0.114,
        "spurious_object_rate": 0.098,
    },
}


def scores_in_doubt(record: Record, references: Sequence[Record]) -> dict[str, float]:
    """The second judge's values of the scores that are in doubt, by score.

    Args:
        record: any of a table.
        references: the reference rows' records of the same table.
    """
    usual = largest_gap(references)
    found = {name: score.second for name, score in record.scores.items() if score.second is not None}
    return {
        name: second.value
        for name, second in found.items()
        if beyond_chance(second) > max(usual, known_gap(record.protocol.judge_sha256, second.judge_sha256, name))
    }


def largest_gap(references: Sequence[Record]) -> float:
    """The largest gap in any score from 0 to 1 of any reference row, with its spread; 0 where there is none."""
    scores = [score for record in references if record.reference for score in record.scores.values()]
    seconds = [score.second for score in scores if bounds_of(score.value_range, score.unit) == (0.0, 1.0)]
    return max(
        (abs(second.gap) + second.spread for second in seconds if second and second.spread is not None), default=0.0
    )


def known_gap(first: str | None, second: str, name: str) -> float:
    """The largest measured gap of two judges in a score from 0 to 1; 0 if it was never measured."""
    return KNOWN_GAPS.get((first or "", second), {}).get(name, 0.0)


def beyond_chance(second: SecondEntry) -> float:
    """The gap minus its spread over the images; 0 or less if chance explains the whole gap."""
    return 0.0 if second.spread is None else abs(second.gap) - second.spread
