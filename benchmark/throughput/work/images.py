"""Images made, packed and opened; and read as a plain loop reads them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmark.data import packed
from benchmark.data.datasets import DATASETS
from benchmark.data.export import write_layout
from benchmark.data.loading import decoded
from benchmark.data.rendering import rendered


def rendering(dataset: str, images: int) -> Callable[[], int]:
    """The embedded images of a kind, drawn on every core."""
    return lambda: len(rendered(DATASETS[dataset], images))


def packing(dataset: str, images: int) -> Callable[[], int]:
    """A folder of PNG files, decoded and packed."""
    kind, folder = DATASETS[dataset], _written(dataset, images)
    return lambda: len(packed.save(decoded(kind, folder)))


def opening(dataset: str, images: int) -> Callable[[], int]:
    """The packed file, opened and every pixel read once."""
    saved = packed.save(rendered(DATASETS[dataset], images))
    path = packed.packed_path(dataset, saved.digest)

    def run() -> int:
        data = packed.load(path, "files")
        data.images.sum()
        return len(data)

    return run


def reading(dataset: str, images: int) -> Callable[[], int]:
    """PNG files opened and decoded one by one, as each epoch of a plain loop does."""
    folder = _written(dataset, images)
    files = sorted((folder / "images").iterdir())

    def run() -> int:
        for path in files:
            with Image.open(path) as image:
                np.array(image.convert("RGB")).sum()
        return len(files)

    return run


def _written(dataset: str, images: int) -> Path:
    folder = Path(tempfile.mkdtemp()) / "images"
    write_layout(DATASETS[dataset], rendered(DATASETS[dataset], images), folder)
    return folder
