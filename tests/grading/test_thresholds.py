"""Scores near a threshold: every band, by the interval or by the judge's known difference."""

import pytest

from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.marking.thresholds import known_difference, near_thresholds
from benchmark.records.record import ScoreEntry
from benchmark.scoring.judges import judge_network
from benchmark.tasks import TASKS

SCHEME = Scheme(
    name="course", task="iclevr",
    scores=[{"name": "topk_accuracy", "lists": {"test": 1.0}, "points": [(0.8, 100.0), (0.7, 90.0), (0.4, 60.0)]}],
)  # fmt: skip
BUNDLED = judge_network(TASKS["iclevr"]).sha256
COURSE_S_OWN = "0" * 64


def found(value, half=0.01):
    entry = ScoreEntry(
        value=value, interval=(value - half, value + half), method="wilson", n=72, direction="higher", unit="fraction",
        version=1,
    )  # fmt: skip
    return {"test": {"topk_accuracy": entry}}


def test_the_bundled_judge_has_a_known_difference_and_others_have_none():
    assert known_difference(BUNDLED, "topk_accuracy") == 0.037
    assert known_difference(COURSE_S_OWN, "topk_accuracy") == known_difference(BUNDLED, "exact_match") == 0


@pytest.mark.parametrize(
    ("value", "half", "judge", "expected"),
    [
        (0.75, 0.01, BUNDLED, []),
        (0.72, 0.01, BUNDLED, [(0.7, True)]),
        (0.72, 0.01, COURSE_S_OWN, []),
        (0.72, 0.03, COURSE_S_OWN, [(0.7, False)]),
        (0.75, 0.06, BUNDLED, [(0.7, False), (0.8, False)]),
        (0.663, 0.01, BUNDLED, []),
        (0.664, 0.01, BUNDLED, [(0.7, True)]),
        (0.41, 0.001, BUNDLED, [(0.4, True)]),
        (0.8, 0.0, COURSE_S_OWN, []),
    ],
)
def test_a_threshold_counts_where_the_interval_or_the_known_difference_reaches_it(value, half, judge, expected):
    near = near_thresholds(SCHEME, found(value, half), judge)
    assert [(entry.threshold, entry.within_judge_difference) for entry in near] == expected


def test_the_nearest_threshold_comes_first_and_a_list_that_is_missing_is_near_none():
    near = near_thresholds(SCHEME, found(0.77, 0.08), BUNDLED)
    assert [entry.threshold for entry in near] == [0.8, 0.7]
    assert near_thresholds(SCHEME, {}, BUNDLED) == []
