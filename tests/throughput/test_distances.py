"""What is timed against each other computes the same."""

import pytest
from builders.features import features

from benchmark.throughput.distances import (
    frechet,
    frechet_error,
    manifold,
    plain_frechet,
    plain_manifold,
    resampled_error,
)
from benchmark.throughput.features import features as measured

REAL, GENERATED = features(400, seed=1), features(300, seed=2, shift=0.4)


@pytest.mark.filterwarnings("ignore:The `disp` argument is deprecated:DeprecationWarning")
def test_the_plain_frechet_distance_is_pytorch_fids_and_ours():
    import numpy as np
    from pytorch_fid.fid_score import calculate_frechet_distance

    real, generated = REAL.double().numpy(), GENERATED.double().numpy()
    moments = (real.mean(0), np.cov(real, rowvar=False), generated.mean(0), np.cov(generated, rowvar=False))
    expected = pytest.approx(calculate_frechet_distance(*moments), rel=1e-9)
    assert plain_frechet(REAL, GENERATED) == expected
    assert frechet(REAL, GENERATED) == expected


def test_both_coverages_are_equal(capsys):
    assert 0.1 < manifold(REAL, GENERATED) == plain_manifold(REAL, GENERATED) < 1


def test_both_standard_errors_of_a_distance_are_alike():
    assert frechet_error(REAL, GENERATED) == pytest.approx(resampled_error(REAL, GENERATED), rel=0.5)


def test_the_backbone_is_timed_beside_torch_with_how_far_they_differ(monkeypatch):
    monkeypatch.setattr("benchmark.throughput.features.IMAGES", 2)
    monkeypatch.setattr("benchmark.throughput.features.ROUNDS", 3)
    (row,) = measured()
    assert 0 < row["least"] <= row["ratio"] <= row["greatest"]
    assert row["images/s"] > 0 < row["images/s by torch"]
    assert 0 < row["relative difference"] < 1e-5
