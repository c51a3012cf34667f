"""R5's models are what the report says: layers, heads, losses on inputs worked out by hand."""

import pytest
import torch
from layers_of import shapes_of
from torch import nn
from torch.nn.functional import logsigmoid

from benchmark.definitions.model_settings import model_config
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


def test_generator_joins_noise_hair_and_eyes_in_this_order():
    generator, seen = made().generator, []
    generator.layers[0].register_forward_hook(lambda _module, given, _output: seen.append(given[0].flatten(1)))
    latent = torch.randn(2, 100)
    generator(latent, torch.tensor([[0, 1], [2, 3]]))
    hair, eyes = (embedding.weight for embedding in generator.embeddings)
    torch.testing.assert_close(seen[0], torch.cat([latent, hair[[0, 2]], eyes[[1, 3]]], dim=1))


def test_discriminator_names_both_colours_beside_real_or_fake():
    discriminator = made().discriminator
    source, (hair, eyes) = discriminator(torch.randn(2, 3, 64, 64))
    assert (source.shape, hair.shape, eyes.shape) == ((2,), (2, 12), (2, 11))


def logits_handed_in(model):
    """The model with a discriminator that takes (N, 24) logits for images: of real, of hair, of eyes."""
    model.discriminator.forward = lambda images: (images[:, 0], list(images[:, 1:].split([12, 11], dim=1)))
    return model


def cross_entropies(logits, condition):
    """Of hair and of eyes, added; from the definition."""
    hair, eyes = logits[:, 1:13].log_softmax(dim=1), logits[:, 13:].log_softmax(dim=1)
    rows = range(len(logits))
    return -sum(hair[i, condition[i, 0]] + eyes[i, condition[i, 1]] for i in rows).item() / len(logits)


REAL, FAKE = torch.randn(2, 3, 24, generator=torch.Generator().manual_seed(0))
CONDITION = torch.tensor([[0, 1], [2, 3], [11, 10]])


@pytest.mark.parametrize(("variant", "weight"), [("", 1.0), (":low_class_weight", 0.2), (":batch_128", 1.0)])
def test_losses_are_cross_entropies_of_source_hair_and_eyes(variant, weight):
    model = logits_handed_in(made(variant))
    losses = model.discriminator_loss(REAL, FAKE, CONDITION)
    assert {name: loss.item() for name, loss in losses.items()} == pytest.approx(
        {
            "real": -logsigmoid(REAL[:, 0]).mean().item(),
            "fake": -logsigmoid(-FAKE[:, 0]).mean().item(),
            "real_classes": weight * cross_entropies(REAL, CONDITION),
            "fake_classes": weight * cross_entropies(FAKE, CONDITION),
        }
    )
    ours = model.generator_loss(REAL, FAKE, CONDITION)
    assert {name: loss.item() for name, loss in ours.items()} == pytest.approx(
        {"fake": -logsigmoid(FAKE[:, 0]).mean().item(), "fake_classes": weight * cross_entropies(FAKE, CONDITION)}
    )


def test_class_loss_can_be_on_real_images_only():
    """In the discriminator's turn; the generator hears of the colours as before."""
    model, plain = logits_handed_in(made(":class_loss_on_real_only")), logits_handed_in(made())
    losses, all_losses = (m.discriminator_loss(REAL, FAKE, CONDITION) for m in (model, plain))
    assert set(all_losses) - set(losses) == {"fake_classes"}
    assert losses == {name: all_losses[name] for name in losses}
    assert model.generator_loss(REAL, FAKE, CONDITION) == plain.generator_loss(REAL, FAKE, CONDITION)


def test_the_wider_image_is_drawn_at_96_and_shrunk():
    generator = made(":shrunk_from_96").generator
    drawn = generator.layers(torch.randn(2, 116, 1, 1))
    assert drawn.shape == (2, 3, 96, 96)
    assert generator(torch.randn(2, 100), torch.tensor([[0, 1], [2, 3]])).shape == (2, 3, 64, 64)
