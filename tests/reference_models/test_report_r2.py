"""R2's models are what the report says: layers, counts, losses on inputs worked out by hand."""

import math

import pytest
import torch
from layers_of import ATTRIBUTES, MULTI_LABEL, NONE, count, kinds_of, logits_handed_in, shapes_of
from torch import nn
from torch.optim import SGD, Adam, RMSprop

from benchmark.data.labels import EYES
from benchmark.definitions.model_settings import model_config
from benchmark.tasks import TASKS
from reference_models.cdcgan_pairs import CDCGANPairs
from reference_models.dcgan import DCGAN
from reference_models.mlp_gan import MLPGAN
from reference_models.stargan import StarGAN
from reference_models.wgan import WGAN

TRANSPOSED = [(512, 4), (256, 8), (128, 16), (64, 32), (3, 64)]


def made(model_class, conditions, **settings):
    torch.manual_seed(0)
    return model_class(model_class.Config(conditions=conditions, **settings))


@pytest.fixture
def dcgan():
    return made(DCGAN, NONE)


def test_dcgan_generator_has_five_transposed_convolutions_with_batch_norm_and_tanh(dcgan):
    layers = dcgan.generator.layers
    assert shapes_of(layers, torch.randn(2, 100, 1, 1), nn.ConvTranspose2d) == TRANSPOSED
    assert [m.num_features for m in kinds_of(layers, nn.BatchNorm2d)] == [512, 256, 128, 64]
    assert isinstance(layers[-1], nn.Tanh)


def test_dcgan_discriminator_has_strided_convolutions_and_no_pooling(dcgan):
    layers = dcgan.discriminator.layers
    assert shapes_of(layers, torch.randn(2, 3, 64, 64), nn.Conv2d) == [(64, 32), (128, 16), (256, 8), (512, 4), (1, 1)]


def test_dcgan_losses_are_the_reports(dcgan):
    """log D(x) + log(1 - D(G(z))) and -log D(G(z)), D the sigmoid of the logit."""
    real, fake = torch.tensor([0.0, 2.0]), torch.tensor([-1.0, 0.5])
    losses = logits_handed_in(dcgan).discriminator_loss(real, fake, None)
    assert losses["real"].item() == pytest.approx(-real.sigmoid().log().mean().item())
    assert losses["fake"].item() == pytest.approx(-(1 - fake.sigmoid()).log().mean().item())
    ours = dcgan.generator_loss(real, fake, None)
    assert {name: loss.item() for name, loss in ours.items()} == {
        "fake": pytest.approx(-fake.sigmoid().log().mean().item())
    }


def test_wgan_is_the_dcgan_with_four_changes(dcgan):
    wgan = made(WGAN, NONE)
    assert all(torch.equal(a, b) for a, b in zip(wgan.state_dict().values(), dcgan.state_dict().values(), strict=True))
    assert {(type(o), o.defaults["lr"]) for o in wgan.optimizers().values()} == {(RMSprop, 2e-4)}
    wgan.after_discriminator_update()
    assert max(p.abs().max().item() for p in wgan.discriminator.parameters()) == pytest.approx(0.02)
    logits_handed_in(wgan)
    losses = wgan.discriminator_loss(torch.tensor([3.0, 1.0]), torch.tensor([0.5, -0.5]), None)
    assert {name: loss.item() for name, loss in losses.items()} == {"wasserstein": -2.0}
    assert wgan.generator_loss(None, torch.tensor([0.5, 1.5]), None)["wasserstein"].item() == -1.0
    assert (wgan.config.n_critic, wgan.config.n_generator) == (dcgan.config.n_critic, dcgan.config.n_generator)


@pytest.mark.parametrize(("gray_eyes", "pairs"), [(False, 120), (True, 132)])
def test_pairs_are_as_many_as_hair_and_eye_colours_make(gray_eyes, pairs):
    """Course B's data, the report's, has every colour of the harness but gray eyes."""
    model = made(CDCGANPairs, ATTRIBUTES, gray_eyes=gray_eyes)
    eyes = [index for index, name in enumerate(EYES) if gray_eyes or name != "gray"]
    every = torch.cartesian_prod(torch.arange(12), torch.tensor(eyes))
    assert torch.equal(model.encode(every), torch.eye(pairs))
    assert model.generator.layers[0].in_channels == 100 + pairs
    assert model.discriminator.head[0].in_channels == 512 + pairs


@pytest.mark.parametrize("gray_eyes", [False, True])
def test_gray_eyes_are_refused_where_no_pair_has_them(gray_eyes):
    """A one-hot without a one would be a condition of its own, which nobody requested."""
    model = made(CDCGANPairs, ATTRIBUTES, gray_eyes=gray_eyes)
    every = torch.cartesian_prod(torch.arange(12), torch.arange(11))
    gray = every[:, 1] == EYES.index("gray")
    accepted = model.accepts(model.config, every)
    assert torch.equal(accepted, torch.ones(132, dtype=torch.bool) if gray_eyes else ~gray)
    assert torch.equal(model.encode(every[accepted]).sum(dim=1), torch.ones(int(accepted.sum())))
    if not gray_eyes:
        with pytest.raises(ValueError, match=r"12 of 132 conditions have gray eyes, .* take gray_eyes=true"):
            model.encode(every)


def test_pairs_losses_are_the_dcgans():
    """log D(x, c) + log(1 - D(G(z, c), c)) and -log D(G(z, c), c), D the sigmoid of the logit."""
    model = logits_handed_in(made(CDCGANPairs, ATTRIBUTES))
    real, fake = torch.tensor([1.0, -3.0]), torch.tensor([0.25, 2.0])
    found = {name: loss.item() for name, loss in model.discriminator_loss(real, fake, torch.eye(132)[:2]).items()}
    assert found == pytest.approx(
        {"real": -real.sigmoid().log().mean().item(), "fake": -(1 - fake.sigmoid()).log().mean().item()}
    )
    found = {name: loss.item() for name, loss in model.generator_loss(real, fake, torch.eye(132)[:2]).items()}
    assert found == pytest.approx({"fake": -fake.sigmoid().log().mean().item()})


def test_pairs_discriminator_has_six_layers_and_meets_the_pair_at_4x4():
    critic = made(CDCGANPairs, ATTRIBUTES).discriminator
    assert len(kinds_of(critic, nn.Conv2d)) == 6
    seen = []
    critic.head[0].register_forward_hook(lambda _m, args, _o: seen.append(args[0]))
    critic(torch.randn(2, 3, 64, 64), torch.eye(132)[:2])
    assert seen[0].shape == (2, 512 + 132, 4, 4)


def test_mlp_generator_has_the_reports_parameters():
    linear = kinds_of(made(MLPGAN, NONE).generator, nn.Linear)
    assert [count(layer) for layer in linear] == [12_928, 33_024, 65_792, 65_792, 3_158_016]
    assert len(kinds_of(made(MLPGAN, NONE).generator, nn.ReLU)) == 4


TIPS = {
    "sgd_raw": (SGD, SGD, 255.0),
    "sgd": (SGD, SGD, 1.0),
    "adam_generator_raw": (SGD, Adam, 255.0),
    "adam_generator": (SGD, Adam, 1.0),
    "adam_raw": (Adam, Adam, 255.0),
    "": (Adam, Adam, 1.0),  # the model itself
}


def tip(variant):
    """The MLP GAN with one of the report's tips."""
    return MLPGAN(model_config(f"mlp_gan:{variant}".rstrip(":"), TASKS["anime-faces-unconditional"]))


@pytest.mark.parametrize("variant", TIPS)
def test_each_tip_is_what_it_says(variant):
    model = tip(variant)
    discriminator, generator, brightest = TIPS[variant]
    assert isinstance(model.optimizers()["discriminator"], discriminator)
    assert isinstance(model.optimizers()["generator"], generator)
    seen = []
    model.discriminator.layers.register_forward_hook(lambda _m, args, _o: seen.append(args[0]))
    model.discriminator(torch.tensor([-1.0, 1.0]).repeat(2, 3, 64, 32), None)
    assert (seen[0].min().item(), seen[0].max().item()) == (0.0 if brightest == 255 else -1.0, brightest)


@pytest.mark.parametrize("variant", [*TIPS, "all_tips"])
def test_no_tip_changes_the_losses(variant):
    model = logits_handed_in(tip(variant))
    real, fake = torch.tensor([0.5, -1.0]), torch.tensor([-0.5, 3.0])
    found = {name: loss.item() for name, loss in model.discriminator_loss(real, fake, None).items()}
    assert found == pytest.approx(
        {"real": -real.sigmoid().log().mean().item(), "fake": -(1 - fake.sigmoid()).log().mean().item()}
    )
    found = {name: loss.item() for name, loss in model.generator_loss(real, fake, None).items()}
    assert found == pytest.approx({"fake": -fake.sigmoid().log().mean().item()})


def test_all_tips_at_once_are_the_dcgan(dcgan):
    torch.manual_seed(0)
    model = MLPGAN(model_config("mlp_gan:all_tips", TASKS["anime-faces-unconditional"]))
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), dcgan.state_dict().values(), strict=True))
    ours, theirs = model.optimizers()["generator"].defaults, dcgan.optimizers()["generator"].defaults
    assert (ours["lr"], ours["betas"]) == (theirs["lr"], theirs["betas"])


def test_every_tip_is_the_model_or_a_variant():
    assert {"", *MLPGAN.variants} == {*TIPS, "all_tips"}


@pytest.fixture
def stargan():
    return made(StarGAN, ATTRIBUTES)


def test_stargan_generator_has_two_downs_six_blocks_two_ups_and_instance_norm(stargan):
    layers = stargan.generator.layers
    x = torch.randn(1, 15, 64, 64)
    shapes = shapes_of(layers, x, (nn.Conv2d, nn.ConvTranspose2d))
    assert shapes == [(64, 64), (128, 32), (256, 16), (128, 32), (64, 64), (3, 64)]
    assert len([layer for layer in layers if type(layer).__name__ == "ResidualBlock"]) == 6
    assert not kinds_of(stargan, nn.BatchNorm2d)
    assert len(kinds_of(layers, nn.InstanceNorm2d)) == 1 + 2 + 2 * 6 + 2


def test_stargan_discriminator_scores_patches_and_names_the_domain(stargan):
    patches, domains = stargan.discriminator(torch.randn(2, 3, 64, 64))
    assert (patches.shape, domains.shape) == ((2, 4), (2, 12))
    shapes = shapes_of(stargan.discriminator.trunk, torch.randn(2, 3, 64, 64), nn.Conv2d)
    assert shapes == [(64, 32), (128, 16), (256, 8), (512, 4), (1024, 2)]


def test_stargan_domains_are_the_first_attribute_or_all_classes(stargan):
    assert stargan.encode(torch.tensor([[3, 7]])).argmax().item() == 3
    assert stargan.encode(torch.tensor([[3, 7]])).shape == (1, 12)
    faces = made(StarGAN, MULTI_LABEL)
    assert faces.encode(torch.ones(1, 24, dtype=torch.uint8)).sum().item() == 24


def test_stargan_generator_turn_asks_for_another_domain_and_the_way_back(stargan):
    requested = []

    def unchanged(images, condition):
        requested.append(condition)
        return images

    stargan.generator.forward = unchanged
    condition = stargan.encode(torch.tensor([[i, 0] for i in range(12)]))
    torch.manual_seed(0)
    losses = stargan.generator_turn(torch.rand(12, 3, 64, 64), condition)
    target, back = requested
    assert torch.equal(back, condition)
    assert not torch.equal(target, condition)
    assert torch.equal(target.sum(dim=0), torch.ones(12))
    assert losses["reconstruction"].item() == 0
    assert set(losses) == {"wasserstein", "fake_classes", "reconstruction"}


def test_stargan_reconstruction_is_ten_times_the_mean_distance(stargan):
    stargan.generator.forward = lambda images, condition: images + 0.5  # there and back: 1.0
    losses = stargan.generator_turn(torch.rand(3, 3, 64, 64), stargan.encode(torch.tensor([[0, 0], [1, 0], [2, 0]])))
    assert losses["reconstruction"].item() == pytest.approx(10.0, rel=1e-5)


def test_stargan_classifies_real_images_in_its_own_turn_and_fakes_in_the_generators(stargan):
    condition = stargan.encode(torch.tensor([[0, 0], [1, 0]]))
    losses = stargan.discriminator_turn(torch.rand(2, 3, 64, 64), condition)
    assert set(losses) == {"wasserstein", "gradient_penalty", "real_classes"}


def test_stargans_discriminator_learns_from_images_redrawn_for_other_domains(stargan, monkeypatch):
    drawn, shown = [], []

    def redrawn(images, condition):
        drawn.append(condition)
        return -images

    monkeypatch.setattr(stargan.generator, "forward", redrawn)
    monkeypatch.setattr(stargan, "discriminator_loss", lambda *given: shown.append(given))
    real, condition = torch.rand(12, 3, 64, 64), stargan.encode(torch.tensor([[i, 0] for i in range(12)]))
    torch.manual_seed(0)
    stargan.discriminator_turn(real, condition)
    ((shown_real, fake, own),) = shown
    assert torch.equal(shown_real, real)
    assert torch.equal(fake, -real)
    assert torch.equal(own, condition)
    assert not torch.equal(drawn[0], condition)
    assert torch.equal(drawn[0].sum(dim=0), torch.ones(12))  # each domain is requested once, of another image


class FirstPixels(nn.Module):
    """Scores twice the first pixel, so its gradient's norm is 2; the next twelve are the domains' logits."""

    def forward(self, images):
        pixels = images.flatten(1)
        return 2 * pixels[:, :1], pixels[:, 1:13]


def with_pixels(*rows):
    images = torch.zeros(len(rows), 3, 64, 64)
    for image, (score, logits) in zip(images, rows, strict=True):
        image.view(-1)[0] = score
        image.view(-1)[1 : 1 + len(logits)] = torch.tensor(logits)
    return images


def test_stargan_losses_are_those_of_the_paper_on_numbers_done_by_hand(stargan):
    """Of twelve logits of which one is log 4 and the others 0, its class has probability 4/15, another 1/15."""
    stargan.discriminator = FirstPixels()
    condition = stargan.encode(torch.tensor([[0, 0], [1, 0]]))
    real = with_pixels((0.5, [math.log(4)]), (0.1, [math.log(4)]))  # the second shows class 0, and should class 1
    fake = with_pixels((-0.25, [0.0, math.log(4)]), (0.05, [0.0, math.log(4)]))
    found = {name: term.item() for name, term in stargan.discriminator_loss(real, fake, condition).items()}
    assert found == pytest.approx(
        {
            "wasserstein": (-0.5 + 0.1) / 2 - (1.0 + 0.2) / 2,
            "gradient_penalty": 10 * (2 - 1) ** 2,
            "real_classes": -(math.log(4 / 15) + math.log(1 / 15)) / 2,
        }
    )
    found = {name: term.item() for name, term in stargan.generator_loss(real, fake, condition).items()}
    assert found == pytest.approx({"wasserstein": 0.2, "fake_classes": -(math.log(1 / 15) + math.log(4 / 15)) / 2})


def test_stargan_tells_independent_classes_apart_one_by_one():
    """Binary cross-entropies summed over classes, mean over images (CelebA's attributes exclude nothing)."""
    faces = made(StarGAN, MULTI_LABEL)
    logits = torch.zeros(1, 24)
    logits[0, 0] = math.log(3)
    condition = torch.zeros(1, 24)
    condition[0, 0] = 1
    assert faces.class_loss(logits, condition).item() == pytest.approx(-math.log(0.75) + 23 * math.log(2))


def test_a_stargan_block_leaves_a_shortcut(stargan):
    block = stargan.generator.layers[9]
    nn.init.zeros_(block.layers[-1].weight)
    x = torch.randn(1, 256, 16, 16)
    assert torch.equal(block(x), x)
