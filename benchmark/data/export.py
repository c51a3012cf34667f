"""Packed images back to files in the layout of their course."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from benchmark.data.datasets import DataSet
from benchmark.data.labels import EYES, HAIR, OBJECTS
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError
from benchmark.system.files import replacing_folder
from benchmark.system.terminal import track


def check_layout(dataset: DataSet) -> None:
    """Raise UsageError if the data set has no layout of a course, as those of other packages."""
    if dataset.name not in LABELS:
        raise UsageError(f"{dataset.name} has no course's layout to write; these have one: {', '.join(LABELS)}")


def write_layout(dataset: DataSet, data: PackedData, out: Path) -> None:
    """Write images as PNG and their labels; the folder appears whole or not at all.

    Args:
        dataset: decides the layout.
        data: what to write.
        out: a folder that is absent or empty.
    """
    with replacing_folder(out) as folder:
        (folder / "images").mkdir()
        for index in track(range(len(data)), "writing images"):
            image = Image.fromarray(data.images[index].permute(1, 2, 0).numpy())
            image.save(folder / "images" / f"{data.names[index]}.png")
        LABELS[dataset.name](data, folder)


def _iclevr_labels(data: PackedData, folder: Path) -> None:
    def words(row) -> list[str]:  # noqa: ANN001
        return [OBJECTS[i] for i in row.nonzero().flatten().tolist()]

    files = {
        "objects": {name: index for index, name in enumerate(OBJECTS)},
        "train": {f"{name}.png": words(row) for name, row in zip(data.names, data.conditions, strict=True)},
        **{name: [words(row) for row in rows] for name, rows in data.condition_lists.items()},
    }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content) + "\n", encoding="utf-8", newline="\n")


def _anime_labels(data: PackedData, folder: Path) -> None:
    rows = zip(data.names, data.conditions.tolist(), strict=True)
    lines = [f"{name},{HAIR[hair]} hair {EYES[eyes]} eyes\n" for name, (hair, eyes) in rows]
    (folder / "tags.csv").write_text("".join(lines), encoding="utf-8", newline="\n")


LABELS = {"iclevr": _iclevr_labels, "anime-faces": _anime_labels}
