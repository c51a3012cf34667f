"""The embedded data: how many images a source requests, and drawing them on every core."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import PurePosixPath

import numpy as np
import torch

from benchmark.data.datasets import EMBEDDED_SEED, DataSet
from benchmark.data.packed import PackedData
from benchmark.data.source import is_embedded
from benchmark.errors import UsageError
from benchmark.system.terminal import track

CHUNK = 250  # images rendered between two signs of progress
MOST = 1_000_000  # images: 12 GB of memory, hours of drawing
FEW = 1_000  # images that are drawn sooner than another process has started

Drawn = tuple[np.ndarray, np.ndarray]  # uint8 images (N, 3, S, S) and conditions (N, C)


def embedded_count(dataset: DataSet, source: str) -> int | None:
    """Number of embedded images that a source means, or None if it is a path.

    Args:
        dataset: whose number of images ``"synthetic"`` means.
        source: ``"synthetic"``, ``"synthetic:6000"`` for the first 6,000, or a path.

    Raises:
        UsageError: what follows the colon is no number above 0, or no such images can be rendered.
    """
    if not is_embedded(source):
        return None
    if dataset.render is None:
        raise UsageError(f"{dataset.name} has no embedded images; give --data, a folder or zip with {dataset.layouts}")
    if dataset.rendered_names is None:
        raise UsageError(f"data set {dataset.name} has a renderer, but no rendered_names; give it names of its images")
    if source == "synthetic":
        return dataset.embedded_images
    count = source.removeprefix("synthetic:")
    if not (count.isascii() and count.isdecimal() and 0 < int(count) <= MOST):
        raise UsageError(
            f"data is {source!r}; give 'synthetic', or 'synthetic:6000' for the first 6,000 images (at most {MOST:,})"
        )
    return int(count)


def rendered(dataset: DataSet, count: int) -> PackedData:
    """Render the embedded data: images 0 to ``count`` - 1, the same whatever the number of processes."""
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    with _drawing(dataset, chunks) as parts:
        shown = track(parts, f"rendering {dataset.name} images", unit=CHUNK, total=count)
        images, conditions = zip(*shown, strict=True)
    return PackedData(
        dataset=dataset.name,
        label="synthetic" if count == dataset.embedded_images else f"synthetic:{count}",
        images=torch.from_numpy(np.concatenate(images)),
        conditions=torch.from_numpy(np.concatenate(conditions)),
        names=tuple(PurePosixPath(name).stem for name in dataset.rendered_names(range(count))),
        condition_lists=_condition_lists(dataset),
    )


@contextmanager
def _drawing(dataset: DataSet, chunks: Sequence[range]) -> Iterator[Iterator[Drawn]]:
    """The chunks' images in order, drawn by one process per core if there are many."""
    draw = partial(_draw, dataset.render)
    if len(chunks) * CHUNK <= FEW:
        yield map(draw, chunks)
        return
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), initializer=_end_with_parent) as pool:
        try:
            yield pool.map(draw, chunks)
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Let this process end when the one that started it does, however that comes about."""

    def watch() -> None:
        parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _draw(render: Callable[..., tuple[torch.Tensor, torch.Tensor]], indices: Sequence[int]) -> Drawn:
    images, conditions = render(indices, EMBEDDED_SEED)
    return images.numpy(), conditions.numpy()


def _condition_lists(dataset: DataSet) -> dict[str, torch.Tensor]:
    """The embedded data's condition lists, each uint8 (M, classes)."""
    if dataset.rendered_lists is None:
        return {}
    return {name: torch.from_numpy(rows) for name, rows in dataset.rendered_lists().items()}
