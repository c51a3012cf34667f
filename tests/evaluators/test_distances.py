"""Kernel distance, precision, recall, density and coverage against independent implementations."""

import math

import numpy as np
import pytest
import torch
from builders.features import plain_features
from prdc import compute_prdc

from evaluators import kid, neighbours
from evaluators.kid import KernelDistanceEfficientNetLite0, polynomial_kernel, unbiased_mmd
from evaluators.precision_recall import Coverage, Density, Precision, Recall, neighbourhoods

REAL, GENERATED = plain_features(300, 0), plain_features(280, 1, 0.9, 0.1)


def direct_mmd(real, generated):
    """Gretton's eq. 3 as it stands there."""
    n, m = len(real), len(generated)
    a, b, c = (polynomial_kernel(x, y) for x, y in ((real, real), (generated, generated), (real, generated)))
    return ((a.sum() - a.trace()) / (n * (n - 1)) + (b.sum() - b.trace()) / (m * (m - 1)) - 2 * c.mean()).item()


def without(x, i):
    return torch.cat([x[:i], x[i + 1 :]])


def test_kernel_is_the_cubic_one():
    x, y = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [0.0, -2.0]])
    assert polynomial_kernel(x, y).tolist() == [[(11 / 2 + 1) ** 3, (-4 / 2 + 1) ** 3]]


def test_kernel_distance_is_the_direct_sum():
    assert unbiased_mmd(REAL, GENERATED).value == pytest.approx(direct_mmd(REAL, GENERATED), rel=1e-9)


def test_kernel_distance_agrees_with_torch_fidelity():
    from torch_fidelity.metric_kid import kid_features_to_metric

    generated = plain_features(300, 1, 0.9, 0.1)  # with other numbers of images theirs takes subsets
    theirs = kid_features_to_metric(REAL, generated, kid_subsets=1, kid_subset_size=300, verbose=False)
    expected = theirs["kernel_inception_distance_mean"]
    assert unbiased_mmd(REAL, generated).value == pytest.approx(expected, rel=1e-6)


def test_kernel_distances_error_is_the_jackknifes():
    real, generated = REAL[:40], GENERATED[:30]
    spread_real = np.var([direct_mmd(without(real, i), generated) for i in range(40)]) * 39
    spread_generated = np.var([direct_mmd(real, without(generated, i)) for i in range(30)]) * 29
    expected = math.sqrt(spread_real + spread_generated)
    assert unbiased_mmd(real, generated).error == pytest.approx(expected, rel=1e-6)


def test_kernel_distance_of_one_distribution_is_zero_on_average_and_its_error_tells_its_spread():
    found = [unbiased_mmd(plain_features(60, 2 * seed), plain_features(60, 2 * seed + 1)) for seed in range(60)]
    values, errors = np.array([(estimate.value, estimate.error) for estimate in found]).T
    assert abs(values.mean()) < 3 * values.std() / math.sqrt(60)
    assert 0.6 < errors.mean() / values.std() < 1.6
    assert unbiased_mmd(REAL, plain_features(280, 1, shift=0.5)).value > 10 * abs(values.mean())


@pytest.mark.parametrize("rows", [7, 1_000])
def test_chunks_change_nothing(rows, monkeypatch):
    whole = unbiased_mmd(REAL, GENERATED), neighbourhoods(REAL, GENERATED, 5)
    monkeypatch.setattr(kid, "CHUNK", rows)
    monkeypatch.setattr(neighbours, "ROWS", rows)
    found = unbiased_mmd(REAL, GENERATED)
    assert (found.value, found.error) == pytest.approx((whole[0].value, whole[0].error), rel=1e-9)
    again = neighbourhoods(REAL, GENERATED, 5)
    assert all(torch.equal(getattr(again, name), getattr(whole[1], name)) for name in vars(again))


@pytest.mark.parametrize(
    ("real", "generated"),
    [
        (REAL, GENERATED),
        (REAL, plain_features(300, 2, scale=0.1)),
        (plain_features(100, 3, scale=0.3), plain_features(150, 4, shift=0.4)),
        (REAL, plain_features(300, 5, shift=9.0)),
    ],
)
def test_manifold_scores_agree_with_prdc(real, generated):
    expected = compute_prdc(real.numpy(), generated.numpy(), 5)
    for cls, name in ((Precision, "precision"), (Recall, "recall"), (Density, "density"), (Coverage, "coverage")):
        evaluator = cls(lambda rows: rows)
        evaluator.update(real, None, real=True)
        evaluator.update(generated, None, real=False)
        assert evaluator.compute().value == pytest.approx(expected[name], abs=1e-6)


@pytest.mark.parametrize(("cls", "least"), [(Precision, 7), (Coverage, 7), (KernelDistanceEfficientNetLite0, 3)])
def test_too_few_images_are_refused_with_both_numbers(cls, least):
    for real, generated in ((least - 1, 50), (50, least - 1)):
        evaluator = cls(lambda rows: rows)
        evaluator.update(REAL[:real], None, real=True)
        evaluator.update(GENERATED[:generated], None, real=False)
        with pytest.raises(ValueError, match=rf"saw {real} real and {generated} generated images; it needs at least"):
            evaluator.compute()
