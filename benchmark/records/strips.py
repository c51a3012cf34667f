"""The images that a judge got wrong, as one small strip next to the record that counts them.

A strip is a WebP with one row of square images. Its description (EXIF tag ImageDescription) says which images of the
sample set they are, and whose answers chose them. Two computers may compress an image to different bytes, so a strip is
made once.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.system.files import replacing

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 64  # pixels of each image
QUALITY = 70
DESCRIPTION = 0x010E  # EXIF's ImageDescription
AGAIN = "delete it, and 'cgan-bench breakdown RECORD --images-of RUN' draws it again"


@dataclass(frozen=True)
class Strip:
    """Images side by side, and their files in the sample set."""

    webp: bytes
    files: tuple[str, ...]


def save_strip(path: Path, record: Record, images: Sequence[Image], files: Sequence[str]) -> Path:
    """Write a strip; the file appears whole or not at all.

    Args:
        path: see :func:`benchmark.records.store.strip_path`.
        record: whose answers chose the images.
        images: square, at least one; each is shrunk or enlarged to 64 by 64.
        files: of the images in the sample set, such as ``test/3.png``.
    """
    from PIL import Image as Images

    strip = Images.new("RGB", (SIDE * len(images), SIDE))
    for place, image in enumerate(images):
        strip.paste(image.convert("RGB").resize((SIDE, SIDE), Images.Resampling.LANCZOS), (SIDE * place, 0))
    exif = Images.Exif()
    exif[DESCRIPTION] = json.dumps({"per_sample_sha256": record.per_sample_sha256, "files": list(files)})
    buffer = io.BytesIO()
    strip.save(buffer, format="webp", quality=QUALITY, method=6, exif=exif)
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())
    return path


def load_strip(path: Path, record: Record) -> Strip:
    """A strip that lies next to a record.

    Raises:
        UsageError: it is no such strip, or another record's.
    """
    from PIL import Image as Images

    content = path.read_bytes()
    try:
        with Images.open(io.BytesIO(content), formats=["webp"]) as image:
            told, tiles = json.loads(image.getexif()[DESCRIPTION]), image.width // SIDE
        files, digest = tuple(map(str, told["files"])), told["per_sample_sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no strip of images that a judge got wrong ({error}); {AGAIN}") from error
    if digest != record.per_sample_sha256 or tiles != len(files):
        raise UsageError(f"{path} is of other answers than those of {record.file_name}; {AGAIN}")
    return Strip(content, files)
