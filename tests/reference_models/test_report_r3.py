"""R3's models are what the report says: its objective, its ratios and its orders."""

import pytest
import torch
from layers_of import ATTRIBUTES, count

from benchmark.definitions.model_settings import model_config
from benchmark.tasks import TASKS
from reference_models.cwgan_gp_tags import CWGANGPTags
from reference_models.wgan_gp_hardest_negative import WGANGPHardestNegative


def made(variant=""):
    torch.manual_seed(0)
    return CWGANGPTags(model_config(f"cwgan_gp_tags{variant}", TASKS["anime-faces"]))


def test_it_has_r1s_networks_and_no_wrong_conditions():
    ours, r1 = made(), WGANGPHardestNegative(WGANGPHardestNegative.Config(conditions=ATTRIBUTES))
    assert (count(ours.generator), count(ours.discriminator)) == (count(r1.generator), count(r1.discriminator))
    requested = []
    ours.discriminator.forward = lambda images, condition: (requested.append(condition), images.mean(dim=(1, 2, 3)))[1]
    condition = ours.encode(torch.tensor([[0, 1], [2, 3]]))
    ours.discriminator_loss(torch.ones(2, 3, 64, 64), torch.zeros(2, 3, 64, 64), condition)
    assert all(torch.equal(seen, condition) for seen in requested)
    assert len(requested) == 3  # fake, real and between


def test_losses_follow_the_reports_objective():
    """D is the mean pixel: 1 for real, 0 for fakes; its gradient's norm is 1 / sqrt(3 * 64 * 64)."""
    model = made()
    model.discriminator.forward = lambda images, condition: images.mean(dim=(1, 2, 3))
    condition = model.encode(torch.tensor([[0, 1], [2, 3]]))
    losses = model.discriminator_loss(torch.ones(2, 3, 64, 64), torch.zeros(2, 3, 64, 64), condition)
    assert losses["wasserstein"].item() == pytest.approx(-1.0)
    assert losses["gradient_penalty"].item() == pytest.approx(10 * (1 / (3 * 64 * 64) ** 0.5 - 1) ** 2, rel=1e-4)
    assert model.generator_loss(None, torch.ones(2, 3, 64, 64), condition)["wasserstein"].item() == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("variant", "critic", "generator", "first"),
    [
        ("", 5, 1, "discriminator"),
        (":generator_first", 5, 1, "generator"),
        (":ratio_1", 1, 1, "discriminator"),
        (":ratio_0_2", 1, 5, "discriminator"),
        (":clip", 5, 1, "discriminator"),
        (":clip_generator_first", 5, 1, "generator"),
        (":clip_ratio_1", 1, 1, "discriminator"),
        (":clip_ratio_0_2", 1, 5, "discriminator"),
    ],
)
def test_each_variant_takes_the_reports_turns(variant, critic, generator, first):
    cycle = made(variant).cycle()
    assert (cycle.count("discriminator"), cycle.count("generator"), cycle[0]) == (critic, generator, first)


@pytest.mark.parametrize("variant", [name for name in CWGANGPTags.variants if name.startswith("clip")])
def test_clipping_takes_the_penaltys_place(variant):
    model = made(f":{variant}")
    condition = model.encode(torch.zeros(2, 2))
    losses = model.discriminator_loss(torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64), condition)
    assert set(losses) == {"wasserstein"}
    model.after_discriminator_update()
    assert max(p.abs().max().item() for p in model.discriminator.parameters()) == pytest.approx(0.01)
