"""The layers of a network, for comparing it with a report."""

import re

import torch
from torch import nn

from benchmark.definitions.model_settings import find_model
from reference_models import MODELS
from reference_models.base import ConditionSpace

MULTI_LABEL = ConditionSpace(kind="multi_label", sizes=(24,))
ATTRIBUTES = ConditionSpace(kind="attributes", sizes=(12, 11))
NONE = ConditionSpace(kind="none", sizes=())
SPACES = {space.kind: space for space in (MULTI_LABEL, ATTRIBUTES, NONE)}


def config_of(name, kind=None, **changes):
    """Settings of a named model or variant, for its first kind of conditions unless another is named."""
    model_class, settings = find_model(name)
    space = SPACES[kind or model_class.condition_kinds[0]]
    return model_class.Config(conditions=space, **settings | changes)


def made(name, kind=None, **changes):
    """The model of those settings, with the first weights of seed 0."""
    torch.manual_seed(0)
    return find_model(name)[0](config_of(name, kind, **changes))


def count(module):
    """Parameters."""
    return sum(p.numel() for p in module.parameters())


def shapes_of(layers, x, kinds):
    """(channels, size) after each layer of the kinds."""
    found = []
    for layer in layers:
        x = layer(x)
        if isinstance(layer, kinds):
            found.append(tuple(x.shape[1:3]))
    return found


def kinds_of(module, *kinds):
    """The submodules of the kinds, in order."""
    return [m for m in module.modules() if isinstance(m, kinds)]


def listed(network):
    """A network's layers in order, a line each: kind, channels, kernel/stride+padding, what is unusual."""
    return [_line(layer) for layer in network.modules() if not list(layer.children())]


def _line(layer):
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        kind = "conv" if isinstance(layer, nn.Conv2d) else "up"
        (kernel,), (stride,), (padding,) = set(layer.kernel_size), set(layer.stride), set(layer.padding)
        assert (layer.groups, set(layer.dilation), layer.padding_mode) == (1, {1}, "zeros")
        line = f"{kind} {layer.in_channels}>{layer.out_channels} {kernel}/{stride}+{padding}"
        return line if layer.bias is None else f"{line} bias"
    if isinstance(layer, nn.Linear):
        return f"linear {layer.in_features}>{layer.out_features}" + ("" if layer.bias is None else " bias")
    if isinstance(layer, nn.Embedding):
        return f"embedding {layer.num_embeddings}>{layer.embedding_dim}"
    if isinstance(layer, nn.BatchNorm2d):
        return f"batch norm {layer.num_features}" + ("" if layer.affine else " plain")
    if isinstance(layer, nn.InstanceNorm2d):
        return f"instance norm {layer.num_features}" + ("" if layer.affine else " plain")
    if isinstance(layer, nn.LeakyReLU):
        return f"leaky {layer.negative_slope}"
    return {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Flatten: "flatten"}[type(layer)]


def logits_handed_in(model):
    """The model with a discriminator that takes logits for images and gives them back."""
    model.discriminator.forward = lambda images, condition: images
    return model


# Models whose settings and layers are compared with a source, table by table: those of reports, and the row to beat.
COMPARED = {name for name, model in MODELS.items() if re.match(r"R[1-5]\b", model.source)} | {"modern_cgan"}
NAMES = [full for name, model in MODELS.items() for full in (name, *(f"{name}:{v}" for v in model.variants))]

CASES = [(name, kind) for name in NAMES for kind in find_model(name)[0].condition_kinds]


def name_and_kind(case):
    return "-".join(case)
