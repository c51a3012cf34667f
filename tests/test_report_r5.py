"""R5's models are what the report says: layers, heads, losses on inputs worked out by hand."""

import math

import pytest
import torch
from layers_of import ATTRIBUTES, kinds_of, shapes_of
from torch import nn

from benchmark.configs import model_config
from benchmark.tasks import TASKS
from reference_models.acgan_hair_eyes import ACGANHairEyes


def made(variant=""):
    torch.manual_seed(0)
    return ACGANHairEyes(model_config(f"acgan_hair_eyes{variant}", TASKS["anime-faces"]))


def test_generator_embeds_each_colour_in_eight_numbers_and_starts_from_512_maps():
    generator = made().generator
    assert [embedding.weight.shape for embedding in generator.embeddings] == [(12, 8), (11, 8)]
    shapes = shapes_of(generator.layers, torch.randn(2, 116, 1, 1), (nn.ConvTranspose2d, nn.Conv2d))
    assert shapes == [(512, 4), (256, 8), (128, 16), (64, 32), (64, 32), (3, 64)]


def test_discriminator_names_both_colours_beside_real_or_fake():
    discriminator = made().discriminator
    source, (hair, eyes) = discriminator(torch.randn(2, 3, 64, 64))
    assert (source.shape, hair.shape, eyes.shape) == ((2,), (2, 12), (2, 11))
    assert len(kinds_of(discriminator.trunk, nn.BatchNorm2d)) == len(kinds_of(discriminator.trunk, nn.Conv2d)) == 4


def at_a_loss(model):
    """The model with a discriminator for which real and fake, and all colours, are equally likely."""

    def forward(images):
        return torch.zeros(len(images)), [torch.zeros(len(images), 12), torch.zeros(len(images), 11)]

    model.discriminator.forward = forward


@pytest.mark.parametrize(("variant", "weight"), [("", 1.0), (":low_class_weight", 0.2)])
def test_losses_are_cross_entropies_of_source_hair_and_eyes(variant, weight):
    model = made(variant)
    at_a_loss(model)
    condition = model.encode(torch.tensor([[0, 1], [2, 3]]))
    losses = model.discriminator_loss(torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64), condition)
    classes = weight * (math.log(12) + math.log(11))
    expected = {"real": math.log(2), "fake": math.log(2), "real_classes": classes, "fake_classes": classes}
    assert {name: loss.item() for name, loss in losses.items()} == pytest.approx(expected)
    ours = model.generator_loss(None, torch.rand(2, 3, 64, 64), condition)
    assert {name: loss.item() for name, loss in ours.items()} == pytest.approx(
        {"fake": math.log(2), "fake_classes": classes}
    )


def test_class_loss_can_be_on_real_images_only():
    model = made(":class_loss_on_real_only")
    at_a_loss(model)
    condition = model.encode(torch.tensor([[0, 1]]))
    losses = model.discriminator_loss(torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64), condition)
    assert set(losses) == {"real", "fake", "real_classes"}


def test_the_wider_picture_is_drawn_at_96_and_shrunk():
    generator = made(":shrunk_from_96").generator
    drawn = generator.layers(torch.randn(2, 116, 1, 1))
    assert drawn.shape == (2, 3, 96, 96)
    assert generator(torch.randn(2, 100), torch.tensor([[0, 1], [2, 3]])).shape == (2, 3, 64, 64)


def test_batch_128_changes_the_batch_and_nothing_else():
    assert made(":batch_128").config == ACGANHairEyes.Config(conditions=ATTRIBUTES, batch_size=128)
