"""Contact sheets: all images of a submission in one small image, for pages of staff."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmark.grading.pages.templates import data_url

MOST = 200  # images on a sheet
QUALITY = 60  # of WebP
SIDES = ((120, 40), (300, 28), (600, 20), (10**9, 16))  # up to so many submissions, images with so many pixels a side


@dataclass(frozen=True)
class Sheet:
    """A contact sheet."""

    url: str  # the image itself
    columns: int
    rows: int
    side: int  # pixels of each image
    count: int  # images that it shows
    total: int  # images that there are

    def place(self, index: int) -> str:
        """CSS of a frame around one image."""
        row, column = divmod(index, self.columns)
        width, height = 100 / self.columns, 100 / self.rows
        return f"left:{column * width:.3f}%;top:{row * height:.3f}%;width:{width:.3f}%;height:{height:.3f}%"


def sheet_of(images: Sequence[np.ndarray], submissions: int) -> Sheet | None:
    """A contact sheet of uint8 (3, S, S) images, in their order; None without images.

    Args:
        images: of one submission.
        submissions: how many there are; the more, the smaller.
    """
    if not len(images):
        return None
    side = next(side for at_most, side in SIDES if submissions <= at_most)
    shown = [_shrunk(images[index], side) for index in range(min(len(images), MOST))]
    columns = math.ceil(math.sqrt(len(shown)))
    rows = math.ceil(len(shown) / columns)
    sheet = np.full((3, rows * side, columns * side), 128, dtype=np.uint8)
    for index, image in enumerate(shown):
        row, column = divmod(index, columns)
        sheet[:, row * side : (row + 1) * side, column * side : (column + 1) * side] = image
    return Sheet(data_url(sheet, "webp", quality=QUALITY, method=4), columns, rows, side, len(shown), len(images))


def _shrunk(image: np.ndarray, side: int) -> np.ndarray:
    small = Image.fromarray(image.transpose(1, 2, 0)).resize((side, side), Image.Resampling.BOX)
    return np.asarray(small).transpose(2, 0, 1)
