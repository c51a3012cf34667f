"""Image files to pixels, in one way for data sets and submissions."""

from __future__ import annotations

import io
import re
import struct
import warnings

import numpy as np
from PIL import Image
from PIL.ExifTags import Base
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from benchmark.errors import UsageError

warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")  # of damaged EXIF, which then turns nothing
READERS = {  # by a file's first bytes; a dot stands for any byte
    rb"\x89PNG\r\n\x1a\n": PngImageFile,
    rb"\xff\xd8\xff": JpegImageFile,
    rb"RIFF....WEBP": WebPImageFile,
}
MAX_PIXELS = 16_000_000  # of one image file; a larger one is refused before it is decoded
TURNS = {  # by EXIF's Orientation: how a camera's pixels become what it saw; 1 is upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
RESIZER = "pillow-bilinear"  # what the courses' own loaders use; part of the protocol id


def decode(encoded: bytes, name: str, size: int, *, middle_square: bool = False) -> np.ndarray:
    """One image file to uint8 (3, size, size); gray, palette, alpha, odd sizes and turned photographs are converted.

    Alpha is laid over white. Another size is squeezed to the square as the courses' loaders do, or first cut to its
    middle square.

    Raises:
        UsageError: as :func:`open_image`.
    """
    pixels = open_image(encoded, name)
    return to_array(_square(_middle(pixels) if middle_square else pixels, size))


def open_image(encoded: bytes, name: str) -> Image.Image:
    """One PNG, JPEG or WebP, decoded to RGB and upright as its EXIF says; of a moving image the first frame.

    Raises:
        UsageError: the file is empty, damaged, too large or no such image; the message names it.
    """
    if not encoded:
        raise UsageError(f"{name} is empty (0 bytes); replace the image or remove it and its label")
    try:
        with _reader(encoded)(io.BytesIO(encoded)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise OSError(f"it has {image.width}x{image.height} pixels, more than {MAX_PIXELS:,}")
            return _upright(_rgb(image), image)
    except (OSError, ValueError, SyntaxError, AssertionError) as error:  # Pillow asserts that there is a palette
        reason = str(error) or type(error).__name__
        raise UsageError(
            f"{name} cannot be decoded ({reason}); give a PNG, JPEG or WebP, or remove it and its label"
        ) from error


def to_array(image: Image.Image) -> np.ndarray:
    """An RGB image as uint8 (3, H, W)."""
    return np.asarray(image).transpose(2, 0, 1)


def _reader(encoded: bytes) -> type[PngImageFile | JpegImageFile | WebPImageFile]:
    """The format's own class: ``Image.open`` warns of large images where :func:`open_image` refuses them."""
    for beginning, reader in READERS.items():
        if re.match(beginning, encoded, re.DOTALL):
            return reader
    raise OSError("its first bytes are those of no PNG, JPEG or WebP")


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # 16 bits a pixel: keep the upper eight
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _upright(pixels: Image.Image, image: Image.Image) -> Image.Image:
    """Pixels turned as the file's EXIF says; as they are where it says nothing, or is damaged."""
    try:
        turn = TURNS.get(image.getexif().get(Base.Orientation))
    except (OSError, ValueError, TypeError, SyntaxError, LookupError, struct.error, UserWarning):
        return pixels
    return pixels if turn is None else pixels.transpose(turn)


def _middle(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _square(image: Image.Image, size: int) -> Image.Image:
    if image.size == (size, size):
        return image
    return image.resize((size, size), Image.Resampling.BILINEAR)
