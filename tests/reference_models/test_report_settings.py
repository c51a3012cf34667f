"""Every number that a report states, or that its model's file says was chosen, for every model and variant."""

import dataclasses

import pytest
import torch
from layers_of import COMPARED, NAMES, config_of, made
from torch import nn
from torch.optim import SGD, Adam, RMSprop

from benchmark.definitions.model_settings import find_model, is_stated, report_updates
from benchmark.errors import UsageError
from reference_models import MODELS

COMMON = {
    "image_size": 64, "latent_dim": 100, "n_critic": 1, "n_generator": 1, "batch_size": 64, "learning_rate": 2e-4,
}  # fmt: skip
DCGAN = COMMON | {"betas": (0.5, 0.999), "channels": 64}
TAGS = COMMON | {
    "n_critic": 5, "gradient_penalty": 10.0, "clip": 0.0, "rmsprop_decay": 0.99, "channels": 64,
    "critic_channels": 32, "head_channels": 128,
}  # fmt: skip
ICLEVR = COMMON | {"learning_rate": 1e-4, "betas": (0.5, 0.99), "channels": 64, "c_dim": 200}
CLIPPED_AT_2 = {"gradient_penalty": 0.0, "clip": 0.02, "rmsprop_decay": 0.99}


def without(settings, *names):
    return {name: value for name, value in settings.items() if name not in names}


SETTINGS = {
    "wgan_gp_hardest_negative": TAGS | {"negative": "hardest"},
    "dcgan": DCGAN,
    "cdcgan_pairs": DCGAN | {"gray_eyes": True},
    "wgan": without(DCGAN, "betas") | CLIPPED_AT_2,
    "mlp_gan": DCGAN | {
        "widths": (128, 256, 256, 256), "normalise": True, "generator_optimizer": "adam",
        "discriminator_optimizer": "adam", "sgd_learning_rate": 0.03, "convolutions": False,
    },
    "stargan": without(DCGAN, "latent_dim") | {
        "n_critic": 5, "batch_size": 16, "learning_rate": 1e-4, "residual_blocks": 6, "gradient_penalty": 10.0,
        "class_weight": 1.0, "reconstruction_weight": 10.0,
    },
    "cwgan_gp_tags": TAGS | {
        "optimizer": "adam", "learning_rate": 1e-4, "betas": (0.5, 0.9), "rmsprop_decay": 0.9, "generator_first": False,
    },
    "cdcgan_iclevr": ICLEVR,
    "acgan_iclevr": ICLEVR | {"class_weight": 1.0},
    "wgan_iclevr": without(ICLEVR, "betas") | CLIPPED_AT_2,
    "acgan_hair_eyes": DCGAN | {
        "embedding_dim": 8, "class_weight": 1.0, "last_stride": 2, "class_loss_on_fake": True,
    },
    "modern_cgan": DCGAN | {
        "learning_rate": 4e-4, "betas": (0.0, 0.99), "channels": 32, "embedding_dim": 128, "penalty": 0.1,
        "mismatch_weight": 1.0, "max_shift": 8, "mode_seeking": 0.0,
    },
}  # fmt: skip
CLIP = {"gradient_penalty": 0.0, "clip": 0.01}
CLIP_OF_R3 = CLIP | {"optimizer": "rmsprop", "learning_rate": 5e-5}
SGD_FOR_D = {"discriminator_optimizer": "sgd"}
SGD_FOR_BOTH = SGD_FOR_D | {"generator_optimizer": "sgd"}
VARIANTS = {
    "wgan_gp_hardest_negative:mean_negative": {"negative": "mean"},
    "wgan_gp_hardest_negative:clip": CLIP,
    "cdcgan_pairs:without_gray_eyes": {"gray_eyes": False},
    "mlp_gan:sgd_raw": SGD_FOR_BOTH | {"normalise": False},
    "mlp_gan:sgd": SGD_FOR_BOTH,
    "mlp_gan:adam_generator_raw": SGD_FOR_D | {"normalise": False},
    "mlp_gan:adam_generator": SGD_FOR_D,
    "mlp_gan:adam_raw": {"normalise": False},
    "mlp_gan:all_tips": {"convolutions": True},
    "cwgan_gp_tags:generator_first": {"generator_first": True},
    "cwgan_gp_tags:clip": CLIP_OF_R3,
    "cwgan_gp_tags:clip_generator_first": CLIP_OF_R3 | {"generator_first": True},
    "cwgan_gp_tags:clip_ratio_1": CLIP_OF_R3 | {"n_critic": 1},
    "cwgan_gp_tags:clip_ratio_0_2": CLIP_OF_R3 | {"n_critic": 1, "n_generator": 5},
    "cwgan_gp_tags:ratio_1": {"n_critic": 1},
    "cwgan_gp_tags:ratio_0_2": {"n_critic": 1, "n_generator": 5},
    "cdcgan_iclevr:four_generator_steps": {"n_generator": 4},
    "cdcgan_iclevr:c_dim_100": {"c_dim": 100},
    "cdcgan_iclevr:c_dim_400": {"c_dim": 400},
    "acgan_hair_eyes:low_class_weight": {"class_weight": 0.2},
    "acgan_hair_eyes:batch_128": {"batch_size": 128},
    "acgan_hair_eyes:shrunk_from_96": {"last_stride": 3},
    "acgan_hair_eyes:class_loss_on_real_only": {"class_loss_on_fake": False},
}
REPORT_UPDATES = {
    "wgan_gp_hardest_negative": 230 * 523 / 5,  # epochs, batches in each of course A's, critic updates
    "dcgan": 20_000,
    "cdcgan_pairs": 20_000,
    "wgan": 20_000,
    "mlp_gan": 20_000,
    "stargan": 200_000 / 5,
    "cwgan_gp_tags": 10_000,
    "cwgan_gp_tags:clip": 10_000,
    "cwgan_gp_tags:generator_first": 2_000,  # and the other three: not stated, chosen
    "cwgan_gp_tags:clip_generator_first": 2_000,
    "cwgan_gp_tags:clip_ratio_1": 2_000,
    "cwgan_gp_tags:clip_ratio_0_2": 2_000,
    "cwgan_gp_tags:ratio_0_2": 5 * 10_000,  # five generator updates in each of its cycles
    "cdcgan_iclevr": 200 * 282,  # epochs, batches in each
    "cdcgan_iclevr:four_generator_steps": 4 * 200 * 282,
    "acgan_iclevr": 500 * 282,
    "wgan_iclevr": 200 * 282,
    "acgan_hair_eyes": 20_000,
    "modern_cgan": 20_000,
}
WITH_RMSPROP = ("wgan_gp_hardest_negative", "wgan", "wgan_iclevr", "cwgan_gp_tags:clip")


TABLED = [name for name in NAMES if name.partition(":")[0] in COMPARED]


def test_every_model_and_variant_of_a_report_stands_in_the_tables():
    assert set(SETTINGS) == COMPARED
    assert set(VARIANTS) == {name for name in TABLED if ":" in name}
    assert {name.partition(":")[0] for name in REPORT_UPDATES} == COMPARED


@pytest.mark.parametrize("name", TABLED)
def test_every_setting_is_the_reports_or_the_one_that_was_chosen(name):
    model_class, _ = find_model(name)
    used = without(dataclasses.asdict(config_of(name)), "conditions", *model_class.unused)
    assert used == SETTINGS[model_class.name] | VARIANTS.get(name, {})


@pytest.mark.parametrize("name", REPORT_UPDATES)
def test_a_report_budget_is_the_reports_own_in_generator_updates(name):
    assert report_updates(name) == int(REPORT_UPDATES[name])


@pytest.mark.parametrize(
    ("name", "updates"),
    [
        ("cdcgan_iclevr:batch_size=128", 200 * 141),  # 18,009 images: 140 full batches and a smaller one
        ("acgan_iclevr:batch_size=18009", 500),
        ("cdcgan_iclevr:batch_size=1000000", 200),
        ("cdcgan_iclevr:n_critic=2", 200 * 282 // 2),
        ("cdcgan_iclevr:n_critic=2:n_generator=3", 3 * 200 * 282 // 2),
        ("wgan_gp_hardest_negative:n_critic=1", 230 * 523),
        ("wgan_gp_hardest_negative:batch_size=32:mean_negative", 230 * 1_045 // 5),
        ("wgan_gp_hardest_negative:batch_size=33431:n_critic=1000", 1),
        ("dcgan:batch_size=128", 20_000),  # its report counts iterations
        ("acgan_hair_eyes:batch_128", 20_000),
        ("cwgan_gp_tags:clip_ratio_0_2:batch_size=32", 2_000),
    ],
)
def test_a_report_that_counts_epochs_has_updates_by_batch_size_and_ratio(name, updates):
    assert report_updates(name) == updates


@pytest.mark.parametrize("setting", ["n_generator=two", "n_critic=0", "batch_size=0", "nothing=1"])
def test_a_report_budget_of_a_setting_that_no_model_can_have_is_refused(setting):
    with pytest.raises(UsageError, match=setting.partition("=")[0]):
        report_updates(f"cdcgan_iclevr:{setting}")


def test_variants_that_no_report_tried_are_labelled():
    """R4 enlarged c_dim only; its code, not its text, updates the generator four times; R3's ratios are of clipping."""
    labelled = {f"{name}:{v}": why for name, model in MODELS.items() for v, why in model.beyond_reports.items()}
    assert labelled == {
        "cdcgan_iclevr:four_generator_steps": "published code",
        "cdcgan_iclevr:c_dim_100": "no report tried it",
        "cwgan_gp_tags:ratio_1": "no report tried it",
        "cwgan_gp_tags:ratio_0_2": "no report tried it",
    }


def test_only_a_number_that_a_report_states_counts_as_stated():
    chosen = {
        "mlp_gan", "stargan", "wgan_iclevr", "acgan_hair_eyes", "modern_cgan", "cdcgan_iclevr:four_generator_steps",
        "cdcgan_iclevr:c_dim_100", "cwgan_gp_tags",
    }  # fmt: skip
    not_stated = {name for name in TABLED if name in chosen or name.partition(":")[0] in chosen} - {"cwgan_gp_tags"}
    assert {name for name in TABLED if not is_stated(name)} == not_stated


@pytest.mark.parametrize("name", [*SETTINGS, "cwgan_gp_tags:clip"])
def test_both_players_have_the_reports_optimizer_and_nothing_beside_its_numbers(name):
    weights = [nn.Parameter(torch.zeros(1))]
    numbers = SETTINGS[name.partition(":")[0]] | VARIANTS.get(name, {})
    wanted = (
        RMSprop(weights, lr=numbers["learning_rate"], alpha=numbers["rmsprop_decay"])
        if name in WITH_RMSPROP
        else Adam(weights, lr=numbers["learning_rate"], betas=numbers["betas"], fused=True)
    )
    model = made(name, channels=4)
    for player, optimizer in model.optimizers().items():
        assert type(optimizer) is type(wanted)
        assert optimizer.defaults == wanted.defaults
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        assert held == {id(p) for p in getattr(model, player).parameters()}


@pytest.mark.parametrize("variant", ["sgd", "sgd_raw", "adam_generator", "adam_generator_raw"])
def test_sgd_has_the_best_learning_rate_of_the_sweep_and_no_momentum(variant):
    wanted = SGD([nn.Parameter(torch.zeros(1))], lr=0.03).defaults
    for player in ("discriminator",) if variant.startswith("adam") else ("discriminator", "generator"):
        optimizer = made(f"mlp_gan:{variant}").optimizers()[player]
        assert (type(optimizer), optimizer.defaults) == (SGD, wanted)
