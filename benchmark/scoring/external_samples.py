"""Images of generators outside of this project: the conditions and latents to draw for, and the images read back."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from benchmark.data.datasets import DataSet, dataset_of
from benchmark.data.decoding import open_image, to_array
from benchmark.data.disk_files import UNREADABLE, Files, is_image
from benchmark.data.loading import open_data
from benchmark.definitions.lookup import find_task
from benchmark.errors import UsageError, check_ending, first_complaint
from benchmark.records.subject import Declaration
from benchmark.sampling import HASHED_LATENT_DIM, SampleSet, sample_set
from benchmark.system.files import read_json, replacing
from benchmark.system.terminal import say, track
from benchmark.tasks import STANDARD
from evaluators.large_tensors import empty

ARRAYS = ".npz"
LONGEST_LATENT = 4_096
LONGEST_INDEX = 12  # digits in a file name
CHUNK = 250  # images hashed at once


def write_request(task_name: str, source: str, out: Path, latent_dim: int | None = None) -> dict[str, Any]:
    """Write the frozen sample set's inputs as arrays ``<part>_conditions`` and ``<part>_latents`` of an .npz.

    Conditions are uint8 (N, C) as the data set has them, latents float32 (N, ``latent_dim``) standard normal; a task of
    redrawing has ``<part>_sources`` instead of latents, uint8 (N, 3, S, S). Words say what the columns mean, see
    :func:`column_words`.

    Raises:
        UsageError: a name is unknown, or ``out`` does not end in .npz.
    """
    task = find_task(task_name)
    check_ending("--out", out, ARRAYS)
    if latent_dim is not None and task.translates:
        raise UsageError(
            f"--latent-dim is {latent_dim}, but {task.name} redraws images and has no latents; leave it out"
        )
    latent_dim = HASHED_LATENT_DIM if latent_dim is None else latent_dim
    check_latent_dim(latent_dim)
    samples = sample_set(task, STANDARD, open_data(dataset_of(task), source))
    arrays: dict[str, np.ndarray] = column_words(dataset_of(task))
    for part, indices in samples.parts.items():
        chosen = slice(indices.start, indices.stop)
        arrays[f"{part}_conditions"] = samples.conditions[chosen].numpy()
        if samples.sources is None:
            arrays[f"{part}_latents"] = samples.latents(indices, latent_dim).numpy()
        else:
            arrays[f"{part}_sources"] = samples.sources[chosen].numpy()
    with replacing(out) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
    return {"file": out} | {name: f"{array.dtype} {array.shape}" for name, array in arrays.items()}


def check_latent_dim(latent_dim: int) -> None:
    """Raise UsageError unless latents may have so many numbers."""
    if not 1 <= latent_dim <= LONGEST_LATENT:
        raise UsageError(f"--latent-dim is {latent_dim}; give 1 to {LONGEST_LATENT:,}")


def column_words(dataset: DataSet) -> dict[str, np.ndarray]:
    """Words for the columns of the conditions, as arrays of text.

    ``columns`` names each column: a class, or an attribute; ``values_<attribute>`` the values that an index stands for.
    """
    if dataset.kind == "multi_label":
        (classes,) = dataset.attributes.values()
        return {"columns": np.array(classes)}
    values = {f"values_{name}": np.array(words) for name, words in dataset.attributes.items()}
    return {"columns": np.array(list(dataset.attributes), dtype=np.str_)} | values


def read_card(path: Path | None) -> Declaration | None:
    """A person's declaration of how a generator was trained, from a small JSON; None without a file.

    Raises:
        UsageError: it cannot be read, or a key is missing, unknown or wrong.
    """
    if path is None:
        return None
    remedy = "give an object with updates, images_seen, seeds and source, and budget for a named one"
    document = read_json(path, (), remedy)
    try:
        return Declaration.model_validate(document)
    except ValidationError as error:
        raise UsageError(f"{path}: {first_complaint(error)}; {remedy}") from error


def read_drawn(path: Path, samples: SampleSet, size: int) -> dict[str, Tensor]:
    """The images drawn for each part of the sample set: uint8 (N, 3, ``size``, ``size``), in its order.

    Args:
        path: a folder or zip with ``<part>/<index>.png`` (or .jpg, .webp), index from 0, with leading zeros or not; or
            an .npz with one uint8 array per part, (N, 3, S, S) or (N, S, S, 3). Files of other kinds and images
            outside of the parts' folders are ignored, the latter with a remark.
        samples: what was requested.
        size: S, pixels. Images are not resized: how that is done would change their scores.

    Raises:
        UsageError: an image is missing, there twice, one too many, damaged or of another size; a part has two folders;
            or an array has another shape or type. The message names the files.
    """
    check_image_source(path)
    if path.suffix == ARRAYS:
        return _read_arrays(path, samples, size)
    files = Files(path)
    images = {part: _images_of(files, part) for part in samples.parts}
    _check_complete(files, images, samples)
    taken = {name for given in images.values() for name in given.values()}
    files.ignore(f"images outside of {', '.join(f'{part}/' for part in images)}", _all_images(files) - taken)
    for remark in files.remarks:
        say(remark)
    return {part: _read_images(files, [given[i] for i in range(len(given))], size) for part, given in images.items()}


def check_image_source(path: Path) -> None:
    """Raise UsageError unless the path is a folder, a zip or an .npz; the content is not read."""
    remedy = f"give a folder or zip of images, or an {ARRAYS}, see 'cgan-bench conditions'"
    if not path.exists():
        raise UsageError(f"{path} is not there; {remedy}")
    if not (path.is_dir() or path.suffix == ARRAYS or zipfile.is_zipfile(path)):
        raise UsageError(f"{path} is neither a folder nor a zip nor an {ARRAYS}; {remedy}")


def _check_complete(files: Files, images: Mapping[str, Mapping[int, str]], samples: SampleSet) -> None:
    """Raise UsageError unless each part has the images 0 to its number less one, and no other."""
    requested = [(part, index) for part, indices in samples.parts.items() for index in range(len(indices))]
    absent = [f"{part}/{index}.png" for part, index in requested if index not in images[part]]
    if absent:
        raise UsageError(
            f"{files.path} lacks {len(absent):,} of {len(samples):,} images, first {absent[0]}; draw what "
            "'cgan-bench conditions' writes, in its order"
        )
    for part, given in images.items():
        count = len(samples.parts[part])
        if len(given) > count:
            extra = next(name for index, name in sorted(given.items()) if index >= count)
            raise UsageError(
                f"{files.path} has {len(given):,} images in {part}/ where {count:,} are requested, first too many "
                f"{extra}; draw what 'cgan-bench conditions' writes, and no more"
            )


def _images_of(files: Files, part: str) -> dict[int, str]:
    """The images in the folder of a part, by their index."""
    names = sorted(name for name in _all_images(files) if PurePosixPath(name).parent.name == part)
    folders = sorted({str(PurePosixPath(name).parent) for name in names})
    if len(folders) > 1:
        raise UsageError(f"{files.path} has two folders for {part}: {folders[0]} and {folders[1]}; keep one of them")
    found: dict[int, str] = {}
    for name in names:
        stem = PurePosixPath(name).stem
        if not (stem.isascii() and stem.isdecimal() and len(stem) <= LONGEST_INDEX):
            raise UsageError(f"{files.path}: {name} is no <index>.png; name it by its index from 0, or remove it")
        if int(stem) in found:
            raise UsageError(f"{files.path} has both {found[int(stem)]} and {name} for one index; keep one of them")
        found[int(stem)] = name
    return found


def _all_images(files: Files) -> set[str]:
    return {name for name in files.names if is_image(name)}


def digest_of_images(drawn: Mapping[str, Tensor]) -> str:
    """sha256 of all parts' names and pixels."""
    digest = hashlib.sha256()
    for part, images in drawn.items():
        digest.update(f"{part}\0{tuple(images.shape)}\0".encode())
        for stretch in images.split(CHUNK):
            digest.update(stretch.numpy().tobytes())
    return digest.hexdigest()


def _read_images(files: Files, names: list[str], size: int) -> Tensor:
    images = empty(len(names), 3, size, size, dtype=torch.uint8)
    for image, name in zip(images.numpy(), track(names, "reading images", total=len(names)), strict=True):
        decoded = open_image(files.read(name), f"{files.path}: {name}")
        if decoded.size != (size, size):
            given = f"{decoded.width}x{decoded.height}"
            raise UsageError(f"{files.path}: {name} has {given} pixels; give {size}x{size}, resized by your own rule")
        image[:] = to_array(decoded)
    return images


def _read_arrays(path: Path, samples: SampleSet, size: int) -> dict[str, Tensor]:
    found = _load_arrays(path, list(samples.parts))
    return {part: _as_images(found[part], len(samples.parts[part]), size, f"{path}: {part}") for part in found}


def _load_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            missing = next((name for name in names if name not in arrays), None)
            if missing is None:
                return {name: arrays[name] for name in names}
            there = ", ".join(arrays.files) or "none"
    except (*UNREADABLE, MemoryError) as error:
        raise UsageError(f"{path} cannot be read as {ARRAYS} ({error}); write it with numpy.savez") from error
    raise UsageError(f"{path} has no array {missing!r}; give one for each of {', '.join(names)} (there: {there})")


def _as_images(array: np.ndarray, count: int, size: int, where: str) -> Tensor:
    if array.dtype != np.uint8:
        numbers = array.dtype.kind in "iuf" and array.size
        seen = f", {array.min():g} to {array.max():g}" if numbers else ""
        raise UsageError(f"{where} holds {array.dtype}{seen}; give uint8, 0 (black) to 255 (white)")
    if array.shape == (count, size, size, 3):
        array = array.transpose(0, 3, 1, 2)  # a view: nothing is copied
    if array.shape != (count, 3, size, size):
        allowed = f"({count}, 3, {size}, {size}) or ({count}, {size}, {size}, 3)"
        raise UsageError(f"{where} has shape {array.shape}; give {allowed}, in the order of 'cgan-bench conditions'")
    return torch.from_numpy(array)
