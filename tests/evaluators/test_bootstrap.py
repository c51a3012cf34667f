"""Intervals: closed forms, coverage, and what must not happen at the edges."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import binomtest

from evaluators.intervals import (
    bootstrap_counts,
    bootstrap_values,
    clustered_wilson_interval,
    middle95,
    wilson_interval,
)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 7), (52, 64), (48, 64), (640, 640), (3, 1000)])
def test_wilson_interval_agrees_with_scipy(hits, n):
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson_interval(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("rate", "n"), [(1.2, 10), (-0.1, 10), (0.5, 0), (float("nan"), 5)])
def test_impossible_rates_are_refused_with_both_numbers(rate, n):
    with pytest.raises(ValueError, match=f"rate is {rate} of {n} trials"):
        wilson_interval(rate, n)


def test_trials_that_stand_or_fall_together_count_as_one():
    hits = torch.tensor([3] * 30 + [0] * 70)
    clustered = clustered_wilson_interval(hits, torch.full((100,), 3))
    low, high = wilson_interval(0.3, 100)
    assert clustered == pytest.approx((low, high), abs=0.002)


def test_independent_trials_count_almost_all():
    outcomes = torch.rand(2000, 3, generator=torch.Generator().manual_seed(1)) < 0.7
    low, high = clustered_wilson_interval(outcomes.sum(dim=1), torch.full((2000,), 3))
    plain_low, plain_high = wilson_interval(outcomes.double().mean().item(), 6000)
    assert high - low == pytest.approx(plain_high - plain_low, rel=0.05)


@pytest.mark.parametrize("share", [0, 1])
def test_interval_at_the_edge_has_the_width_of_the_number_of_images(share):
    trials = torch.tensor([1, 2, 3] * 10)
    assert clustered_wilson_interval(trials * share, trials) == pytest.approx(wilson_interval(share, 30))


def test_clustered_interval_covers_the_truth_19_times_in_20():
    rng, covered = torch.Generator().manual_seed(2), 0
    trials = torch.tensor([1, 2, 3] * 40)
    for _ in range(400):
        skill = torch.rand(120, generator=rng) ** 2  # images differ: mean 1/3
        hits = torch.stack([torch.rand(120, generator=rng) < skill for _ in range(3)])
        low, high = clustered_wilson_interval((hits * (torch.arange(3)[:, None] < trials)).sum(dim=0), trials)
        covered += low <= 1 / 3 <= high
    assert 0.92 <= covered / 400 <= 0.98


def test_bootstrap_counts_sum_to_n_and_do_not_depend_on_how_many_are_drawn():
    counts = bootstrap_counts(50, 7, seed=3)
    assert counts.sum(dim=1).tolist() == [50] * 7
    torch.testing.assert_close(counts[:2], bootstrap_counts(50, 2, seed=3))
    assert not torch.equal(counts, bootstrap_counts(50, 7, seed=4))


def test_bootstrap_of_a_mean_has_the_width_that_theory_gives():
    values = torch.randn(500, generator=torch.Generator().manual_seed(5))
    low, high = middle95(bootstrap_values(lambda times: float(times.float() @ values) / 500, 500, resamples=2000))
    mean, error = values.mean().item(), values.std(correction=0).item() / 500**0.5
    assert (low, high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.01)


@pytest.mark.parametrize("n", range(1, 200))
def test_wilson_interval_holds_the_rate_even_at_its_ends(n):
    for rate in (0.0, 1.0):
        low, high = wilson_interval(rate, n)
        assert 0.0 <= low <= rate <= high <= 1.0


@pytest.mark.parametrize("n", [7, 700])
def test_resamples_are_the_same_each_time_whether_they_are_kept_or_not(n):
    first, again = bootstrap_counts(n, 20, seed=3).clone(), bootstrap_counts(n, 20, seed=3)
    assert torch.equal(first, again)
    assert torch.equal(first[:5], bootstrap_counts(n, 5, seed=3))
    assert not torch.equal(first, bootstrap_counts(n, 20, seed=4))
