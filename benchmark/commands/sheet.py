"""A sheet of sample grids: the first row of each, with words above it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.system.files import replacing
from benchmark.training.run_folder import SAMPLES, numbered, step_of

ROW = 68  # pixels of a grid's first row, with the white around it
LINE = 18
WIDTH = 532


def write_sheet(strips: Sequence[tuple[str, Path]], path: Path) -> Path:
    """Write one PNG: of each grid the first row of images, below its words; whole or not at all."""
    from PIL import Image, ImageDraw, ImageFont

    sheet = Image.new("RGB", (WIDTH, len(strips) * (ROW + LINE)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=12)
    for number, (words, grid) in enumerate(strips):
        top = number * (ROW + LINE)
        draw.text((4, top + 2), words, fill="black", font=font)
        with Image.open(grid) as image:
            sheet.paste(image.convert("RGB").crop((0, 0, image.width, ROW)), (0, top + LINE))
    with replacing(path) as temporary:
        sheet.save(temporary, format="png")
    return path


def strips_of(run: Path, words: str) -> list[tuple[str, Path]]:
    """The grids of a run, first to last, so that one sees it learn."""
    return [(f"{words}, after {step_of(grid):,} updates", grid) for grid in numbered(run / SAMPLES, ".png")]
