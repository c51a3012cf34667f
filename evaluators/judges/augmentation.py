"""Augmentation that keeps an image's classes, and makes a judge robust to images that a generator drew.

Every function takes and returns float32 (N, 3, S, S), nominally 0 to 255, and draws from the generator given.

torchvision's v2 transforms are not used: they draw one change for the whole batch from torch's global generator, and
their blurs differ from these in the last bits, so that a judge trained again by its card would have another sha256.
``tests/evaluators/test_augmentation.py`` measures the difference.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

BEND = 4.0  # pixels
JPEG_SHARE = 4  # one image in so many is degraded


def augment(images: Tensor, rng: Generator, recolouring: float = 1.0) -> Tensor:
    """All of them in turn, clamped to 0 to 255; ``recolouring`` is the share of :func:`recolour`'s changes."""
    images = recolour(move(images, rng), rng, recolouring)
    for change in (blur, compress, add_noise):
        images = change(images, rng)
    return images.clamp_(0.0, 255.0)


def distort(images: Tensor, rng: Generator) -> Tensor:
    """Distortions of small generators: bent and smeared shapes."""
    return smear(bend(images, rng), rng)


def bend(images: Tensor, rng: Generator) -> Tensor:
    """Shift pixels along a smooth random field of 6x6 arrows with a standard deviation of 0 to 4 pixels.

    Source: Simard et al. 2003, "Best practices for convolutional neural networks", section 2 (elastic distortions).
    """
    n, size = len(images), images.shape[-1]
    arrows = torch.randn(n, 2, 6, 6, generator=rng, device=images.device) * (2 * BEND / size)
    arrows = arrows * torch.rand(n, 1, 1, 1, generator=rng, device=images.device)
    field = functional.interpolate(arrows, size=images.shape[2:], mode="bicubic", align_corners=True)
    still = torch.eye(2, 3, device=images.device).expand(n, 2, 3)
    grid = functional.affine_grid(still, list(images.shape), align_corners=False) + field.permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def smear(images: Tensor, rng: Generator) -> Tensor:
    """Half of them blurred by a Gaussian whose standard deviation is 0.6 to 1.5 pixels."""
    deviation = 1.05 + 0.45 * _spread(rng, 1)
    weights = torch.exp(-torch.arange(-3, 4, device=images.device).square() / (2 * deviation.square()))
    weights = (weights / weights.sum()).expand(3, 1, 1, 7)
    smooth = functional.conv2d(functional.pad(images, (3, 3, 0, 0), mode="reflect"), weights, groups=3)
    smooth = functional.conv2d(functional.pad(smooth, (0, 0, 3, 3), mode="reflect"), weights.mT, groups=3)
    return torch.where(_spread(rng, len(images), 1, 1, 1) < 0, smooth, images)


def move(images: Tensor, rng: Generator) -> Tensor:
    """Flip half of them; shift by up to 6 %, scale by up to 10 %, turn by up to 5 degrees."""
    n = len(images)
    scale, angle = 1 + 0.1 * _spread(rng, n), math.radians(5) * _spread(rng, n)
    flip = torch.sign(_spread(rng, n))
    cos, sin = scale * angle.cos(), scale * angle.sin()
    shift_x, shift_y = 0.12 * _spread(rng, n), 0.12 * _spread(rng, n)  # the image spans -1 to 1
    rows = [torch.stack([flip * cos, -sin, shift_x], dim=1), torch.stack([flip * sin, cos, shift_y], dim=1)]
    grid = functional.affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def recolour(images: Tensor, rng: Generator, share: float = 1.0) -> Tensor:
    """Saturation by up to 20 %, contrast and brightness by up to 15 %, or a share of it; never the hue.

    Where classes are distinguished by shade, as brown from orange eyes, less of it is right.
    """
    n = len(images)
    gray = images.mean(dim=1, keepdim=True)
    images = gray + (images - gray) * (1 + 0.2 * share * _spread(rng, n, 1, 1, 1))
    middle = images.mean(dim=(1, 2, 3), keepdim=True)
    images = middle + (images - middle) * (1 + 0.15 * share * _spread(rng, n, 1, 1, 1))
    return images * (1 + 0.15 * share * _spread(rng, n, 1, 1, 1))


def blur(images: Tensor, rng: Generator) -> Tensor:
    """Between a binomial 3x3 blur and as much sharpening."""
    x = functional.pad(images, (1, 1, 1, 1), mode="reflect")
    x = x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]
    smooth = (x[:, :, :-2] + 2 * x[:, :, 1:-1] + x[:, :, 2:]) / 16
    return torch.lerp(images, smooth, _spread(rng, len(images), 1, 1, 1))


def compress(images: Tensor, rng: Generator) -> Tensor:
    """JPEG's loss on every fourth image: DCT coefficients of 8x8 blocks rounded to steps of 10 to 50."""
    if images.shape[-1] % 8:
        raise ValueError(f"images are {images.shape[-1]} pixels wide; give a multiple of 8")
    some, dct = images[::JPEG_SHARE], _dct_matrix(images.device)
    step = 30 + 20 * _spread(rng, len(some), 1, 1, 1, 1, 1)
    blocks = some.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)  # (N, 3, rows, columns, 8, 8)
    coefficients = ((dct @ blocks @ dct.T) / step).round() * step
    images = images.clone()
    images[::JPEG_SHARE] = (dct.T @ coefficients @ dct).transpose(3, 4).flatten(4, 5).flatten(2, 3)
    return images


def add_noise(images: Tensor, rng: Generator) -> Tensor:
    """Gaussian noise with a standard deviation of 0 to 10 grey levels."""
    noise = torch.randn(images.shape, generator=rng, device=images.device)
    return images + noise * (5 + 5 * _spread(rng, len(images), 1, 1, 1))


def _spread(rng: Generator, *shape: int) -> Tensor:
    """Uniform in [-1, 1)."""
    return torch.rand(shape, generator=rng, device=rng.device) * 2 - 1


def _dct_matrix(device: torch.device) -> Tensor:
    """The orthonormal DCT-II of 8 numbers: row k is the cosine of frequency k."""
    position, frequency = torch.arange(8, device=device), torch.arange(8, device=device)[:, None]
    matrix = torch.cos(math.pi / 8 * (position + 0.5) * frequency) / 2
    matrix[0] /= math.sqrt(2)
    return matrix
