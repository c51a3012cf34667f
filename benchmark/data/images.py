"""Images as the harness passes them around (uint8) and as models see them (float32 in [-1, 1])."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

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


def to_image(image: Tensor) -> Image.Image:
    """One uint8 (3, H, W) image."""
    return Image.fromarray(image.permute(1, 2, 0).contiguous().numpy())


def save_png(image: Tensor, path: Path) -> Path:
    """Write one uint8 (3, H, W) image; the file appears whole or not at all."""
    return save_sheet(to_image(image), path)


def save_captioned(images: Tensor, captions: Sequence[str], columns: int, path: Path) -> Path:
    """Write a contact sheet; the file appears whole or not at all."""
    return save_sheet(captioned_sheet(images, captions, columns), path)


def save_sheet(sheet: Image.Image, path: Path) -> Path:
    """Write an image as PNG; the file appears whole or not at all."""
    with replacing(path) as temporary:
        sheet.save(temporary, format="png")
    return path


def caption_width(captions: Sequence[str]) -> int:
    """Pixels of the longest line of captions."""
    from PIL import ImageFont

    font = ImageFont.load_default(size=11)
    return math.ceil(max(font.getlength(text) for caption in captions for text in caption.split("\n")))


def captioned_sheet(
    images: Tensor, captions: Sequence[str], columns: int, scale: int = 2, heading: str = "", width: int | None = None
) -> Image.Image:
    """A contact sheet: uint8 (N, 3, S, S), each enlarged ``scale`` times with its caption below, under a heading.

    Images are as far apart as the longest caption needs, or ``width`` pixels.
    """
    from PIL import ImageDraw, ImageFont

    font = ImageFont.load_default(size=11)
    side, line = images.shape[-1] * scale, 13
    lines = max(caption.count("\n") + 1 for caption in captions)
    cell = (max(side, width or caption_width(captions)) + 6, side + lines * line + 8)
    rows, top = -(-len(images) // columns), 6 + (line + 4 if heading else 0)
    sheet = Image.new("RGB", (columns * cell[0] + 6, rows * cell[1] + top), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((6, 4), heading, fill="black", font=font)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        at = 6 + index % columns * cell[0], top + index // columns * cell[1]
        sheet.paste(to_image(image).resize((side, side), Image.Resampling.NEAREST), at)
        draw.multiline_text((at[0], at[1] + side + 1), caption, fill="black", font=font, spacing=1)
    return sheet


def below(sheets: Sequence[Image.Image]) -> Image.Image:
    """Sheets one below the other on white."""
    whole = Image.new("RGB", (max(one.width for one in sheets), sum(one.height for one in sheets)), "white")
    top = 0
    for one in sheets:
        whole.paste(one, (0, top))
        top += one.height
    return whole
