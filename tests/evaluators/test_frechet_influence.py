"""Influences of images on a Fréchet distance: by leaving them out, by weights, by the bootstrap, by fresh draws."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import scipy.linalg
import torch
from builders.features import D, distance, features, frechet_score, moments

from evaluators.frechet import (
    Moments,
    frechet_distance,
    influences,
    removed_root_traces,
)
from evaluators.intervals import bootstrap_counts

DIMENSION = 20
SIZES = [21, 30, 100, 200]  # from one more than dimensions to ten times as many


@pytest.fixture(autouse=True)
def _one_thread():
    """Many small matrices: a second thread gains nothing, and waits where other processes keep the machine busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def without_each(real, generated):
    """The distance without each image in turn, each computed anew."""
    found = [distance(real, torch.cat([generated[:i], generated[i + 1 :]])) for i in range(len(generated))]
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize("n", [D + 1, D + 2, 3 * D, 300])
@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_influences_are_those_of_leaving_each_image_out(n, shift):
    real, generated = features(500, seed=1).double(), features(n, seed=2, shift=shift).double() * 0.7
    found, without = influences(moments(real), generated), without_each(real, generated)
    assert found.value == pytest.approx(distance(real, generated), rel=1e-12)
    torch.testing.assert_close(found.each, (n - 1) * (without.mean() - without), rtol=1e-6, atol=1e-6 * found.value)


@pytest.mark.parametrize("flat", ["real", "generated"])
def test_influences_are_right_where_a_covariance_is_singular(flat):
    x = {"real": features(500, seed=1).double(), "generated": features(60, seed=2, shift=1.0).double()}
    x[flat][:, 5:] = 0
    found, without = influences(moments(x["real"]), x["generated"]), without_each(x["real"], x["generated"])
    torch.testing.assert_close(found.each, 59 * (without.mean() - without), rtol=1e-5, atol=1e-5 * found.value)


def test_equal_generated_images_have_no_influence():
    found = influences(moments(features()), features(1, seed=2).expand(50, D))
    torch.testing.assert_close(found.each, torch.zeros(50, dtype=torch.float64), rtol=0, atol=1e-6 * found.value)


def weighted_distance(real, generated, weights):
    """Straight from the definition, of a weighted sample, with the matrix square root of the product."""
    weights = weights / weights.sum()
    centred = generated - weights @ generated
    c1, c2 = np.cov(real, rowvar=False), (centred.T * weights) @ centred
    root = scipy.linalg.sqrtm(c1 @ c2).real
    return ((real.mean(0) - weights @ generated) ** 2).sum() + np.trace(c1 + c2 - 2 * root)


def test_with_many_images_influences_are_the_slopes_of_the_distance_in_their_weights():
    real, generated = features(500, seed=1).double().numpy(), features(4000, seed=2, shift=1.0).double().numpy() * 1.2
    found = influences(moments(torch.from_numpy(real)), torch.from_numpy(generated)).each
    for i in range(0, 4000, 500):
        up, down = np.ones(4000), np.ones(4000)
        up[i], down[i] = 1.02, 0.98
        change = weighted_distance(real, generated, up) - weighted_distance(real, generated, down)
        assert found[i].item() == pytest.approx(change * 4000 / 0.04, rel=0.01, abs=0.3)


def first_order(real, generated):
    """2 (m2 - m1).(x - m2) + (x - m2)' (I - T) (x - m2) - tr((I - T) C2), with SciPy's matrix roots."""
    m1, c1, m2, c2 = real.mean(0), np.cov(real, rowvar=False), generated.mean(0), np.cov(generated, rowvar=False)
    half, x = scipy.linalg.sqrtm(c1).real, generated - m2
    bend = np.eye(len(m1)) - half @ np.linalg.inv(scipy.linalg.sqrtm(half @ c2 @ half).real) @ half
    return 2 * x @ (m2 - m1) + np.einsum("ij,jk,ik->i", x, bend, x) - np.trace(bend @ c2)


def test_with_many_images_influences_are_the_published_formula():
    real, generated = features(500, seed=1).double(), features(20_000, seed=2, shift=1.0).double() * 1.2
    found, expected = influences(moments(real), generated).each, first_order(real.numpy(), generated.numpy())
    assert np.corrcoef(found, expected)[0, 1] > 0.99999
    assert found.std().item() == pytest.approx(expected.std(), rel=0.003)


@pytest.mark.parametrize("squares", [[0.0, 0.0, 0.0], [0.5, 0.1, 0.0], [4.0, 0.0, 0.0], [1.0, 0.25, 0.0]])
def test_root_trace_of_a_matrix_with_one_direction_removed(squares):
    values = torch.tensor([4.0, 1.0, 1e-3], dtype=torch.float64)
    y = torch.tensor(squares, dtype=torch.float64).sqrt()
    expected = torch.linalg.eigvalsh(torch.diag(values) - torch.outer(y, y)).clamp(min=0).sqrt().sum()
    assert removed_root_traces(values, y.square()[None]).item() == pytest.approx(expected.item(), rel=1e-7)


def test_a_score_has_a_value_of_each_image_whose_mean_it_is():
    score = frechet_score(features(seed=1), features(300, seed=2, shift=0.5))
    hits, trials = score.outcomes.unbind(dim=1)
    assert trials.tolist() == [1.0] * 300
    assert hits.mean().item() == pytest.approx(score.value, rel=1e-12)
    half = 1.96 * hits.std().item() / math.sqrt(300)
    assert score.interval == pytest.approx((score.value - half, score.value + half), rel=1e-4)
    assert "influence" in score.method


def test_pairs_tell_two_distances_apart_that_their_intervals_do_not():
    from benchmark.records.differences import paired_difference

    real, generated = features(2000, seed=1), features(400, seed=2, shift=1.0)
    noise = 0.1 * torch.randn(400, D, generator=torch.Generator().manual_seed(3))
    before, after = frechet_score(real, generated), frechet_score(real, generated + 0.05 + noise)
    assert after.interval[0] < before.value < after.interval[1]
    low, high = paired_difference(before.outcomes, after.outcomes, after.value - before.value)["ci95"]
    assert 0 < low < after.value - before.value < high


def bootstrap_std(real, generated, resamples=500):
    """Standard deviation of the distance over resamples of the generated rows."""
    found = [
        distance_of(real, generated.repeat_interleave(times, dim=0))
        for times in bootstrap_counts(len(generated), resamples, seed=0)
    ]
    return float(np.std(found))


def distance_of(real, generated):
    m = moments(generated, batch=len(generated))
    return frechet_distance(real.mean, real.covariance, m.mean, m.covariance)


@pytest.mark.parametrize("shift", [0.3, 1.0])
def test_standard_error_is_that_of_five_hundred_resamples(shift):
    real, generated = moments(features(4000, seed=1)), features(2000, seed=2, shift=shift)
    found = influences(real, generated).each.std().item() / math.sqrt(2000)
    assert found == pytest.approx(bootstrap_std(real, generated), rel=0.1)


SCALES = {"flat": torch.ones(DIMENSION), "falling": torch.arange(1, DIMENSION + 1) ** -0.5}  # of the real features


@cache
def real_moments(kind):
    result = Moments()
    result.update(torch.randn(10_000, DIMENSION, generator=torch.Generator().manual_seed(1)) * SCALES[kind])
    return result


def fresh(kind, n, draws, *, scale, shift):
    """Values and standard errors of many generated sets of one distribution."""
    rng = torch.Generator().manual_seed(n)
    found = [
        influences(real_moments(kind), torch.randn(n, DIMENSION, generator=rng) * SCALES[kind] * scale + shift)
        for _ in range(draws)
    ]
    values = torch.tensor([one.value for one in found], dtype=torch.float64)
    return values, torch.tensor([one.each.std().item() / math.sqrt(n) for one in found], dtype=torch.float64)


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (0.5, 0.0), (1.0, 0.3), (1.3, 1.0)])
@pytest.mark.parametrize("kind", SCALES)
def test_intervals_hold_the_mean_of_fresh_draws_from_one_more_image_than_dimensions_on(kind, scale, shift, n):
    """``pytest -s -k fresh_draws`` prints the figures of docs/scores.md."""
    values, errors = fresh(kind, n, 200, scale=scale, shift=shift)
    covered = ((values - values.mean()).abs() <= 1.96 * errors).double().mean().item()
    ratio = (errors.mean() / values.std()).item()
    print(f"{kind}, scale {scale}, shift {shift}, {n} images: {ratio:.2f} of the true error, {covered:.3f} covered")
    assert covered >= 0.90
    assert 0.88 <= ratio <= 1.65  # equal distributions: 2^1/2 in theory, for their slope is 0


@pytest.mark.parametrize("n", [22, 200])
def test_standard_error_is_the_spread_of_fresh_draws(n):
    values, errors = fresh("falling", n, 200, scale=1.3, shift=1.0)
    assert (errors.mean() / values.std()).item() == pytest.approx(1.0, abs=0.12)


def test_with_few_images_of_little_spread_the_published_formula_is_too_narrow_and_this_one_is_not():
    """``pytest -s -k too_narrow`` prints the figures of docs/scores.md; a bootstrap's distances lie too far apart."""
    values, errors = fresh("flat", 22, 200, scale=0.5, shift=0.0)
    real = torch.randn(10_000, DIMENSION, generator=torch.Generator().manual_seed(1)).double()
    rng = torch.Generator().manual_seed(22)
    sets = [torch.randn(22, DIMENSION, generator=rng).double() / 2 for _ in range(60)]
    published = np.mean([first_order(real.numpy(), x.numpy()).std(ddof=1) / math.sqrt(22) for x in sets])
    resampled = np.mean([bootstrap_std(real_moments("flat"), x, resamples=20) for x in sets])
    ratios = [error / values.std().item() for error in (published, errors.mean().item(), resampled)]
    print("of the true error: first order {:.2f}, each left out {:.2f}, 20 resamples {:.2f}".format(*ratios))
    assert ratios[0] < 0.6 < 0.9 < ratios[1] < 1.6 < ratios[2]
