"""R4's models are what the report says: layers, counts, losses on inputs worked out by hand."""

import math

import pytest
import torch
from layers_of import MULTI_LABEL, count, logits_handed_in, shapes_of
from torch import nn
from torch.nn.functional import logsigmoid

from benchmark.definitions.model_settings import model_config
from benchmark.tasks import TASKS
from reference_models.acgan_iclevr import ACGANIclevr
from reference_models.cdcgan_iclevr import CDCGANIclevr
from reference_models.wgan_iclevr import WGANIclevr


@pytest.fixture
def r4():
    torch.manual_seed(0)
    return CDCGANIclevr(CDCGANIclevr.Config(conditions=MULTI_LABEL))


def test_r4_generator_has_the_reports_layers(r4):
    shapes = shapes_of(r4.generator.layers, torch.randn(2, 300, 1, 1), nn.ConvTranspose2d)
    assert shapes == [(512, 4), (256, 8), (128, 16), (64, 32), (3, 64)]
    kernels = [300 * 512, 512 * 256, 256 * 128, 128 * 64, 64 * 3]
    assert count(r4.generator) == 24 * 200 + 200 + 16 * sum(kernels) + 2 * (512 + 256 + 128 + 64)
    assert isinstance(r4.generator.layers[-1], nn.Tanh)


def test_r4_discriminator_has_the_reports_layers(r4):
    shapes = shapes_of(r4.discriminator.layers, torch.randn(2, 4, 64, 64), nn.Conv2d)
    assert shapes == [(64, 32), (128, 16), (256, 8), (512, 4), (1, 1)]
    kernels = [4 * 64, 64 * 128, 128 * 256, 256 * 512, 512]
    norms = 2 * (64 + 128 + 256 + 512)
    assert count(r4.discriminator) == 24 * 4096 + 4096 + 16 * sum(kernels) + norms + 1  # the last convolution's bias
    slopes = {layer.negative_slope for layer in r4.discriminator.modules() if isinstance(layer, nn.LeakyReLU)}
    assert slopes == {0.01}


def first_input(network, *inputs):
    """What a network's first convolution gets."""
    seen = []
    network.layers[0].register_forward_hook(lambda _module, given, _output: seen.append(given[0]))
    network(*inputs)
    return seen[0]


def test_r4_generator_joins_the_noise_to_200_numbers_without_activation(r4):
    latent, condition = torch.randn(2, 100), torch.eye(24)[:2]
    linear = r4.generator.condition
    wanted = torch.cat([latent, condition @ linear.weight.T + linear.bias], dim=1)
    torch.testing.assert_close(first_input(r4.generator, latent, condition).flatten(1), wanted)


def test_r4_discriminator_sees_the_condition_as_one_more_colour(r4):
    images, condition = torch.randn(2, 3, 64, 64), torch.eye(24)[:2]
    linear = r4.discriminator.condition
    plane = (condition @ linear.weight.T + linear.bias).reshape(2, 1, 64, 64)
    torch.testing.assert_close(first_input(r4.discriminator, images, condition), torch.cat([images, plane], dim=1))


def test_r4_losses_are_cross_entropies_of_the_sigmoid(r4):
    logits_handed_in(r4)
    real, fake = torch.tensor([0.0, 2.0]), torch.tensor([0.0, -1.0])
    losses = r4.discriminator_loss(real, fake, None)
    assert losses["real"].item() == pytest.approx((math.log(2) + math.log(1 + math.exp(-2))) / 2)
    assert losses["fake"].item() == pytest.approx((math.log(2) + math.log(1 + math.exp(-1))) / 2)
    assert r4.generator_loss(real, fake, None)["fake"].item() == pytest.approx((math.log(2) + math.log(1 + math.e)) / 2)


@pytest.mark.parametrize("c_dim", [100, 400])
def test_r4_variants_change_the_conditions_length_and_nothing_else(r4, c_dim):
    config = model_config(f"cdcgan_iclevr:c_dim_{c_dim}", TASKS["iclevr"])
    assert config == CDCGANIclevr.Config(conditions=MULTI_LABEL, c_dim=c_dim)
    grown = count(CDCGANIclevr(config)) - count(r4)
    assert grown == (c_dim - 200) * (24 + 1 + 16 * 512)


@pytest.fixture
def acgan():
    torch.manual_seed(0)
    return ACGANIclevr(ACGANIclevr.Config(conditions=MULTI_LABEL))


def test_r4_acgan_has_the_same_generator_and_one_more_output(acgan, r4):
    assert count(acgan.generator) == count(r4.generator)
    plane, first_kernel_of_it, classes = 24 * 4096 + 4096, 16 * 64, 24 * (16 * 512 + 1)
    assert count(acgan.discriminator) == count(r4.discriminator) - plane - first_kernel_of_it + classes
    source, logits = acgan.discriminator(torch.randn(2, 3, 64, 64))
    assert (source.shape, logits.shape) == ((2,), (2, 24))


def test_r4_acgan_losses_are_those_of_source_and_classes(acgan):
    acgan.discriminator.forward = lambda images: (images[:, 0], images[:, 1:])
    acgan.config = ACGANIclevr.Config(conditions=MULTI_LABEL, class_weight=0.5)
    real, fake = torch.randn(3, 25), torch.randn(3, 25)
    condition = torch.eye(24)[:3]
    losses = acgan.discriminator_loss(real, fake, condition)
    assert losses["real"].item() == pytest.approx(-logsigmoid(real[:, 0]).mean().item())
    assert losses["fake"].item() == pytest.approx(-logsigmoid(-fake[:, 0]).mean().item())
    right = torch.where(condition > 0, logsigmoid(real[:, 1:]), logsigmoid(-real[:, 1:]))
    assert losses["real_classes"].item() == pytest.approx(-0.5 * right.mean().item())
    assert set(losses) == {"real", "fake", "real_classes", "fake_classes"}
    ours = acgan.generator_loss(real, fake, condition)
    assert ours["fake"].item() == pytest.approx(-logsigmoid(fake[:, 0]).mean().item())
    assert ours["fake_classes"].item() == losses["fake_classes"].item()


def test_r4_wgan_differs_by_the_four_changes_only(r4):
    torch.manual_seed(0)
    wgan = WGANIclevr(WGANIclevr.Config(conditions=MULTI_LABEL))
    assert all(torch.equal(a, b) for a, b in zip(wgan.state_dict().values(), r4.state_dict().values(), strict=True))
    assert wgan.config.learning_rate == r4.config.learning_rate
    assert {type(optimizer) for optimizer in wgan.optimizers().values()} == {torch.optim.RMSprop}
    losses = logits_handed_in(wgan).discriminator_loss(torch.tensor([3.0, 1.0]), torch.tensor([0.5, -0.5]), None)
    assert {name: loss.item() for name, loss in losses.items()} == {"wasserstein": -2.0}
    wgan.after_discriminator_update()
    assert max(p.abs().max().item() for p in wgan.discriminator.parameters()) == pytest.approx(0.02)
