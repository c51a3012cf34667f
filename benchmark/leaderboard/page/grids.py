"""Sample grids of a results folder, and the small copies of them that the page holds.

A small copy lies in ``samples/small/`` under the grid's name and the start of its sha256: two computers may compress an
image to different bytes, so it is made once, and the page repeats its bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmark.leaderboard.page.contents import Tiles
from benchmark.records.record import Record
from benchmark.records.store import grid_path
from benchmark.system.files import file_sha256, replacing

QUALITY = 60
MOST_PIXELS = 960  # height or width: room for the captions of 64 images
SMALL = "small"
COLUMNS, PADDING = 8, 2  # of a grid without captions, see benchmark.data.images.grid
EDGE, LINE, BELOW, MOST_LINES = 6, 13, 8, 4  # of one with captions, see benchmark.data.images.captioned_sheet


def grids_of(records: Iterable[Record], folder: Path) -> dict[str, Path]:
    """The grid of each record of a folder that has one, by the record's file name."""
    found = {record.file_name: grid_path(folder / record.file_name) for record in records}
    return {name: path for name, path in found.items() if path.is_file()}


def tiles_of(size: tuple[int, int], side: int) -> Tiles | None:
    """The images in the right half of a grid's first two rows; there i-CLEVR requests several objects.

    Args:
        size: width and height of the grid, pixels, as ``cgan-bench`` draws it: eight columns, with or without captions.
        side: of its images, pixels.

    Returns:
        None unless the size follows from exactly one layout.
    """
    layouts = set(_layouts(size, side))
    if len(layouts) != 1:
        return None
    left, top, across, down = layouts.pop()
    places = [(left + column * across, top + row * down) for row in (0, 1) for column in range(COLUMNS // 2, COLUMNS)]
    kept = [(x, y) for x, y in places if y + side <= size[1]]
    return Tiles(width=size[0] / side, places=[(x / side, y / side) for x, y in kept])


def _layouts(size: tuple[int, int], side: int) -> Iterator[tuple[int, int, int, int]]:
    """Left and upper edge of the first image, and the distances of columns and rows, of each layout of such a size."""
    width, height = size
    if width == COLUMNS * (side + PADDING) + PADDING and (height - PADDING) % (side + PADDING) == 0:
        yield PADDING, PADDING, side + PADDING, side + PADDING
    across, left_over = divmod(width - EDGE, COLUMNS)
    if left_over or across < side + EDGE:
        return
    for lines in range(1, MOST_LINES + 1):
        down = side + lines * LINE + BELOW
        for heading, lists in ((0, 1), (LINE + 4, 2)):
            rows, rest = divmod(height - lists * (EDGE + heading), down)
            if rest == 0 and rows > 0 and rows % lists == 0:
                yield EDGE, EDGE + heading, across, down


def small_path(grid: Path) -> Path:
    return grid.parent / SMALL / f"{grid.stem}-{file_sha256(grid)[:8]}.webp"


def renew_small(grids: Mapping[str, Path]) -> None:
    """Make the small copies that are missing, and remove those of grids that have gone or changed."""
    expected = {small_path(grid): grid for grid in grids.values()}
    for path, grid in expected.items():
        if not path.exists():
            with replacing(path) as temporary:
                temporary.write_bytes(compressed(grid))
    for path in small_copies(expected) - expected.keys():
        path.unlink()


def small_copies(expected: Iterable[Path]) -> set[Path]:
    """The small copies that lie where these are expected."""
    return {path for folder in {path.parent for path in expected} for path in folder.glob("*.webp")}


def compressed(grid: Path) -> bytes:
    """The grid as WebP, shrunk to at most 960 pixels."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(grid) as image:
        image.thumbnail((MOST_PIXELS, MOST_PIXELS), Image.Resampling.LANCZOS)
        image.convert("RGB").save(buffer, format="webp", quality=QUALITY, method=6)
    return buffer.getvalue()


def small_faults(grids: Mapping[str, Path]) -> list[str]:
    """One line per small copy that is missing, and per one whose grid has gone or changed."""
    expected = {small_path(grid) for grid in grids.values()}
    there = small_copies(expected)
    return [f"missing: {path}" for path in sorted(expected - there)] + [
        f"extra: {path} is of no grid; delete it" for path in sorted(there - expected)
    ]
