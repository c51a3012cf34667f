"""Encoded images and packed data sets of plain colours."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image


def png(colour=(200, 30, 30), size=(64, 64), mode="RGB") -> bytes:
    """An encoded image of one colour."""
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, format="png")
    return buffer.getvalue()


def toy_data(dataset, count=96, seed=0):
    """Packed images of plain colours that tell the condition, without any renderer."""
    from benchmark.data.datasets import DATASETS
    from benchmark.data.packed import PackedData

    if dataset.kind == "none":
        return toy_data(DATASETS[dataset.name], count, seed).unconditional()
    random = np.random.default_rng(seed)
    if dataset.kind == "multi_label":
        conditions = np.zeros((count, *dataset.sizes), dtype=np.uint8)
        conditions[np.arange(count), random.integers(dataset.sizes[0], size=count)] = 1
        lists = {"test": torch.from_numpy(conditions[:4]), "new_test": torch.from_numpy(conditions[4:8])}
        lists = lists if dataset.rendered_lists else {}
        shade = conditions.argmax(axis=1)
    else:
        conditions = np.stack([random.integers(size, size=count) for size in dataset.sizes], axis=1).astype(np.uint8)
        lists, shade = {}, conditions[:, 0]
    images = np.broadcast_to((10 * shade)[:, None, None, None], (count, 3, 64, 64)).astype(np.uint8)
    names = tuple(f"{index}" for index in range(count))
    return PackedData(
        dataset=dataset.name, label="toy", images=torch.from_numpy(images.copy()),
        conditions=torch.from_numpy(conditions), names=names, condition_lists=lists, digest="0" * 64,
    )  # fmt: skip
