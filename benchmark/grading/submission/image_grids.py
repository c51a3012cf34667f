"""All images of a condition list in one file, as torchvision's ``make_grid`` lays them out, or as a square."""

from __future__ import annotations

import math
from itertools import product
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from benchmark.data.decoding import open_image, to_array
from benchmark.errors import UsageError
from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Lists
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.image_files import MAX_FILE
from benchmark.grading.submission.list_names import has_name_of, own_folders

COLUMNS, PADDINGS, TILES = 8, (2, 0), (64, 128)  # save_image as the courses call it, and without a padding


def grid_of_list(names: list[str], list_name: str, lists: Lists) -> str | None:
    """The one image whose name has the list's name in it, and which lies in no other list's folder."""
    own = own_folders(names, lists)
    paths = {name: PurePosixPath(name) for name in names}
    found = [
        name
        for name, path in paths.items()
        if own.get(path.parent, list_name) == list_name and has_name_of(path.stem, list_name, lists)
    ]
    if len(found) > 1:
        raise Rejected(f"{found[0]!r} and {found[1]!r} could both be the grid of {list_name}; hand in one")
    return found[0] if found else None


def read_grid(bundle: Bundle, name: str, count: int, size: int) -> np.ndarray:
    """The tiles of a grid, row by row: uint8 (count, 3, size, size)."""
    try:
        sheet = open_image(bundle.read(name, MAX_FILE), one_line(name, 100))
    except UsageError as error:
        raise Rejected(one_line(str(error))) from error
    sizes = _sizes(count)
    if sheet.size not in sizes:
        allowed = " or ".join(f"{width}x{height}" for width, height in sizes)
        raise Rejected(
            f"{name!r} has {sheet.width}x{sheet.height} pixels; a grid of {count} images, "
            f"{' or '.join(map(str, _columns(count)))} a row with {PADDINGS[0]} pixels or none between, has {allowed}"
        )
    columns, padding, tile = sizes[sheet.size]
    tiles = []
    for index in range(count):
        left, top = (padding + place * (tile + padding) for place in (index % columns, index // columns))
        cut = sheet.crop((left, top, left + tile, top + tile))
        tiles.append(to_array(cut if tile == size else cut.resize((size, size), Image.Resampling.BILINEAR)))
    return np.stack(tiles)


def _columns(count: int) -> list[int]:
    """Possible numbers of tiles in a row: eight, or as many as there are rows."""
    root = math.isqrt(count)
    return [min(COLUMNS, count), *([root] if root**2 == count and root != COLUMNS and count > 1 else [])]


def _sizes(count: int) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Columns, padding and side of a tile, by width and height of the sheet; no two ways have one size."""
    sizes = {}
    for columns, padding, tile in product(_columns(count), PADDINGS, TILES):
        width, height = (number * (tile + padding) + padding for number in (columns, -(-count // columns)))
        sizes[width, height] = (columns, padding, tile)
    return sizes
