"""All pictures of a condition list in one file, as torchvision's ``make_grid`` lays them out."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from benchmark.data.decoding import open_picture, to_array
from benchmark.errors import UsageError
from benchmark.grading.bundle import Bundle
from benchmark.grading.picture_files import MAX_FILE, Lists
from benchmark.grading.rejection import Rejected, one_line

COLUMNS, PADDING, TILES = 8, 2, (64, 128)  # save_image as the courses call it


def grid_of_list(names: list[str], list_name: str, lists: Lists) -> str | None:
    """The one picture whose name has the list's name in it as a word, and no longer list's name."""
    longer = [other for other in lists if list_name in other and other != list_name]
    stems = {name: PurePosixPath(name).stem for name in names}
    found = [
        name
        for name, stem in stems.items()
        if _has_word(stem, list_name) and not any(_has_word(stem, other) for other in longer)
    ]
    if len(found) > 1:
        raise Rejected(f"{found[0]!r} and {found[1]!r} could both be the grid of {list_name}; hand in one")
    return found[0] if found else None


def _has_word(stem: str, word: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", stem, re.IGNORECASE) is not None


def read_grid(bundle: Bundle, name: str, count: int, size: int) -> np.ndarray:
    """The tiles of a torchvision grid, row by row: uint8 (count, 3, size, size)."""
    try:
        sheet = open_picture(bundle.read(name, MAX_FILE), one_line(name, 100))
    except UsageError as error:
        raise Rejected(one_line(str(error))) from error
    columns, rows = min(COLUMNS, count), -(-count // COLUMNS)
    sizes = {(columns * (t + PADDING) + PADDING, rows * (t + PADDING) + PADDING): t for t in TILES}
    if sheet.size not in sizes:
        allowed = " or ".join(f"{width}x{height}" for width, height in sizes)
        raise Rejected(
            f"{name!r} has {sheet.width}x{sheet.height} pixels; a grid of {count} pictures, {COLUMNS} a row with "
            f"{PADDING} pixels between, has {allowed}"
        )
    tile = sizes[sheet.size]
    tiles = []
    for index in range(count):
        left, top = (PADDING + place * (tile + PADDING) for place in (index % COLUMNS, index // COLUMNS))
        cut = sheet.crop((left, top, left + tile, top + tile))
        tiles.append(to_array(cut if tile == size else cut.resize((size, size), Image.Resampling.BILINEAR)))
    return np.stack(tiles)
