"""Thresholds near a score: another sample, or the course's own evaluator, may fall on the other side."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from benchmark.grading.marking.grades import NearEntry
from benchmark.grading.marking.scheme import ROUNDING, Scheme, ScoreRule, ScoresByList, doubtful_range
from benchmark.records.record import ScoreEntry


def near_thresholds(scheme: Scheme, found: ScoresByList, judge_sha256: str) -> list[NearEntry]:
    """Thresholds that a score may be on the other side of, the nearest first.

    A threshold counts where the 95 % interval reaches across it, or the judge's known mean difference from the course's
    own evaluator does. The course's own checkpoint has none.

    Args:
        scheme: every band of every score of every list.
        found: condition list -> score -> result.
        judge_sha256: of the judge.
    """
    entries = [
        entry
        for rule in scheme.scores
        for name in rule.lists
        if name in found
        for entry in _near(rule, name, found[name][rule.name], known_difference(judge_sha256, rule.name))
    ]
    return sorted(entries, key=lambda entry: (entry.distance, entry.list_name))


def _near(rule: ScoreRule, name: str, score: ScoreEntry, difference: float) -> Iterator[NearEntry]:
    low, high = doubtful_range(score)
    for threshold in sorted({at for at, _ in rule.points} | {rule.threshold}):
        by_judge = abs(score.value - threshold) < difference - ROUNDING
        if by_judge or low < threshold <= high:
            distance = round(abs(score.value - threshold), 4)
            yield NearEntry(
                list_name=name,
                score=rule.name,
                threshold=threshold,
                distance=distance,
                within_judge_difference=by_judge,
            )


def known_difference(judge_sha256: str, score: str) -> float:
    """Mean absolute difference of a judge's score of a list from that of the course's own evaluator; 0 if not known."""
    return _differences().get((judge_sha256, score), 0.0)


@cache
def _differences() -> dict[tuple[str, str], float]:
    text = (files(__package__) / "judge_differences.toml").read_text(encoding="utf-8")
    return {(entry["sha256"], entry["score"]): entry["difference"] for entry in tomllib.loads(text)["judges"]}
