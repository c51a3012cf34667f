"""Distances between features, next to the packages that papers are made with."""

import pytest

from benchmark.throughput.side import Side

IMAGES, DIMENSION = 5_000, 1_280  # of a score under the standard protocol
PACKAGES = {  # of each distance: name of the package, module that it needs, function
    "frechet": {
        "pytorch-fid": ("pytorch_fid", "pytorch_fid"),
        "torch-fidelity": ("torch_fidelity", "torch_fidelity"),
        "torchmetrics": ("torchmetrics", "torchmetrics_fid"),
        "clean-fid": ("cleanfid", "clean_fid"),
    },
    "kid": {
        "torch-fidelity": ("torch_fidelity", "torch_fidelity_kid"),
        "torchmetrics, float32": ("torchmetrics", "torchmetrics_kid"),
        "clean-fid": ("cleanfid", "clean_kid"),
    },
    "manifold": {"prdc": ("prdc", "prdc"), "torch-fidelity, float32": ("torch_fidelity", "torch_fidelity_prc")},
}


@pytest.mark.benchmark(group="distances")
@pytest.mark.parametrize("distance", PACKAGES)
def test_distance(timed, distance):
    others = [of(function, name, needs) for name, (needs, function) in PACKAGES[distance].items()]
    timed(of(distance, "ours"), *others)


@pytest.mark.benchmark(group="distances")
def test_interval_of_frechet_distance(timed):
    timed(of("frechet_error", "ours"), of("resampled_error", "20 resamples"))


def of(function, name, *needs):
    given = {"distance": function, "images": IMAGES, "dimension": DIMENSION}
    return Side(name, "distances.timed", given, needs)
