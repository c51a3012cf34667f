"""What several test files share."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from without_torchvision import stand_in_for_torchvision

stand_in_for_torchvision()

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Every test has a cache folder of its own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(folder))
    return folder


@pytest.fixture
def shared():
    """The folder of real pictures beside a developer's checkout."""
    if not SHARED.is_dir():
        pytest.skip("the courses' real pictures are not beside this checkout")
    return SHARED


def png(colour=(200, 30, 30), size=(64, 64), mode="RGB") -> bytes:
    """An encoded picture of one colour."""
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, format="png")
    return buffer.getvalue()


@pytest.fixture
def faces(tmp_path):
    """A course-B folder of six faces."""
    folder = tmp_path / "faces"
    (folder / "images").mkdir(parents=True)
    rows = ["aqua hair red eyes", "pink hair blue eyes", "black hair gray eyes"] * 2
    for index in range(len(rows)):
        (folder / "images" / f"{index}.jpg").write_bytes(png((40 * index, 100, 50)))
    (folder / "tags.csv").write_text("".join(f"{i},{row}\n" for i, row in enumerate(rows)))
    return folder


@pytest.fixture
def scenes(tmp_path):
    """An i-CLEVR folder of four pictures."""
    from benchmark.data.labels import OBJECTS

    folder = tmp_path / "scenes"
    (folder / "images").mkdir(parents=True)
    train = {
        "CLEVR_train_000000_0.png": ["gray cube"],
        "CLEVR_train_000000_1.png": ["gray cube", "red sphere"],
        "CLEVR_train_000001_0.png": ["cyan cylinder"],
        "CLEVR_train_000001_1.png": ["cyan cylinder", "blue cube"],
    }
    for index, name in enumerate(train):
        (folder / "images" / name).write_bytes(png((50 * index, 0, 0), size=(320, 240)))
    files = {
        "objects": {name: index for index, name in enumerate(OBJECTS)},
        "train": train,
        "test": [["gray cube"], ["red sphere", "blue cube"]],
        "new_test": [["cyan cylinder", "gray cube", "red sphere"]],
    }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def toy_data(dataset, count=96, seed=0):
    """Packed pictures of plain colours that tell the condition, without any renderer."""
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
