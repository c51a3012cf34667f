"""The models are what their reports say: layers, counts, losses on inputs worked out by hand."""

import math

import pytest
import torch
from torch import nn

from reference_models.base import ConditionSpace
from reference_models.cdcgan_iclevr import CDCGANIclevr
from reference_models.layers import Project
from reference_models.wgan_gp_hardest_negative import WGANGPHardestNegative, gradient_penalty, wrong_condition

MULTI_LABEL = ConditionSpace(kind="multi_label", sizes=(24,))
ATTRIBUTES = ConditionSpace(kind="attributes", sizes=(12, 11))


def count(module):
    return sum(p.numel() for p in module.parameters())


def shapes_of(layers, x, kinds):
    """(channels, size) after each layer of the kinds."""
    found = []
    for layer in layers:
        x = layer(x)
        if isinstance(layer, kinds):
            found.append(tuple(x.shape[1:3]))
    return found


@pytest.fixture
def r4():
    torch.manual_seed(0)
    return CDCGANIclevr(CDCGANIclevr.Config(conditions=MULTI_LABEL))


@pytest.fixture
def r1():
    torch.manual_seed(0)
    return WGANGPHardestNegative(WGANGPHardestNegative.Config(conditions=ATTRIBUTES))


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
    assert count(r4.discriminator) == 24 * 4096 + 4096 + 16 * sum(kernels) + norms
    slopes = {layer.negative_slope for layer in r4.discriminator.modules() if isinstance(layer, nn.LeakyReLU)}
    assert slopes == {0.01}


def test_r4_weights_are_drawn_as_reported(r4):
    convolutions = [m for m in r4.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    norms = [m for m in r4.modules() if isinstance(m, nn.BatchNorm2d)]
    for layer in convolutions:
        tolerance = 0.02 * 4 / math.sqrt(2 * layer.weight.numel())
        assert layer.weight.std().item() == pytest.approx(0.02, abs=tolerance)
        assert layer.bias is None
    assert torch.cat([n.weight for n in norms]).mean().item() == pytest.approx(1, abs=0.003)
    assert torch.cat([n.weight for n in norms]).std().item() == pytest.approx(0.02, abs=0.003)
    assert all(not n.bias.any() for n in norms)


def test_r4_losses_are_cross_entropies_of_the_sigmoid(r4):
    r4.discriminator.forward = lambda images, condition: images  # logits handed in directly
    real, fake = torch.tensor([0.0, 2.0]), torch.tensor([0.0, -1.0])
    losses = r4.discriminator_loss(real, fake, None)
    assert losses["real"].item() == pytest.approx((math.log(2) + math.log(1 + math.exp(-2))) / 2)
    assert losses["fake"].item() == pytest.approx((math.log(2) + math.log(1 + math.exp(-1))) / 2)
    assert r4.generator_loss(fake, None)["fake"].item() == pytest.approx((math.log(2) + math.log(1 + math.e)) / 2)


def test_r4_settings_are_the_reports(r4):
    config = r4.config
    assert (config.learning_rate, config.batch_size, config.latent_dim, config.c_dim) == (1e-4, 64, 100, 200)
    assert config.betas == (0.5, 0.99)
    assert CDCGANIclevr.report_updates == 200 * math.ceil(18_009 / 64)


def test_r1_generator_has_the_reports_layers(r1):
    shapes = shapes_of(r1.generator.layers, torch.randn(2, 123, 1, 1), nn.ConvTranspose2d)
    assert shapes == [(512, 4), (256, 8), (128, 16), (64, 32), (3, 64)]
    norms = [m.num_features for m in r1.generator.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms == [512, 256, 128, 64]
    strides = {m.stride for m in r1.generator.modules() if isinstance(m, nn.ConvTranspose2d)}
    assert strides == {(2, 2)}


def test_r1_critic_has_the_reports_layers_and_no_batch_norm(r1):
    critic = r1.discriminator
    assert shapes_of(critic.trunk, torch.randn(2, 3, 64, 64), nn.Conv2d) == [
        (32, 32),
        (64, 16),
        (128, 8),
        (256, 4),
    ]
    assert shapes_of(critic.head, torch.randn(2, 279, 4, 4), nn.Conv2d) == [(128, 4), (128, 1)]
    assert not any(isinstance(m, nn.BatchNorm2d) for m in critic.modules())


def test_r1_critic_sees_the_condition_at_every_position(r1):
    condition = torch.eye(23)[:2]
    features = torch.zeros(2, 256, 4, 4)
    seen = []
    r1.discriminator.head[0].register_forward_hook(lambda _m, args, _o: seen.append(args[0]))
    r1.discriminator.score(features, condition)
    assert torch.equal(seen[0][:, 256:], condition[:, :, None, None].expand(2, 23, 4, 4))


def test_r1_negative_is_the_harder_of_the_two(r1):
    unreal, wrong = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.0, 3.0, 0.5])
    assert r1.negative(unreal, wrong).tolist() == [1.0, 3.0, 0.5]


def test_r1_losses_follow_the_reports_objective(r1, monkeypatch):
    """D(x, c) = 5, D(G, c) = 1, D(x, c') = 2 in every row, gradient 0: loss = 2 - 5, penalty = 10 (0 - 1)^2."""

    class Critic(nn.Module):
        def trunk(self, images):
            return images.mean(dim=(1, 2, 3))

        def score(self, features, condition):
            return torch.where(features > 0, torch.where(condition[:, 0] > 0, 5.0, 2.0), 1.0)

        def forward(self, images, condition):
            return (images * 0).sum(dim=(1, 2, 3))

    r1.discriminator = Critic()
    condition = r1.encode(torch.zeros(4, 2))
    monkeypatch.setattr("reference_models.wgan_gp_hardest_negative.wrong_condition", lambda c, space: 1 - c)
    losses = r1.discriminator_loss(torch.ones(4, 3, 8, 8), -torch.ones(4, 3, 8, 8), condition)
    assert losses["wasserstein"].item() == -3
    assert losses["gradient_penalty"].item() == 10


def test_wrong_conditions_are_never_right_and_cover_all_others():
    torch.manual_seed(0)
    space = ConditionSpace(kind="attributes", sizes=(3, 2))
    right = torch.tensor([[0.0, 1, 0, 1, 0]]).expand(6_000, 5)
    wrong = wrong_condition(right, space)
    assert torch.equal(wrong.sum(dim=1), torch.full((6_000,), 2.0))
    rows, counts = wrong.unique(dim=0, return_counts=True)
    assert len(rows) == 5
    assert not (rows == right[0]).all(dim=1).any()
    assert counts.min() > 1_050


def test_gradient_penalty_of_a_linear_critic_is_known():
    """D(x) = w.x has the gradient w everywhere: the penalty is (|w| - 1)^2."""
    images = torch.randn(5, 3, 4, 4)
    penalty = gradient_penalty(lambda x, _: 0.5 * x.flatten(1).sum(dim=1), images, -images, None)
    assert penalty.item() == pytest.approx((0.5 * math.sqrt(48) - 1) ** 2, rel=1e-5)


def test_gradient_penalty_looks_between_real_and_fake():
    seen = []

    def critic(x, _):
        seen.append(x.detach())
        return x.flatten(1).sum(dim=1)

    torch.manual_seed(0)
    gradient_penalty(critic, torch.ones(50, 1, 2, 2), torch.zeros(50, 1, 2, 2), None)
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
