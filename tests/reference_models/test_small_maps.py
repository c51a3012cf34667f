"""Convolutions of small maps as matrix products."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from reference_models.layers import Collapse
from reference_models.small_maps import Doubling, Halving


def general(layer, x):
    """The same layer by the library's own algorithm."""
    if isinstance(layer, nn.ConvTranspose2d):
        return F.conv_transpose2d(x, layer.weight, layer.bias, layer.stride, layer.padding)
    return F.conv2d(x, layer.weight, layer.bias, layer.stride, layer.padding)


LAYERS = {
    "halving": (lambda: Halving(3, 5), 8),
    "halving without a bias": (lambda: Halving(3, 5, bias=False), 4),
    "halving of a large map": (lambda: Halving(3, 5), 16),
    "doubling": (lambda: Doubling(3, 5), 4),
    "doubling of a large map": (lambda: Doubling(3, 5), 8),
    "collapse": (lambda: Collapse(3, 5, 4), 4),
}


@pytest.fixture(params=LAYERS)
def case(request):
    torch.manual_seed(0)
    make, size = LAYERS[request.param]
    return make().double(), torch.randn(2, 3, size, size, dtype=torch.float64, requires_grad=True)


def test_a_product_gives_what_the_convolution_gives_with_the_same_gradients(case):
    layer, x = case
    ours, theirs = layer(x), general(layer, x)
    torch.testing.assert_close(ours, theirs)
    push = torch.randn_like(theirs)
    torch.testing.assert_close(
        torch.autograd.grad(ours, (x, *layer.parameters()), push),
        torch.autograd.grad(theirs, (x, *layer.parameters()), push),
    )


def test_a_gradient_penalty_through_a_product_is_that_through_the_convolution(case):
    layer, x = case

    def penalty_gradients(y):
        (slope,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
        return torch.autograd.grad(slope.square().sum(), (x, layer.weight))

    torch.testing.assert_close(penalty_gradients(layer(x)), penalty_gradients(general(layer, x)))


@pytest.mark.parametrize(("make", "size"), [LAYERS["halving"], LAYERS["doubling"]])
def test_only_small_maps_on_a_cpu_are_products(make, size, monkeypatch):
    layer, taken = make(), []
    base = type(layer).__base__
    monkeypatch.setattr(base, "forward", lambda _, x, *rest: taken.append(tuple(x.shape)) or x)
    layer(torch.randn(1, 3, size, size))
    assert taken == []
    layer(torch.randn(1, 3, 2 * size, 2 * size))
    layer(torch.randn(1, 3, size, size, device="meta"))
    assert taken == [(1, 3, 2 * size, 2 * size), (1, 3, size, size)]
