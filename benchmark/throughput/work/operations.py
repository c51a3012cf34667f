"""Number of operations of convolutions and matrix products in some work, without those on padding."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

ATEN = torch.ops.aten


def gflop_of(run: Callable[[], int]) -> float:
    """Billions of operations for each unit of a round."""
    with Operations() as counted:
        units = run()
    return counted.total / 1e9 / units


class Operations(TorchDispatchMode):
    """Counts by torch's formulas; its FlopCounterMode cannot be used with ``autograd.grad`` of inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0.0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        found = function(*args, **(kwargs or {}))
        packet = function._overloadpacket
        if formula := flop_registry.get(packet):
            self.total += formula(*args, **(kwargs or {}), out_val=found) * _share(packet, args, found)
        return found


def _share(packet, args: Sequence, found) -> float:  # noqa: ANN001
    """Share of a convolution's operations that are on pixels, not on padding, which torch counts, too."""
    if packet is ATEN.convolution:
        images, weight, _, stride, padding, dilation, transposed, *_ = args
        out = found
    elif packet is ATEN.convolution_backward:
        out, images, weight, _, stride, padding, dilation, transposed, *_ = args
    else:
        return 1.0
    wide, narrow = (out, images) if transposed else (images, out)  # a transposed one goes from narrow to wide
    dims = zip(wide.shape[2:], narrow.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    return math.prod(_used(*dim) for dim in dims)


def _used(wide: int, narrow: int, kernel: int, stride: int, padding: int, dilation: int) -> float:
    """Share of a kernel's positions along one dimension that lie on the image, over all its places."""
    positions = [place * stride - padding + tap * dilation for place in range(narrow) for tap in range(kernel)]
    return sum(0 <= position < wide for position in positions) / len(positions)
