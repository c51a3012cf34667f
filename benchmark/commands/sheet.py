"""A sheet of sample grids: the first row of each, with words above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.system.files import replacing
from benchmark.training.run_folder import SAMPLES, numbered, step_of

LINE = 18  # pixels of the words


@dataclass(frozen=True)
class FirstRow:
    """The first row of images of a sample grid."""

    words: str
    grid: Path
    height: int  # pixels from the grid's top to the row's end


def write_sheet(rows: Sequence[FirstRow], path: Path) -> Path:
    """Write one PNG: of each grid the first row of images, below its words; whole or not at all."""
    from PIL import Image, ImageDraw, ImageFont

    parts = []
    for row in rows:
        with Image.open(row.grid) as image:
            parts.append(image.convert("RGB").crop((0, 0, image.width, row.height)))
    size = max(part.width for part in parts), sum(LINE + part.height for part in parts)
    sheet, top = Image.new("RGB", size, "white"), 0
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=12)
    for row, part in zip(rows, parts, strict=True):
        draw.text((4, top + 2), row.words, fill="black", font=font)
        sheet.paste(part, (0, top + LINE))
        top += LINE + part.height
    with replacing(path) as temporary:
        sheet.save(temporary, format="png")
    return path


def rows_of(run: Path, words: str, height: int) -> list[FirstRow]:
    """The grids of a run, first to last, so that one sees it learn."""
    grids = numbered(run / SAMPLES, ".png")
    return [FirstRow(f"{words}, after {step_of(grid):,} updates", grid, height) for grid in grids]
