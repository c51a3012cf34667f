"""The row to beat: its losses on inputs worked out by hand, its augmentation, and what the condition touches."""

import math

import pytest
import torch
from layers_of import ATTRIBUTES, MULTI_LABEL
from torch import nn

from reference_models.modern_cgan import ModernCGAN, flipped, sensitivity, shifted
from reference_models.residual import DownBlock, StyledNorm, UpBlock


def made(conditions=ATTRIBUTES, **settings):
    torch.manual_seed(0)
    return ModernCGAN(ModernCGAN.Config(conditions=conditions, channels=4, **settings))


class Critic(nn.Module):
    """Scores the mean pixel, plus 1 if the first class is requested; its gradient is 1 / (3 * 8 * 8) everywhere."""

    def trunk(self, images):
        return images.mean(dim=(1, 2, 3))[:, None]

    def score(self, features, condition):
        return features[:, 0] + condition[:, 0]

    def forward(self, images, condition):
        return self.score(self.trunk(images), condition)


@pytest.fixture
def handmade():
    model = made(MULTI_LABEL, max_shift=0, penalty=1.0)
    model.discriminator = Critic()
    return model


def test_losses_compare_real_with_fake_and_right_with_wrong(handmade):
    """The first class is requested of row 0, not of row 1: right (2, 1), unreal (1, 0), wrong (1, 2)."""
    condition = torch.eye(24)[:2]
    real, fake = torch.ones(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)
    losses = handmade.discriminator_loss(real, fake, condition)

    def softplus(x):
        return math.log1p(math.exp(x))

    assert losses["relativistic"].item() == pytest.approx(softplus(-1))
    assert losses["mismatch"].item() == pytest.approx((softplus(-1) + softplus(1)) / 2)
    assert losses["gradient_penalty"].item() == pytest.approx(1 / (3 * 8 * 8))  # 192 pixels of (1 / 192)^2
    assert handmade.generator_loss(real, fake, condition)["relativistic"].item() == pytest.approx(softplus(1))


def test_the_gradient_is_penalised_at_real_and_at_generated_images_alike(handmade):
    """D(x) = mean(x)^2 has the squared gradient 4 mean^2 / pixels: 4 / 192 at ones, 16 / 192 at twos."""
    handmade.discriminator.score = lambda features, condition: features[:, 0].square()
    real, fake = torch.ones(2, 3, 8, 8), torch.full((2, 3, 8, 8), 2.0)
    losses = handmade.discriminator_loss(real, fake, torch.eye(24)[:2])
    r1, r2 = 4 / 192, 16 / 192
    assert losses["gradient_penalty"].item() == pytest.approx((r1 + r2) / 2, rel=1e-5)


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_the_critic_sees_real_and_generated_images_flipped_and_shifted_only(handmade, player, monkeypatch):
    shown = []
    monkeypatch.setattr(handmade, "augment", lambda images: images + 10)
    monkeypatch.setattr(
        handmade.discriminator, "trunk", lambda images: shown.append(images) or images.mean((1, 2, 3))[:, None]
    )
    getattr(handmade, f"{player}_loss")(torch.ones(2, 3, 8, 8), torch.zeros(2, 3, 8, 8), torch.eye(24)[:2])
    assert torch.cat(shown).mean(dim=(1, 2, 3)).tolist() == [11, 11, 10, 10]


def test_augmentation_flips_and_shifts_as_far_as_it_is_reported(monkeypatch):
    reported = []
    monkeypatch.setattr("reference_models.modern_cgan.flipped", lambda images: images + 1)
    monkeypatch.setattr(
        "reference_models.modern_cgan.shifted", lambda images, most: reported.append(most) or 2 * images
    )
    assert made(max_shift=5).augment(torch.ones(1)).tolist() == [4]
    assert reported == [5]


def test_no_batch_norm_mixes_the_images_of_the_critic():
    """The penalty takes each image's gradient from the sum of all scores."""
    assert not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in made().discriminator.modules())


def test_the_style_sets_gain_and_offset_of_normalised_features():
    norm = StyledNorm(2, 3)
    nn.init.zeros_(norm.style.weight)
    norm.style.bias.data = torch.tensor([1.0, -0.5, 10.0, 20.0])
    features = norm(torch.randn(64, 2, 4, 4) * 5 + 3, torch.zeros(64, 3))
    assert features.mean(dim=(0, 2, 3)).tolist() == pytest.approx([10, 20], abs=1e-3)
    assert features.std(dim=(0, 2, 3)).tolist() == pytest.approx([2, 0.5], rel=1e-2)


def doubled(x):
    """Bilinear weights by hand: a new row takes 3/4 of the row it lies in and 1/4 of the next on its side."""
    for dim in (2, 3):
        first, last = x.narrow(dim, 0, 1), x.narrow(dim, -1, 1)
        before = torch.cat([first, x.narrow(dim, 0, x.shape[dim] - 1)], dim)
        after = torch.cat([x.narrow(dim, 1, x.shape[dim] - 1), last], dim)
        x = torch.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], dim + 1).flatten(dim, dim + 1)
    return x


def test_an_up_block_doubles_its_features_and_its_input_without_steps():
    block, x, style = UpBlock(4, 2, 3).eval(), torch.randn(2, 4, 4, 4), torch.randn(2, 3)
    first = doubled(block.widen(block.norms[0](x, style).relu()))
    second = block.refine(block.norms[1](first, style).relu())
    torch.testing.assert_close(block(x, style), second + doubled(block.shortcut(x)))


def test_a_down_block_adds_two_convolutions_to_its_shrunken_input():
    block, x = DownBlock(2, 4), torch.randn(2, 2, 4, 4)
    leaky = nn.LeakyReLU(0.2)
    main = block.shrink(leaky(block.refine(leaky(x))))
    shrunken = block.shortcut(x.unflatten(2, (2, 2)).unflatten(4, (2, 2)).mean(dim=(3, 5)))
    torch.testing.assert_close(block(x), main + shrunken)


def test_the_generator_gives_every_block_the_embedded_latent_and_condition():
    generator, styles = made().generator.eval(), []
    for block in generator.blocks:
        block.register_forward_pre_hook(lambda _, given: styles.append(given[1]))
    latent, condition = torch.randn(2, 100), torch.eye(23)[:2]
    images = generator(latent, condition)
    style = generator.embed(torch.cat([latent, condition], dim=1))
    assert all(torch.equal(given, style) for given in styles)
    assert len(styles) == 4
    features = generator.start(style[:, :, None, None])
    for block in generator.blocks:
        features = block(features, style)
    torch.testing.assert_close(images, generator.paint(generator.norm(features).relu()).tanh())


def test_the_critic_adds_the_match_of_features_and_condition_to_what_it_thinks_of_the_features():
    critic = made().discriminator
    features, condition = torch.randn(2, 32), torch.eye(23)[:2]
    wanted = [critic.real(f).item() + f @ critic.right(c) / 32**0.5 for f, c in zip(features, condition, strict=True)]
    torch.testing.assert_close(critic.score(features, condition), torch.stack(wanted))


def test_the_generators_turn_asks_nothing_of_the_real_images():
    model = made()
    real = torch.rand(4, 3, 64, 64, requires_grad=True)
    fake = torch.rand(4, 3, 64, 64, requires_grad=True)
    losses = model.generator_loss(real, fake, model.encode(torch.zeros(4, 2)))
    sum(losses.values()).backward()
    assert real.grad is None
    assert fake.grad.any()


def test_without_mode_seeking_the_generators_turn_is_the_usual_one():
    model, real = made(), torch.rand(4, 3, 64, 64)
    condition = model.encode(torch.tensor([[0, 0], [1, 1], [2, 2], [3, 3]]))
    torch.manual_seed(1)
    found = model.generator_turn(real, condition)
    torch.manual_seed(1)
    fake = model.generate(condition)
    assert found == model.generator_loss(real, fake, condition)


def test_mode_seeking_draws_each_condition_twice_and_rewards_what_the_latent_changes(handmade):
    """Images are their latents' first number: the pairs' ratios are |z1 - z2| in it by the mean of all numbers'."""
    model, requested = handmade, []
    object.__setattr__(model.config, "mode_seeking", 0.5)

    class FirstNumber(nn.Module):
        def forward(self, latent, condition):
            requested.append(condition)
            return latent[:, :1, None, None].expand(-1, 3, 8, 8)

    model.generator = FirstNumber()
    condition, real = torch.eye(24)[:5], torch.ones(5, 3, 8, 8)
    torch.manual_seed(2)
    losses = model.generator_turn(real, condition)
    torch.manual_seed(2)
    latent = torch.randn(4, model.config.latent_dim)
    assert torch.equal(torch.cat(requested), condition[[0, 1, 0, 1]])
    ratios = [(latent[i] - latent[i + 2]).abs()[0] / (latent[i] - latent[i + 2]).abs().mean() for i in range(2)]
    assert losses["mode_seeking"].item() == pytest.approx(0.5 / (sum(ratios).item() / 2 + 1e-5))
    right = 1 + condition[:4, 0]
    unreal = latent[:, 0] + condition[[0, 1, 0, 1], 0]
    expected = nn.functional.softplus(right - unreal).mean().item()
    assert losses["relativistic"].item() == pytest.approx(expected, rel=1e-5)


def test_images_that_ignore_their_latents_have_no_sensitivity():
    images, latents = torch.rand(2, 3, 8, 8).repeat(2, 1, 1, 1), torch.randn(4, 5)
    assert sensitivity(images, latents) == 0
    assert sensitivity(images.clone().index_fill_(0, torch.tensor([3]), 2.0), latents) > 0


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
