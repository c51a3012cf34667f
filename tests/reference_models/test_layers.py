"""Layers and penalties that several models share."""

import math

import pytest
import torch
from torch import nn

from reference_models.layers import Project, doubling, downsample, planes, upsample
from reference_models.wasserstein import gradient_penalty


def test_gradient_penalty_of_a_linear_critic_is_known():
    """D(x) = w.x has the gradient w everywhere: the penalty is (|w| - 1)^2."""
    images = torch.randn(5, 3, 4, 4)
    penalty = gradient_penalty(lambda x: 0.5 * x.flatten(1).sum(dim=1), images, -images)
    assert penalty.item() == pytest.approx((0.5 * math.sqrt(48) - 1) ** 2, rel=1e-5)


def test_gradient_penalty_looks_between_real_and_fake():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.flatten(1).sum(dim=1)

    torch.manual_seed(0)
    gradient_penalty(critic, torch.ones(50, 1, 2, 2), torch.zeros(50, 1, 2, 2))
    mix = seen[0].flatten(1)
    assert torch.equal(mix, mix[:, :1].expand_as(mix))
    assert 0 <= mix.min() < 0.1 < 0.9 < mix.max() <= 1


@pytest.mark.parametrize("bias", [True, False])
def test_projection_is_the_transposed_convolution_it_replaces(bias):
    torch.manual_seed(0)
    ours, theirs = Project(7, 5, 4, 1, 0, bias=bias), nn.ConvTranspose2d(7, 5, 4, 1, 0, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(3, 7, 1, 1)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("size", [8, 16, 32, 64, 128])
def test_generators_and_discriminators_reach_any_power_of_two(size):
    images = upsample(10, 4, size)(torch.randn(2, 10, 1, 1))
    assert images.shape == (2, 3, size, size)
    features = downsample([3, *doubling(4, size)], slope=0.2, normalise_from=1)(images)
    assert features.shape == (2, 4 * size // 8, 4, 4)


def test_batch_norm_begins_where_it_is_requested_to_and_takes_the_bias_away():
    layers = downsample([3, 4, 8], slope=0.2, normalise_from=1)
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    assert [layer.bias is None for layer in convolutions] == [False, True]
    assert [layer.num_features for layer in layers if isinstance(layer, nn.BatchNorm2d)] == [8]


def test_planes_repeat_the_condition_at_every_position():
    joined = planes(torch.zeros(1, 3, 2, 2), torch.tensor([[1.0, 2.0]]))
    assert joined.shape == (1, 5, 2, 2)
    assert joined[0, 3:].flatten(1).tolist() == [[1.0] * 4, [2.0] * 4]
