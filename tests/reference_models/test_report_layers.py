"""Every network, layer by layer, as its report or paper has it; what is not stated there is in its model's file."""

import math

import pytest
import torch
from layers_of import COMPARED, listed, made
from torch import nn


def lines(text):
    """A network as text: layers in order, a convolution in a line with what follows it."""
    return [layer.strip() for line in text.strip().splitlines() for layer in line.split(",")]


def dcgan_generator(inputs, last="bias"):
    return lines(f"""
        up {inputs}>512 4/1+0, batch norm 512, relu
        up 512>256 4/2+1, batch norm 256, relu
        up 256>128 4/2+1, batch norm 128, relu
        up 128>64 4/2+1, batch norm 64, relu
        up 64>3 4/2+1 {last}, tanh
    """)


DCGAN_TRUNK = lines("""
    conv 3>64 4/2+1 bias, leaky 0.2
    conv 64>128 4/2+1, batch norm 128, leaky 0.2
    conv 128>256 4/2+1, batch norm 256, leaky 0.2
    conv 256>512 4/2+1, batch norm 512, leaky 0.2
""")


def normalised_trunk(inputs, slope):
    return lines(f"""
        conv {inputs}>64 4/2+1, batch norm 64, leaky {slope}
        conv 64>128 4/2+1, batch norm 128, leaky {slope}
        conv 128>256 4/2+1, batch norm 256, leaky {slope}
        conv 256>512 4/2+1, batch norm 512, leaky {slope}
    """)


TAG_CRITIC = lines("""
    conv 3>32 4/2+1 bias, leaky 0.2
    conv 32>64 4/2+1 bias, leaky 0.2
    conv 64>128 4/2+1 bias, leaky 0.2
    conv 128>256 4/2+1 bias, leaky 0.2
    conv 279>128 1/1+0 bias, leaky 0.2
    conv 128>128 4/1+0 bias, leaky 0.2
    flatten
    linear 128>1 bias
""")
STARGAN_BLOCK = lines("""
    conv 256>256 3/1+1, instance norm 256, relu
    conv 256>256 3/1+1, instance norm 256
""")


def colour_generator(last):
    return lines(f"""
        embedding 12>8
        embedding 11>8
        up 116>512 4/1+0, batch norm 512, relu
        up 512>256 4/2+1, batch norm 256, relu
        up 256>128 4/2+1, batch norm 128, relu
        up 128>64 4/2+1, batch norm 64, relu
        conv 64>64 3/1+1, batch norm 64, relu
        {last}, tanh
    """)


def up_block(inputs, outputs):
    return lines(f"""
        batch norm {inputs} plain
        linear 128>{2 * inputs} bias, batch norm {outputs} plain
        linear 128>{2 * outputs} bias
        conv {inputs}>{outputs} 3/1+1
        conv {outputs}>{outputs} 3/1+1
        conv {inputs}>{outputs} 1/1+0
    """)


def down_block(inputs, outputs):
    return lines(f"""
        conv {inputs}>{inputs} 3/1+1 bias
        conv {inputs}>{outputs} 4/2+1 bias
        conv {inputs}>{outputs} 1/1+0
    """)


ICLEVR_GENERATOR = ["linear 24>200 bias", *dcgan_generator(300, last="")]
ICLEVR_CRITIC = ["linear 24>4096 bias", *normalised_trunk(4, 0.01), "conv 512>1 4/1+0 bias"]

LAYERS = {
    "dcgan": (dcgan_generator(100), [*DCGAN_TRUNK, "conv 512>1 4/1+0 bias"]),
    "cdcgan_pairs": (
        dcgan_generator(232),
        [*DCGAN_TRUNK, "conv 644>512 1/1+0", "batch norm 512", "leaky 0.2", "conv 512>1 4/1+0 bias"],
    ),
    "mlp_gan": (
        lines("""
            linear 100>128 bias, relu
            linear 128>256 bias, relu
            linear 256>256 bias, relu
            linear 256>256 bias, relu
            linear 256>12288 bias, tanh
        """),
        lines("""
            flatten
            linear 12288>256 bias, leaky 0.2
            linear 256>256 bias, leaky 0.2
            linear 256>256 bias, leaky 0.2
            linear 256>128 bias, leaky 0.2
            linear 128>1 bias
        """),
    ),
    "stargan": (
        lines("""
            conv 15>64 7/1+3, instance norm 64, relu
            conv 64>128 4/2+1, instance norm 128, relu
            conv 128>256 4/2+1, instance norm 256, relu
        """)
        + 6 * STARGAN_BLOCK
        + lines("""
            up 256>128 4/2+1, instance norm 128, relu
            up 128>64 4/2+1, instance norm 64, relu
            conv 64>3 7/1+3, tanh
        """),
        lines("""
            conv 3>64 4/2+1 bias, leaky 0.01
            conv 64>128 4/2+1 bias, leaky 0.01
            conv 128>256 4/2+1 bias, leaky 0.01
            conv 256>512 4/2+1 bias, leaky 0.01
            conv 512>1024 4/2+1 bias, leaky 0.01
            conv 1024>1 3/1+1
            conv 1024>12 2/1+0
        """),
    ),
    "wgan_gp_hardest_negative": (dcgan_generator(123), TAG_CRITIC),
    "cdcgan_iclevr": (ICLEVR_GENERATOR, ICLEVR_CRITIC),
    "acgan_iclevr": (
        ICLEVR_GENERATOR,
        [*normalised_trunk(3, 0.01), "conv 512>1 4/1+0 bias", "conv 512>24 4/1+0 bias"],
    ),
    "acgan_hair_eyes": (
        colour_generator("up 64>3 4/2+1 bias"),
        [
            *normalised_trunk(3, 0.2),
            "conv 512>1 4/1+0 bias", "conv 512>12 4/1+0 bias", "conv 512>11 4/1+0 bias",
        ],
    ),
    "acgan_hair_eyes:shrunk_from_96": (colour_generator("up 64>3 5/3+1 bias"), None),
    "modern_cgan": (
        [
            "linear 123>128 bias", "up 128>256 4/1+0 bias",
            *up_block(256, 128), *up_block(128, 64), *up_block(64, 32), *up_block(32, 32),
            "batch norm 32", "conv 32>3 3/1+1 bias",
        ],
        [
            "conv 3>32 4/2+1 bias", *down_block(32, 64), *down_block(64, 128), *down_block(128, 256),
            "leaky 0.2", "conv 256>256 4/1+0 bias", "leaky 0.2", "flatten", "linear 256>1 bias", "linear 23>256 bias",
        ],
    ),
}  # fmt: skip
SAME_NETWORKS = {
    "wgan": "dcgan",
    "mlp_gan:all_tips": "dcgan",
    "cwgan_gp_tags": "wgan_gp_hardest_negative",
    "wgan_iclevr": "cdcgan_iclevr",
}
DRAWN_AS_IN_DCGAN = {
    "dcgan", "cdcgan_pairs", "wgan", "mlp_gan:all_tips", "cdcgan_iclevr", "acgan_iclevr", "wgan_iclevr",
    "acgan_hair_eyes",
}  # fmt: skip


def test_every_model_of_a_report_stands_in_the_tables():
    assert {name.partition(":")[0] for name in LAYERS | SAME_NETWORKS} == COMPARED


@pytest.mark.parametrize("name", LAYERS)
def test_networks_have_the_layers_of_their_source(name):
    model, (generator, discriminator) = made(name), LAYERS[name]
    assert listed(model.generator) == generator
    assert discriminator is None or listed(model.discriminator) == discriminator


@pytest.mark.parametrize("name", SAME_NETWORKS)
def test_networks_that_a_source_takes_from_another_are_those(name):
    ours, theirs = made(name), made(SAME_NETWORKS[name])
    assert listed(ours.generator) == listed(theirs.generator)
    assert listed(ours.discriminator) == listed(theirs.discriminator)


@pytest.mark.parametrize("name", [*LAYERS, *SAME_NETWORKS])
def test_first_weights_are_dcgans_or_pytorchs(name):
    """DCGAN: N(0, 0.02) for convolutions, N(1, 0.02) and 0 for batch norm; PyTorch: U(-b, b), b^2 = 1 / fan-in."""
    model = made(name)
    kernels = [m.weight for m in model.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm2d, nn.InstanceNorm2d)) and m.affine]
    gains = torch.cat([norm.weight for norm in norms]) if norms else torch.ones(1)
    assert not any(norm.bias.any() for norm in norms)
    if name.removesuffix(":shrunk_from_96") in DRAWN_AS_IN_DCGAN:
        for weight in kernels:
            assert weight.std().item() == pytest.approx(0.02, abs=0.02 * 4 / math.sqrt(2 * weight.numel()))
        assert gains.mean().item() == pytest.approx(1, abs=0.004)
        assert gains.std().item() == pytest.approx(0.02, abs=0.004)
    else:
        assert torch.equal(gains, torch.ones_like(gains))
        for weight in kernels:  # fan-in as PyTorch counts it: of the second dimension
            bound = 1 / math.sqrt(weight[0].numel())
            assert 0.9 * bound < weight.abs().max().item() <= bound


def test_linear_layers_begin_as_pytorch_draws_them():
    for layer in (m for name in sorted(COMPARED) for m in made(name).modules() if isinstance(m, nn.Linear)):
        bound = 1 / math.sqrt(layer.in_features)
        assert 0.8 * bound < layer.weight.abs().max().item() <= bound


def test_both_condition_spaces_get_the_same_networks_but_for_the_conditions_length():
    ours, theirs = made("modern_cgan", "attributes"), made("modern_cgan", "multi_label")
    replaced = {"linear 123>128 bias": "linear 124>128 bias", "linear 23>256 bias": "linear 24>256 bias"}
    assert [replaced.get(line, line) for line in listed(ours)] == listed(theirs)
