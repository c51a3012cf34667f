"""From images on disk, or from the renderer, to the packed file; done once, then only opened."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Annotated, NotRequired

import numpy as np
import torch
from pydantic import Field
from typing_extensions import TypedDict

from benchmark.data import packed
from benchmark.data.datasets import EMBEDDED_SEED, DataSet
from benchmark.data.decoding import RESIZER, decode
from benchmark.data.disk_files import fingerprint
from benchmark.data.listing import Listing
from benchmark.data.packed import PackedData
from benchmark.data.rendering import embedded_count, rendered
from benchmark.data.source import PartialSource
from benchmark.errors import UsageError
from benchmark.system.cache import cache_folder
from benchmark.system.files import check_writable, read_checked, sha256_text, write_json
from benchmark.system.terminal import say, track

CHUNK = 250  # images decoded between two signs of progress
READER_VERSION = 7  # raise it when the same files would be read otherwise
RENDERER_VERSION = 3  # raise it when the same index would be drawn differently, or other conditions requested


class Note(TypedDict):
    """The packed file of a source that was read before."""

    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    dataset: str
    label: str
    remarks: NotRequired[list[str]]


def open_data(dataset: DataSet, source: str = "synthetic") -> PackedData:
    """The packed data of ``source``, made first if it is not in the cache.

    Args:
        dataset: which kind of images.
        source: ``"synthetic"`` for the embedded data, ``"synthetic:6000"`` for its first 6,000 images or so
            many, else the path of a folder or zip in a known layout; as a :class:`PartialSource` it may lack images.

    What was left out of a folder or zip, or read otherwise, is said each time on stderr.

    Raises:
        UsageError: the source is missing or malformed, an image cannot be decoded, or a file is damaged.
    """
    if not source:
        raise UsageError(f"data is empty; give 'synthetic', or a folder or zip with {dataset.layouts}")
    data = _rendered(dataset, source) or _decoded(dataset, Path(source), partial=isinstance(source, PartialSource))
    for remark in data.remarks:
        say(remark)
    if dataset.kind == "none":
        return data.unconditional()
    if not data.conditions.shape[1]:  # packed for a task without conditions
        raise UsageError(f"{source} has images without labels; give a folder or zip with {dataset.layouts}")
    return data


def check_source(dataset: DataSet, source: str) -> None:
    """Raise UsageError where a source is neither embedded data nor something that exists."""
    if embedded_count(dataset, source) is None and not Path(source).exists():
        raise UsageError(f"{source} does not exist; give 'synthetic', or a folder or zip with {dataset.layouts}")


def _rendered(dataset: DataSet, source: str) -> PackedData | None:
    """The embedded data, or None if the source is a path."""
    count = embedded_count(dataset, source)
    if count is None:
        return None
    key = f"synthetic {RENDERER_VERSION} {dataset.name} {count} {EMBEDDED_SEED} {dataset.image_size}"
    key += f" {dataset.definition}" if dataset.definition else ""
    return _cached(dataset, source, key, lambda: rendered(dataset, count))


def _decoded(dataset: DataSet, path: Path, *, partial: bool) -> PackedData:
    check_source(dataset, str(path))
    key = f"{fingerprint(path)} {RESIZER} {dataset.image_size} {READER_VERSION}{' partial' if partial else ''}"
    key += " images" if dataset.kind == "none" and dataset.read_images else ""
    key += f" {dataset.definition}" if dataset.definition else ""
    return _cached(dataset, path.name, key, lambda: decoded(dataset, path, partial=partial))


def _cached(dataset: DataSet, label: str, key: str, make) -> PackedData:  # noqa: ANN001
    note = cache_folder() / "sources" / f"{sha256_text(f'{dataset.name} {key}')}.json"
    if note.exists():
        known = read_checked(note, Note, "delete it and run this again")
        path = packed.packed_path(dataset.name, known["digest"])
        if path.exists():
            return replace(packed.load(path, label), remarks=tuple(known.get("remarks", ())))
    check_writable(cache_folder())  # before all images are decoded or rendered
    made = make()
    data = replace(packed.save(made), remarks=made.remarks)
    write_json(note, {"dataset": dataset.name, "label": label, "digest": data.digest, "remarks": data.remarks})
    return data


def decoded(dataset: DataSet, path: Path, *, partial: bool = False) -> PackedData:
    """Read and decode every labelled image of a folder or zip; of a partial one, those that are there."""
    listing = dataset.read(path, partial=partial)
    images = np.empty((len(listing.names), 3, dataset.image_size, dataset.image_size), dtype=np.uint8)
    starts = range(0, len(listing.names), CHUNK)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(_decode_chunk, listing, images, start, dataset) for start in starts]
        try:
            for job in track(jobs, f"packing images of {path.name}", unit=CHUNK, total=len(images)):
                job.result()
        finally:
            for job in jobs:
                job.cancel()
    return PackedData(
        dataset=dataset.name,
        label=path.name,
        images=torch.from_numpy(images),
        conditions=torch.from_numpy(listing.conditions),
        names=short_names(listing.names),
        condition_lists={name: torch.from_numpy(rows) for name, rows in listing.condition_lists.items()},
        remarks=tuple(listing.files.remarks),
    )


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """File names without folder and ending; with its ending, or its folders too, where two would be the same.

    Folders that all files lie in never count, so a zip has the names of the folder that was packed, with it or without.
    """
    paths = [PurePosixPath(name) for name in names]
    levels = zip(*{path.parent.parts for path in paths}, strict=False)
    shared = len([*takewhile(lambda level: len(set(level)) == 1, levels)])
    stems, whole = Counter(path.stem for path in paths), Counter(path.name for path in paths)
    return tuple(
        path.stem if stems[path.stem] == 1 else path.name if whole[path.name] == 1 else "-".join(path.parts[shared:])
        for path in paths
    )


def _decode_chunk(listing: Listing, images: np.ndarray, start: int, dataset: DataSet) -> None:
    for index, name in enumerate(listing.names[start : start + CHUNK], start=start):
        where = f"{listing.files.path}: {name}"
        images[index] = decode(listing.files.read(name), where, dataset.image_size, middle_square=dataset.middle_square)
