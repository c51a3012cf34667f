"""Pooled features of the Inception network that FID is defined on, from weights that the user has.

The network is that of the TensorFlow graph ``inception-2015-12-05``, which differs from today's Inception v3: average
pooling leaves the padding out of the mean, the last block pools by maximum, and there are 1,008 classes. The image is
resized to 299x299 as TensorFlow 1 did (bilinear, pixels' corners aligned at the top left) and becomes (x - 128) / 128.
The features are the 2,048 maps of the last block, averaged over their 8x8 positions.

Source: Szegedy et al. 2016, https://arxiv.org/abs/1512.00567, section 6; Heusel et al. 2017,
https://arxiv.org/abs/1706.08500. Names and numbers are those of torch-fidelity and torchmetrics, whose file of weights
is read as it is (it is also pytorch-fid's, which resizes in another way): https://github.com/toshas/torch-fidelity.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

WEIGHTS_NAME = "weights-inception-2015-12-05-6726825d.pth"
WEIGHTS_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
FINGERPRINT = f"inception-2015-12-05:{WEIGHTS_SHA256[:16]}:bilinear-299,(x-128)/128"  # for the protocol id
DIMENSION = 2048
average = partial(functional.avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False)
maximum = partial(functional.max_pool2d, kernel_size=3, stride=1, padding=1)
IMAGE_SIZE = 299
BATCH = {"cpu": 8}
OTHER_BATCH = 128


def load_inception_v3(weights: Path) -> InceptionFeatures:
    """The features, with the weights of a file.

    Raises:
        ValueError: the file cannot be read, or has another SHA-256; the message names it and gives both.
    """
    try:
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    except OSError as error:
        raise ValueError(f"{weights}: cannot be read ({error.strerror}); give a copy of {WEIGHTS_NAME}") from error
    if digest != WEIGHTS_SHA256:
        raise ValueError(f"{weights} has sha256 {digest}, expected {WEIGHTS_SHA256}; give a copy of {WEIGHTS_NAME}")
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(f"{weights}: not a checkpoint of plain tensors ({str(error).splitlines()[0]})") from error
    return InceptionFeatures(state)


class InceptionFeatures:
    """uint8 (N, 3, S, S), 0 to 255, to float32 (N, 2048) features, on the device of the images."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        with torch.device("meta"):
            network = Inception()
        network.load_state_dict({name: state[name] for name in network.state_dict()}, assign=True)
        network.eval().requires_grad_(False)
        for module in network.modules():
            if isinstance(module, Convolution):
                module.conv, module.bn = fuse_conv_bn_eval(module.conv, module.bn), nn.Identity()
        self.network = network.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        network = self.network.to(images.device)
        batches = images.split(BATCH.get(images.device.type, OTHER_BATCH))
        return torch.cat([network(preprocess(batch)).mean(dim=(2, 3)) for batch in batches])


def preprocess(images: Tensor) -> Tensor:
    """uint8 (N, 3, H, W) to float32 (N, 3, 299, 299), channels last: see the top of the file."""
    rows, columns = (bilinear_matrix(length).to(images.device) for length in images.shape[2:])
    resized = (rows @ images.float() @ columns.T).sub_(128).div_(128)
    return resized.contiguous(memory_format=torch.channels_last)


@cache
def bilinear_matrix(length: int) -> Tensor:
    """Matrix of TensorFlow 1's bilinear resizing of a line of ``length`` pixels: float32 (299, length)."""
    position = torch.arange(IMAGE_SIZE, dtype=torch.float32) * (length / IMAGE_SIZE)
    before = position.floor()
    share = position - before
    matrix, lines = torch.zeros(IMAGE_SIZE, length), torch.arange(IMAGE_SIZE)
    matrix[lines, before.long()] += 1 - share
    matrix[lines, before.long().add(1).clamp(max=length - 1)] += share
    return matrix


class Inception(nn.Module):
    """float32 (N, 3, 299, 299), -1 to 1, to (N, 2048, 8, 8); layers are named as in the file of weights."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Convolution(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Convolution(32, 32, 3)
        self.Conv2d_2b_3x3 = Convolution(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Convolution(64, 80, 1)
        self.Conv2d_4a_3x3 = Convolution(80, 192, 3)
        self.Mixed_5b = BlockA(192, pool_maps=32)
        self.Mixed_5c = BlockA(256, pool_maps=64)
        self.Mixed_5d = BlockA(288, pool_maps=64)
        self.Mixed_6a = ReductionB(288)
        self.Mixed_6b = BlockC(768, inner=128)
        self.Mixed_6c = BlockC(768, inner=160)
        self.Mixed_6d = BlockC(768, inner=160)
        self.Mixed_6e = BlockC(768, inner=192)
        self.Mixed_7a = ReductionD(768)
        self.Mixed_7b = BlockE(1280, pool=average)
        self.Mixed_7c = BlockE(2048, pool=maximum)

    def forward(self, x: Tensor) -> Tensor:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(functional.max_pool2d(x, 3, 2)))
        x = functional.max_pool2d(x, 3, 2)
        for name, block in self.named_children():
            if name.startswith("Mixed"):
                x = block(x)
        return x


class Convolution(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, size: int | Sequence[int], stride: int = 1, padding: int | Sequence[int] = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(x)))


class BlockA(nn.Module):
    """At 35x35: 1x1, 5x5, two 3x3, and pooling, side by side."""

    def __init__(self, inputs: int, pool_maps: int) -> None:
        super().__init__()
        self.branch1x1 = Convolution(inputs, 64, 1)
        self.branch5x5_1 = Convolution(inputs, 48, 1)
        self.branch5x5_2 = Convolution(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = Convolution(inputs, 64, 1)
        self.branch3x3dbl_2 = Convolution(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Convolution(96, 96, 3, padding=1)
        self.branch_pool = Convolution(inputs, pool_maps, 1)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat(
            [self.branch1x1(x), self.branch5x5_2(self.branch5x5_1(x)), double, self.branch_pool(average(x))], dim=1
        )


class ReductionB(nn.Module):
    """From 35x35 to 17x17."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3 = Convolution(inputs, 384, 3, stride=2)
        self.branch3x3dbl_1 = Convolution(inputs, 64, 1)
        self.branch3x3dbl_2 = Convolution(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Convolution(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, functional.max_pool2d(x, 3, 2)], dim=1)


class BlockC(nn.Module):
    """At 17x17: 7x7 convolutions as pairs of 1x7 and 7x1."""

    def __init__(self, inputs: int, inner: int) -> None:
        super().__init__()
        row, column = {"size": (1, 7), "padding": (0, 3)}, {"size": (7, 1), "padding": (3, 0)}
        self.branch1x1 = Convolution(inputs, 192, 1)
        self.branch7x7_1 = Convolution(inputs, inner, 1)
        self.branch7x7_2 = Convolution(inner, inner, **row)
        self.branch7x7_3 = Convolution(inner, 192, **column)
        self.branch7x7dbl_1 = Convolution(inputs, inner, 1)
        self.branch7x7dbl_2 = Convolution(inner, inner, **column)
        self.branch7x7dbl_3 = Convolution(inner, inner, **row)
        self.branch7x7dbl_4 = Convolution(inner, inner, **column)
        self.branch7x7dbl_5 = Convolution(inner, 192, **row)
        self.branch_pool = Convolution(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        single = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), single, double, self.branch_pool(average(x))], dim=1)


class ReductionD(nn.Module):
    """From 17x17 to 8x8."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3_1 = Convolution(inputs, 192, 1)
        self.branch3x3_2 = Convolution(192, 320, 3, stride=2)
        self.branch7x7x3_1 = Convolution(inputs, 192, 1)
        self.branch7x7x3_2 = Convolution(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = Convolution(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = Convolution(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        single = self.branch3x3_2(self.branch3x3_1(x))
        separable = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        return torch.cat([single, self.branch7x7x3_4(separable), functional.max_pool2d(x, 3, 2)], dim=1)


class BlockE(nn.Module):
    """At 8x8: 3x3 convolutions as 1x3 next to 3x1."""

    def __init__(self, inputs: int, pool) -> None:  # noqa: ANN001
        super().__init__()
        row, column = {"size": (1, 3), "padding": (0, 1)}, {"size": (3, 1), "padding": (1, 0)}
        self.pool = pool
        self.branch1x1 = Convolution(inputs, 320, 1)
        self.branch3x3_1 = Convolution(inputs, 384, 1)
        self.branch3x3_2a = Convolution(384, 384, **row)
        self.branch3x3_2b = Convolution(384, 384, **column)
        self.branch3x3dbl_1 = Convolution(inputs, 448, 1)
        self.branch3x3dbl_2 = Convolution(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = Convolution(384, 384, **row)
        self.branch3x3dbl_3b = Convolution(384, 384, **column)
        self.branch_pool = Convolution(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        single, double = self.branch3x3_1(x), self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        parts = [
            self.branch1x1(x),
            self.branch3x3_2a(single),
            self.branch3x3_2b(single),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(self.pool(x)),
        ]
        return torch.cat(parts, dim=1)
