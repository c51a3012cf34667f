"""The judges' networks by name, and the form in which their weights are stored."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

from evaluators.judges.network import Convolution, Network
from evaluators.judges.plain_network import PlainNetwork

AnyNetwork = Network | PlainNetwork
ARCHITECTURES: dict[str, type[AnyNetwork]] = {network.architecture: network for network in (Network, PlainNetwork)}


def folded(network: AnyNetwork) -> AnyNetwork:
    """The same function without batch norm, on the CPU, with weights that a float16 file can hold."""
    plain = empty_network(network.architecture, network.num_outputs, network.widths)
    sources = [module for module in network.cpu().eval().modules() if isinstance(module, Convolution)]
    targets = [module for module in plain.modules() if isinstance(module, Convolution)]
    for source, target in zip(sources, targets, strict=True):
        merged = fuse_conv_bn_eval(source.conv, source.norm)
        target.conv.load_state_dict(merged.state_dict(), assign=True)
    plain.head.load_state_dict(network.head.state_dict(), assign=True)
    return plain.half().float().eval()


def empty_network(architecture: str, num_outputs: int, widths: Sequence[int]) -> AnyNetwork:
    """The stored form without numbers, to be filled by ``load_state_dict(..., assign=True)``.

    Drawing initial weights only to replace them would move the global random state.

    Raises:
        ValueError: no such architecture; the message names those that there are.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture is {architecture!r}, this version reads {', '.join(ARCHITECTURES)}")
    with torch.device("meta"):
        return ARCHITECTURES[architecture](num_outputs, widths, normalised=False)
