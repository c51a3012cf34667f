"""The Monge distance: against POT, closed forms, each image left out, and the spread over other images."""

import pytest
import torch

from evaluators.mind import MongeDistanceEfficientNetLite0, coupling, directions_of, sliced_wasserstein


def samples(seed, n, dimension=5, shift=0.0, spread=1.0):
    random = torch.Generator().manual_seed(seed)
    return shift + spread * torch.randn(n, dimension, generator=random, dtype=torch.float64)


@pytest.mark.parametrize(("n", "m"), [(40, 40), (40, 25), (12, 31)])
def test_it_agrees_with_python_optimal_transport(n, m, monkeypatch):
    monkeypatch.setenv("POT_BACKEND_DISABLE_TENSORFLOW", "1")
    import ot

    real, generated, directions = samples(0, n), samples(1, m, shift=0.5, spread=0.6), directions_of(5, 30)
    theirs = ot.sliced_wasserstein_distance(real.numpy(), generated.numpy(), projections=directions.numpy(), p=2)
    assert sliced_wasserstein(real, generated, directions).value == pytest.approx(theirs**2, rel=1e-9)


def test_shifted_images_are_as_far_as_the_shift_along_each_direction():
    real, directions = samples(0, 50), directions_of(5, 400)
    shift = torch.tensor([0.3, 0.0, -0.4, 0.0, 1.2], dtype=torch.float64)
    found = sliced_wasserstein(real, real + shift, directions).value
    assert found == pytest.approx((shift @ directions).square().mean().item(), rel=1e-9)
    assert found == pytest.approx(shift.square().sum().item() / 5, rel=0.2)


def test_equal_images_have_no_distance_in_any_order_and_repeated_ones_neither():
    real = samples(0, 30)
    for same in (real, real.flip(0), real.repeat(3, 1)):
        assert sliced_wasserstein(real, same, directions_of(5, 20)).value == pytest.approx(0, abs=1e-12)


def test_the_coupling_moves_each_points_mass_once():
    to, of, masses = coupling(7, 4)
    assert torch.zeros(7).double().index_add(0, to, masses) == pytest.approx(torch.full((7,), 1 / 7).double())
    assert torch.zeros(4).double().index_add(0, of, masses) == pytest.approx(torch.full((4,), 1 / 4).double())
    assert (to.diff() >= 0).all()
    assert (of.diff() >= 0).all()


def test_an_images_influence_is_what_leaving_it_out_takes_away():
    real, generated, directions = samples(0, 400), samples(1, 300, shift=0.4, spread=0.8), directions_of(5, 40)
    found = sliced_wasserstein(real, generated, directions)
    chosen = range(0, 300, 10)
    left_out = torch.stack([torch.arange(300) != i for i in chosen])
    without = [sliced_wasserstein(real, generated[kept], directions).value for kept in left_out]
    adds = 299 * (found.value - torch.tensor(without, dtype=torch.float64))
    assert torch.corrcoef(torch.stack([adds, found.influences[list(chosen)]]))[0, 1] > 0.99
    assert found.influences[list(chosen)].std().item() == pytest.approx(adds.std().item(), rel=0.1)


def test_its_interval_is_as_wide_as_other_images_move_it():
    real, directions = samples(0, 500), directions_of(5, 40)
    found = [sliced_wasserstein(real, samples(seed, 400, shift=0.3, spread=0.8), directions) for seed in range(1, 81)]
    values = torch.tensor([each.value for each in found], dtype=torch.float64)
    errors = torch.tensor([each.influences.std() / 400**0.5 for each in found])
    assert errors.mean().item() == pytest.approx(values.std().item(), rel=0.25)


def test_it_sees_what_mean_and_covariance_do_not_tell():
    """Two points and a normal distribution of the same mean and covariance."""
    real = samples(0, 2_000, dimension=2)
    pairs = torch.sign(samples(1, 2_000, dimension=2))
    evaluators = [MongeDistanceEfficientNetLite0(lambda rows: rows) for _ in range(2)]
    for evaluator, generated in zip(evaluators, (samples(2, 2_000, dimension=2), pairs), strict=True):
        evaluator.update(real, None, real=True)
        evaluator.update(generated, None, real=False)
    same, other = (evaluator.compute() for evaluator in evaluators)
    assert other.interval[0] > 10 * same.interval[1]
    assert other.outcomes[:, 0].mean().item() == pytest.approx(other.value)
