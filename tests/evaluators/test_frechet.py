"""The Frechet distance: closed forms, a slow independent computation, and the refusal of too few images."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from builders.features import D, distance, features, frechet_score, moments

from evaluators.frechet import (
    frechet_distance,
    symmetric_root,
)


def slow_distance(a, b):
    """Straight from the definition, with the matrix square root of the product."""
    a, b = a.double().numpy(), b.double().numpy()
    c1, c2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(c1 @ c2).real
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c1 + c2 - 2 * root)


def test_streamed_moments_agree_with_numpy_even_far_from_zero():
    x = features().double() + 1e6
    found = moments(x, batch=7)
    np.testing.assert_allclose(found.mean, x.numpy().mean(0), rtol=1e-14)
    np.testing.assert_allclose(found.covariance, np.cov(x.numpy(), rowvar=False), rtol=1e-7, atol=1e-7)


def test_distance_agrees_with_a_slow_computation():
    a, b = features(seed=1), features(seed=2, shift=0.5) * 1.3
    assert distance(a, b) == pytest.approx(slow_distance(a, b), rel=1e-9)


@pytest.mark.filterwarnings("ignore:The `disp` argument is deprecated:DeprecationWarning")  # of scipy, by pytorch-fid
@pytest.mark.parametrize("shift", [0.0, 0.5, 20.0])
def test_distance_agrees_with_pytorch_fid_and_torch_fidelity(shift):
    from pytorch_fid.fid_score import calculate_frechet_distance
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    a, b = features(seed=1).double(), features(seed=2, shift=shift).double() * 1.3
    first, second = (fid_features_to_statistics(x) for x in (a, b))
    theirs = calculate_frechet_distance(first["mu"], first["sigma"], second["mu"], second["sigma"])
    assert distance(a, b) == pytest.approx(theirs, rel=1e-6)
    theirs = fid_statistics_to_metric(first, second, verbose=False)["frechet_inception_distance"]
    assert distance(a, b) == pytest.approx(theirs, rel=1e-6)


def test_distance_of_diagonal_gaussians_has_the_closed_form():
    rng = torch.Generator().manual_seed(3)
    m1, m2, s1, s2 = torch.rand(4, D, generator=rng).double()
    expected = (m1 - m2).square().sum() + (s1 - s2).square().sum()
    found = frechet_distance(m1, torch.diag(s1**2), m2, torch.diag(s2**2))
    assert found == pytest.approx(expected.item(), rel=1e-12)


def test_distance_to_itself_is_zero_and_both_ways_equal():
    a, b = features(seed=1), features(seed=2, shift=1.0)
    assert distance(a, a) == pytest.approx(0.0, abs=1e-9)
    assert distance(a, b) == pytest.approx(distance(b, a), rel=1e-10)


def test_distance_grows_as_the_square_of_a_shift():
    a = features(seed=1)
    assert distance(a, a + 1.0) == pytest.approx(D, rel=1e-6)
    assert distance(a, a + 3.0) == pytest.approx(9 * D, rel=1e-6)


def test_singular_covariances_are_no_special_case():
    flat = torch.zeros(D, D, dtype=torch.float64)
    full = moments(features()).covariance
    zero = torch.zeros(D, dtype=torch.float64)
    assert frechet_distance(zero, flat, zero, full) == pytest.approx(full.trace().item(), rel=1e-12)


def test_symmetric_root_squared_is_the_matrix():
    covariance = moments(features()).covariance
    root = symmetric_root(covariance)
    torch.testing.assert_close(root @ root, covariance)
    torch.testing.assert_close(root, root.T)


def test_interval_narrows_with_the_root_of_the_number_of_images():
    real = features(4000, seed=1)
    few = frechet_score(real, features(200, seed=2, shift=1))
    many = frechet_score(real, features(3200, seed=3, shift=1))
    widths = [score.interval[1] - score.interval[0] for score in (few, many)]
    assert 3.0 < widths[0] / widths[1] < 5.0  # 4 in theory


REAL, DRAWN = "compare with more real images", "give more generated ones"


@pytest.mark.parametrize(
    ("real", "generated", "remedy"),
    [(D, 200, REAL), (200, D, DRAWN), (0, 200, REAL), (200, 0, DRAWN), (0, 0, f"{REAL} and {DRAWN}")],
)
def test_too_few_images_are_refused_with_both_numbers_and_a_remedy_for_the_kind_that_lacks(real, generated, remedy):
    match = f"saw {real} real and {generated} generated images; .* need at least [0-9]+ of each; {remedy}, or take"
    with pytest.raises(ValueError, match=match):
        frechet_score(features(real), features(generated))


def test_one_image_more_than_dimensions_is_enough():
    assert frechet_score(features(D + 1, seed=1), features(D + 1, seed=2)).value > 0
