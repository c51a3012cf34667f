"""A sheet of sample grids: the first row of each, with words above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.data.images import below, save_sheet
from benchmark.training.run_folder import SAMPLES, numbered, step_of

if TYPE_CHECKING:
    from PIL import Image

LINE = 18  # pixels of the words


@dataclass(frozen=True)
class FirstRow:
    """The first row of images of a sample grid."""

    words: str
    grid: Path
    height: int  # pixels from the grid's top to the row's end


def write_sheet(rows: Sequence[FirstRow], path: Path) -> Path:
    """Write one PNG: of each grid the first row of images, below its words; whole or not at all."""
    return save_sheet(below([with_heading(row) for row in rows]), path)


def with_heading(row: FirstRow) -> Image.Image:
    """The row's images below its words."""
    from PIL import Image, ImageDraw, ImageFont

    with Image.open(row.grid) as grid:
        part = Image.new("RGB", (grid.width, LINE + row.height), "white")
        part.paste(grid.convert("RGB").crop((0, 0, grid.width, row.height)), (0, LINE))
    ImageDraw.Draw(part).text((4, 2), row.words, fill="black", font=ImageFont.load_default(size=12))
    return part


def rows_of(run: Path, words: str, height: int) -> list[FirstRow]:
    """The first rows of a run's grids, in the order of training."""
    grids = numbered(run / SAMPLES, ".png")
    return [FirstRow(f"{words}, after {step_of(grid):,} updates", grid, height) for grid in grids]
