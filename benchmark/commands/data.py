"""The commands ``cgan-bench data``: info, pack, render, preview."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from benchmark.data import packed
from benchmark.data.datasets import DataSet, dataset_of, find_dataset
from benchmark.data.export import check_layout, write_layout
from benchmark.data.images import save_captioned
from benchmark.data.loading import open_data
from benchmark.data.rendering import embedded_count, rendered
from benchmark.definitions.lookup import find_task
from benchmark.errors import UsageError, check_ending

PREVIEW_COLUMNS = 8


def dataset_of_task(task: str) -> DataSet:
    """The data set a task is about, without its conditions if the task has none."""
    return dataset_of(find_task(task))


def info(task: str, source: str) -> dict[str, Any]:
    """Counts of a data set; it is packed first if need be."""
    dataset = dataset_of_task(task)
    data = open_data(dataset, source)
    return {
        "data": data.label,
        "data set": dataset.name,
        "images": len(data),
        "training": len(data.indices("train")),
        "held out": len(data.indices("held_out")),
        "size": "x".join(map(str, data.images.shape[2:])),
        **{f"images per {name}": counts for name, counts in condition_counts(dataset, data.conditions).items()},
        **{
            f"list {name}": f"{len(rows)} conditions" + objects_in_words(dataset, rows)
            for name, rows in data.condition_lists.items()
        },
        "digest": data.digest,
        "file": packed.packed_path(dataset.name, data.digest),
        **({"remarks": list(data.remarks)} if data.remarks else {}),
    }


def objects_in_words(dataset: DataSet, rows: torch.Tensor) -> str:
    """The number of objects in a condition list; nothing where conditions are attributes."""
    return f", {int(rows.sum())} objects" if dataset.kind == "multi_label" else ""


def condition_counts(dataset: DataSet, conditions: torch.Tensor) -> dict[str, dict[str, int]]:
    """Numbers of images of each class, or of each value of each attribute."""
    if dataset.kind == "multi_label":
        columns = [conditions.sum(dim=0, dtype=torch.long)]
    else:
        columns = [
            torch.bincount(column.long(), minlength=size)
            for column, size in zip(conditions.unbind(1), dataset.sizes, strict=True)
        ]
    return {
        attribute: dict(zip(values, column.tolist(), strict=True))
        for (attribute, values), column in zip(dataset.attributes.items(), columns, strict=True)
    }


def pack(task: str, source: str) -> dict[str, Any]:
    """Make the packed file, or find it made, and say how long that took."""
    dataset = dataset_of_task(task)
    started = time.perf_counter()
    data = open_data(dataset, source)
    path = packed.packed_path(dataset.name, data.digest)
    return {
        "file": path,
        "images": len(data),
        "MiB": round(path.stat().st_size / 2**20, 1),
        "seconds": round(time.perf_counter() - started, 2),
    }


def render(task: str, out: Path, count: int | None) -> dict[str, Any]:
    """Write embedded images to a new or empty folder in the course's layout, with their labels for any task."""
    found = find_task(task)
    dataset = found.own_dataset or find_dataset(found.dataset)
    embedded = embedded_count(dataset, "synthetic")
    check_layout(dataset)
    count = embedded if count is None else count
    if count < 1:
        raise UsageError(f"--count is {count}; give 1 or more")
    check_empty(out)
    started = time.perf_counter()
    write_layout(dataset, rendered(dataset, count), out)
    return {"folder": out, "images": count, "seconds": round(time.perf_counter() - started, 2)}


def check_empty(out: Path) -> None:
    """Raise UsageError unless the folder is absent or empty."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} exists and is not an empty folder; give a new one")


def preview(task: str, source: str, out: Path, count: int) -> dict[str, Any]:
    """Write a contact sheet of images spread evenly over the data set, each with its condition in words."""
    dataset = dataset_of_task(task)
    if count < 1:
        raise UsageError(f"--count is {count}; give 1 or more")
    check_ending("--out", out, ".png", any_case=True)
    data = open_data(dataset, source)
    chosen = torch.linspace(0, len(data) - 1, min(count, len(data))).round().long()
    captions = [dataset.describe(row) for row in data.conditions[chosen]]
    save_captioned(data.images[chosen], captions, PREVIEW_COLUMNS, out)
    return {"image": out, "shown": len(chosen)}
