"""Intervals over a handful of conditions: coverage, and no jumps from one hit to the next."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest
import torch

from benchmark.grading.marking.condition_intervals import interval_over_conditions
from benchmark.grading.marking.marking import by_condition
from benchmark.grading.marking.scheme import doubtful_range, load_scheme, side_of
from evaluators.base import Score
from evaluators.intervals import clustered_wilson_interval, wilson_interval

TEXTS, IMAGES = 5, 20  # the bundled scheme of the faces: five texts, five images of each, four draws
ORDER = ("fail", "borderline", "pass")


def interval(hits):
    return interval_over_conditions(torch.tensor(hits), torch.full((len(hits),), IMAGES))


def verdict(hits, threshold):
    """The verdict on so many hits of each text, by way of the score that is marked."""
    outcomes = torch.stack([torch.arange(IMAGES) < hit for hit in hits]).flatten().long()
    conditions = torch.arange(len(hits))[:, None].repeat_interleave(IMAGES, dim=0)
    outcomes = torch.stack([outcomes, torch.ones_like(outcomes)], dim=1)
    score = Score(value=sum(hits) / len(outcomes), n=len(outcomes), interval=(0, 1), method="", outcomes=outcomes)
    return side_of(*doubtful_range(by_condition(score, conditions)), threshold)


def test_one_more_hit_never_makes_a_verdict_worse_where_texts_are_nearly_equal():
    threshold = load_scheme(None, "anime-faces", ("joint_accuracy",), ["sample_testing_text"]).scores[0].threshold
    assert verdict([5, 5, 5, 5, 5], threshold) == "pass"
    seen = set()
    for base in range(8):
        for more in combinations_with_replacement(range(2), TEXTS):
            hits = [base + one for one in more]
            before = ORDER.index(verdict(hits, threshold))
            assert ORDER.index(verdict([*hits[:-1], hits[-1] + 1], threshold)) >= before
            assert ORDER.index(verdict([hits[0] + 1, *hits[1:]], threshold)) >= before
            seen.add(before)
    assert seen == {0, 1, 2}


def test_texts_that_are_all_equal_have_nearly_the_interval_of_texts_that_differ_by_one_image():
    lows, highs = zip(interval([5, 5, 5, 5, 4]), interval([5] * TEXTS), interval([5, 5, 5, 5, 6]), strict=True)
    assert lows == tuple(sorted(lows))
    assert highs == tuple(sorted(highs))
    assert lows[2] - lows[0] < 0.03
    assert highs[2] - highs[0] < 0.03


@pytest.mark.parametrize("mean", [0.15, 0.3, 0.5])
def test_the_interval_over_five_texts_that_differ_covers_the_truth_19_times_in_20(mean):
    """The rates of single texts vary by a standard deviation of .14 to .22, as of models that know some colours."""
    torch.manual_seed(0)
    covered = {interval_over_conditions: 0, clustered_wilson_interval: 0}
    trials = torch.full((1000, TEXTS), float(IMAGES))
    rates = torch.distributions.Beta(4 * mean, 4 * (1 - mean)).sample((1000, TEXTS))
    for hits, each in zip(torch.binomial(trials, rates), trials, strict=True):
        for method in covered:
            low, high = method(hits, each)
            covered[method] += low <= mean <= high
    assert 930 <= covered[interval_over_conditions] <= 975
    assert covered[clustered_wilson_interval] <= 910  # without the factor


@pytest.mark.parametrize("hits", [[0] * TEXTS, [IMAGES] * TEXTS, [7]])
def test_where_nothing_is_known_of_the_variance_each_condition_counts_as_one_trial(hits):
    rate = sum(hits) / (IMAGES * len(hits))
    assert interval(hits) == wilson_interval(rate, len(hits))


def test_many_conditions_have_nearly_the_interval_of_the_published_scores():
    hits, trials = torch.tensor([0, 10, 20, 5, 15] * 40), torch.full((200,), IMAGES)
    assert interval_over_conditions(hits, trials) == pytest.approx(clustered_wilson_interval(hits, trials), abs=0.002)
