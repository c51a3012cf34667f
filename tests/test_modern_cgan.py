"""The row to beat: its losses on inputs worked out by hand, its augmentation, and what the condition touches."""

import math

import pytest
import torch
from layers_of import ATTRIBUTES, MULTI_LABEL
from torch import nn

from reference_models.augmentation import flipped, shifted
from reference_models.modern_cgan import ModernCGAN


def made(conditions=ATTRIBUTES, **settings):
    torch.manual_seed(0)
    return ModernCGAN(ModernCGAN.Config(conditions=conditions, channels=4, **settings))


class Critic(nn.Module):
    """Scores the mean pixel, plus 1 if the first class is asked for; its gradient is 1 / (3 * 8 * 8) everywhere."""

    def trunk(self, images):
        return images.mean(dim=(1, 2, 3))[:, None]

    def score(self, features, condition):
        return features[:, 0] + condition[:, 0]

    def forward(self, images, condition):
        return self.score(self.trunk(images), condition)


@pytest.fixture
def handmade():
    model = made(MULTI_LABEL, max_shift=0)
    model.discriminator = Critic()
    return model


def test_losses_compare_real_with_fake_and_right_with_wrong(handmade):
    """Row 0 is asked for the first class, row 1 is not: right (2, 1), unreal (1, 0), wrong (1, 2)."""
    condition = torch.eye(24)[:2]
    real, fake = torch.ones(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)
    losses = handmade.discriminator_loss(real, fake, condition)

    def softplus(x):
        return math.log1p(math.exp(x))

    assert losses["relativistic"].item() == pytest.approx(softplus(-1))
    assert losses["mismatch"].item() == pytest.approx((softplus(-1) + softplus(1)) / 2)
    assert losses["gradient_penalty"].item() == pytest.approx(1 / (3 * 8 * 8))  # 192 pixels of (1 / 192)^2
    assert handmade.generator_loss(real, fake, condition)["relativistic"].item() == pytest.approx(softplus(1))


def test_the_generators_turn_asks_nothing_of_the_real_images():
    model = made()
    real = torch.rand(4, 3, 64, 64, requires_grad=True)
    fake = torch.rand(4, 3, 64, 64, requires_grad=True)
    losses = model.generator_loss(real, fake, model.encode(torch.zeros(4, 2)))
    sum(losses.values()).backward()
    assert real.grad is None
    assert fake.grad.any()


def test_shifting_moves_each_image_whole_by_whole_pixels():
    torch.manual_seed(0)
    images = torch.rand(64, 3, 16, 16)
    moved = shifted(images, 3)
    offsets = set()
    for before, after in zip(nn.functional.pad(images, (3, 3, 3, 3), value=-1.0), moved, strict=True):
        found = [(r, c) for r in range(7) for c in range(7) if torch.equal(before[:, r : r + 16, c : c + 16], after)]
        assert len(found) == 1
        offsets.add(found[0])
    assert {r for r, _ in offsets} == {c for _, c in offsets} == set(range(7))
    assert torch.equal(shifted(images, 0), images)


def test_flipping_turns_about_half_of_the_images():
    torch.manual_seed(0)
    images = torch.rand(400, 1, 2, 2)
    after = flipped(images)
    turned = (after == images.flip(3)).all(dim=(1, 2, 3))
    kept = (after == images).all(dim=(1, 2, 3))
    assert (turned | kept).all()
    assert 150 < turned.sum() < 250


@pytest.mark.parametrize("size", [16, 64])
def test_it_draws_any_power_of_two(size):
    model = made(image_size=size)
    condition = model.encode(torch.zeros(2, 2))
    images = model.generator(torch.randn(2, 100), condition)
    assert images.shape == (2, 3, size, size)
    assert model.discriminator(images, condition).shape == (2,)
