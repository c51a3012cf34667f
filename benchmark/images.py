"""Pictures as the harness passes them around (uint8) and as models see them (float32 in [-1, 1])."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from benchmark.atomic import replacing
from benchmark.errors import UsageError

MAX_PIXELS = 16_000_000  # of one picture file; a larger one is refused before it is decoded
RESIZER = "pillow-bilinear"  # what the courses' own loaders use; part of the protocol id


def to_float(images: Tensor) -> Tensor:
    """uint8 (N, 3, S, S), 0 to 255, to float32 in [-1, 1]."""
    return images.float().div_(127.5).sub_(1.0)


def to_uint8(images: Tensor) -> Tensor:
    """Float (N, 3, S, S) in [-1, 1] to uint8, rounded to the nearest."""
    return images.float().add(1.0).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def decode(encoded: bytes, name: str, size: int, *, middle_square: bool = False) -> np.ndarray:
    """One picture file to uint8 (3, size, size); gray, palette, alpha and odd sizes are converted.

    Alpha is laid over white. Another size is squeezed to the square as the courses' loaders do, or first cut to its
    middle square.

    Raises:
        UsageError: the file is empty or no picture; the message names it.
    """
    if not encoded:
        raise UsageError(f"{name} is empty (0 bytes); replace the picture or remove it and its label")
    try:
        with Image.open(io.BytesIO(encoded)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise OSError(f"it has {picture.width}x{picture.height} pixels, more than {MAX_PIXELS:,}")
            pixels = _rgb(picture)
            pixels = _middle(pixels) if middle_square else pixels
            return np.asarray(_square(pixels, size)).transpose(2, 0, 1)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, SyntaxError) as error:
        reason = str(error).split("<_io")[0].strip() or type(error).__name__
        raise UsageError(
            f"{name} cannot be decoded ({reason}); give a PNG or JPEG, or remove it and its label"
        ) from error


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16"):  # 16 bits a pixel: keep the upper eight
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.has_transparency_data:
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")


def _middle(picture: Image.Image) -> Image.Image:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def _square(picture: Image.Image, size: int) -> Image.Image:
    if picture.size == (size, size):
        return picture
    return picture.resize((size, size), Image.Resampling.BILINEAR)


def grid(images: Tensor, columns: int, padding: int = 2) -> Tensor:
    """uint8 (N, 3, S, S) laid out row by row on white: uint8 (3, H, W)."""
    n, channels, size, _ = images.shape
    rows, cell = -(-n // columns), size + padding
    sheet = images.new_full((channels, rows * cell + padding, columns * cell + padding), 255)
    for index, image in enumerate(images):
        top, left = padding + index // columns * cell, padding + index % columns * cell
        sheet[:, top : top + size, left : left + size] = image
    return sheet


def save_png(image: Tensor, path: Path) -> Path:
    """Write one uint8 (3, H, W) picture; the file appears whole or not at all."""
    with replacing(path) as temporary:
        Image.fromarray(image.permute(1, 2, 0).contiguous().numpy()).save(temporary, format="png")
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
        picture = Image.fromarray(image.permute(1, 2, 0).contiguous().numpy())
        sheet.paste(picture.resize((side, side), Image.Resampling.NEAREST), (left, top))
        draw.multiline_text((left, top + side + 1), caption, fill="black", font=font, spacing=1)
    return sheet
