"""Scores on which two judges differ by more than they usually do.

The spread of the gap, which chance explains, is subtracted first. How far the judges usually differ has two sources:
the reference rows of the same table, and measurements on submitted images (``docs/scores.md`` has the rule). Two judges
always differ somewhat, so without either source no gap can be called unusual, and no score is in doubt.
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
    """The second judge's values of the scores that are in doubt, by score; none where no usual gap is known.

    Args:
        record: any of a table.
        references: the reference rows' records of the same table.
    """
    usual, first = largest_gap(references), record.protocol.judge_sha256
    found = {name: score.second for name, score in record.scores.items() if score.second is not None}
    return {
        name: second.value
        for name, second in found.items()
        if is_unusual(second, (usual, known_gap(first, second.judge_sha256, name)))
    }


def is_unusual(second: SecondEntry, gaps: Sequence[float | None]) -> bool:
    """True for a gap that, beyond chance, is larger than the usual ones; False where no usual gap is known."""
    known = [gap for gap in gaps if gap is not None]
    return bool(known) and beyond_chance(second) > max(known)


def largest_gap(references: Sequence[Record]) -> float | None:
    """The largest gap in any score from 0 to 1 of any reference row, with its spread; None where there is none."""
    scores = [score for record in references if record.reference for score in record.scores.values()]
    seconds = [score.second for score in scores if bounds_of(score.value_range, score.unit) == (0.0, 1.0)]
    return max(
        (abs(second.gap) + second.spread for second in seconds if second and second.spread is not None), default=None
    )


def known_gap(first: str | None, second: str, name: str) -> float | None:
    """The largest measured gap of two judges in a score from 0 to 1; None if it was never measured."""
    return KNOWN_GAPS.get((first or "", second), {}).get(name)


def beyond_chance(second: SecondEntry) -> float:
    """The gap minus its spread over the images; 0 or less if chance explains the whole gap."""
    return 0.0 if second.spread is None else abs(second.gap) - second.spread
