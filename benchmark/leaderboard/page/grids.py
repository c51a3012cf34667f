"""Sample grids of a results folder, and the small copies of them that the page holds.

A small copy lies in ``samples/small/`` under the grid's name and the start of its sha256: two computers may compress an
image to different bytes, so it is made once, and the page repeats its bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmark.records.record import Record
from benchmark.records.store import grid_path
from benchmark.system.files import file_sha256, replacing

QUALITY = 60
MOST_PIXELS = 960  # height or width: room for the captions of 64 images
SMALL = "small"


def grids_of(records: Iterable[Record], folder: Path) -> dict[str, Path]:
    """The grid of each record of a folder that has one, by the record's file name."""
    found = {record.file_name: grid_path(folder / record.file_name) for record in records}
    return {name: path for name, path in found.items() if path.is_file()}


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
