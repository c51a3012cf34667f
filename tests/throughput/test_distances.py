"""What is timed against each other computes the same."""

import pytest
from builders.features import features

from benchmark.throughput.distances import frechet, manifold, plain_frechet, plain_manifold

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
