"""Spreads, intervals and verdicts of timed rounds."""

import math

import numpy as np
import pytest

from benchmark.throughput.noise import median_interval, noise_of, spread_of, verdict

CALM = [2.0, 2.02, 1.98, 2.01, 1.99, 2.0]


def test_the_quartiles_of_a_spread_are_numpys():
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    found = spread_of(values)
    assert [found.low, found.median, found.high] == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]))


@pytest.mark.parametrize(("high", "resolved"), [(1.14, True), (1.16, False)])
def test_a_spread_of_fifteen_percent_is_the_most_that_gives_a_number(high, resolved):
    assert spread_of([1.0, 1.0, 1.0, high, high]).resolved is resolved


@pytest.mark.parametrize(("count", "rank"), [(6, 1), (8, 1), (9, 2), (12, 3), (20, 6)])
def test_the_interval_of_a_median_is_that_of_the_sign_test(count, rank):
    """Ranks of the usual table, as in Conover 1999, section 3.2."""
    assert median_interval(range(1, count + 1)) == (rank, count + 1 - rank)


def test_five_rounds_have_no_interval():
    assert median_interval([1.0] * 5) == (-math.inf, math.inf)


def test_the_interval_holds_the_median_as_often_as_it_says():
    random = np.random.default_rng(0)
    held = [low <= 1 <= high for low, high in (median_interval(random.lognormal(0, 1, 9)) for _ in range(2_000))]
    assert 0.94 < np.mean(held) < 0.98  # 0.961 exactly


def test_noise_is_the_usual_difference_of_successive_rounds():
    assert noise_of([1.0, 1.1, 1.0, 1.1, 1.0]) == pytest.approx(0.1)
    assert noise_of([1.0, 1.0, 1.0, 5.0, 5.0]) == 0


@pytest.mark.parametrize(
    ("ratio", "noise", "answer"),
    [
        (CALM, 0.01, "faster"), ([1 / value for value in CALM], 0.01, "slower"), (CALM, 1.1, "unresolved"),
        ([1.01] * 6, 0.0, "unresolved"), (CALM[:5], 0.0, "unresolved"), ([0.5, 2.0] * 3, 0.01, "unresolved"),
    ],
)  # fmt: skip
def test_a_difference_counts_beyond_the_noise_alone(ratio, noise, answer):
    assert verdict(ratio, noise) == answer
