"""Images as the harness passes them around (uint8) and as models see them (float32 in [-1, 1])."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from benchmark.system.files import replacing


def to_float(images: Tensor) -> Tensor:
    """uint8 (N, 3, S, S), 0 to 255, to float32 in [-1, 1]."""
    return images.float().div_(127.5).sub_(1.0)


def to_uint8(images: Tensor) -> Tensor:
    """Float (N, 3, S, S) in [-1, 1] to uint8, rounded to the nearest."""
    return images.float().add(1.0).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def grid(images: Tensor, columns: int, padding: int = 2) -> Tensor:
    """uint8 (N, 3, S, S) laid out row by row on white, always ``columns`` wide: uint8 (3, H, W)."""
    from torchvision.utils import make_grid  # takes as long to import as torch

    white = images.new_full((-len(images) % columns, *images.shape[1:]), 255)  # it would make few images a narrow grid
    return make_grid(torch.cat([images, white]), nrow=columns, padding=padding, pad_value=255)


def stacked(parts: Sequence[Tensor], columns: int, gap: int = 10) -> Tensor:
    """Grids one below the other, ``gap`` white pixels apart: uint8 (N, 3, S, S) each to one uint8 (3, H, W)."""
    blocks = [functional.pad(grid(images, columns), (0, 0, gap, 0), value=255) for images in parts]
    return torch.cat(blocks, dim=1)[:, gap:]


def save_png(image: Tensor, path: Path) -> Path:
    """Write one uint8 (3, H, W) image; the file appears whole or not at all."""
    with replacing(path) as temporary:
        Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()).save(temporary, format="png")
    return path


def save_captioned(images: Tensor, captions: Sequence[str], columns: int, path: Path) -> Path:
    """Write a contact sheet; the file appears whole or not at all."""
    with replacing(path) as temporary:
        captioned_sheet(images, captions, columns).save(temporary, format="png")
    return path


def captioned_sheet(images: Tensor, captions: Sequence[str], columns: int, scale: int = 2) -> Image.Image:
    """A contact sheet: uint8 (N, 3, S, S), each enlarged ``scale`` times with its caption below."""
    from PIL import ImageDraw, ImageFont

    font = ImageFont.load_default(size=11)
    side, line = images.shape[-1] * scale, 13
    lines = max(caption.count("\n") + 1 for caption in captions)
    cell = (side + 6, side + lines * line + 8)
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * cell[0] + 6, rows * cell[1] + 6), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        left, top = 6 + index % columns * cell[0], 6 + index // columns * cell[1]
        tile = Image.fromarray(image.permute(1, 2, 0).contiguous().numpy())
        sheet.paste(tile.resize((side, side), Image.Resampling.NEAREST), (left, top))
        draw.multiline_text((left, top + side + 1), caption, fill="black", font=font, spacing=1)
    return sheet
