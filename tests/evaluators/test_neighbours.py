"""Float32's speed with float64's answers: also where many distances are nearly or exactly equal."""

import pytest
import torch

from evaluators import neighbours
from evaluators.neighbours import Pairs, nearest


def clouds(case):
    rng = torch.Generator().manual_seed(1)
    x, y = (torch.randn(n, 24, generator=rng, dtype=torch.float64) for n in (150, 170))
    if case == "far from zero":
        return x + 1e4, y + 1e4
    if case == "nearly equal distances":
        return torch.nn.functional.normalize(x) * 1e-4, torch.nn.functional.normalize(y)
    if case == "on a lattice":
        return x.round(), y.round()
    if case == "duplicates":
        return x[:10].repeat(15, 1), torch.cat([x[:10], y])
    return x, y


CASES = ["plain", "far from zero", "nearly equal distances", "on a lattice", "duplicates"]


def all_distances(x, y):
    return torch.stack([torch.linalg.vector_norm(row - y, dim=1) for row in x])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("count", [1, 3, 6])
def test_nearest_are_those_of_float64(case, count):
    x, y = clouds(case)
    expected = all_distances(x, y).sort(dim=1).values[:, :count]
    torch.testing.assert_close(nearest(x, y, count), expected, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_within_a_radius_is_as_in_float64_even_if_the_radius_is_a_distance(case):
    x, y = clouds(case)
    expected = all_distances(x, y)
    pairs = Pairs(x, y)
    (rows,) = pairs.stretches()
    rough = pairs.rough(rows)
    for radii in (expected[:, 7, None], expected[5], expected.median().expand(len(y))):
        found = pairs.within(rows, rough, radii)
        assert torch.equal(found, expected < radii)


def test_float32_alone_would_err(monkeypatch):
    """So that the tests above test something."""
    x, y = clouds("nearly equal distances")
    expected = all_distances(x, y)
    monkeypatch.setattr(neighbours, "ROUNDING", 0.0)
    pairs = Pairs(x, y)
    (rows,) = pairs.stretches()
    assert not torch.equal(pairs.within(rows, pairs.rough(rows), expected[:, 7, None]), expected < expected[:, 7, None])


def test_asking_for_all_gives_all():
    x, y = clouds("plain")
    torch.testing.assert_close(nearest(x, y, len(y)), all_distances(x, y).sort(dim=1).values)
