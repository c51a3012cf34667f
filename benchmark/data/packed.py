"""One file per data set: decoded images, conditions and splits, memory-mapped, named by the hash of its content."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from benchmark.data.disk_files import is_image
from benchmark.errors import UsageError
from benchmark.system.cache import cache_folder
from benchmark.system.checked_once import check_once
from benchmark.system.files import replacing

FORMAT = "cgan-bench packed 1"


@dataclass(frozen=True, kw_only=True)
class PackedData:
    """A data set ready for use; ``images`` of a file on disk are memory-mapped."""

    dataset: str  # key in DATASETS
    label: str  # "synthetic", or the name of the folder or zip
    images: Tensor  # uint8 (N, 3, S, S)
    conditions: Tensor  # uint8: multi-hot (N, classes) or value indices (N, attributes)
    names: tuple[str, ...]  # file stems
    condition_lists: dict[str, Tensor] = field(default_factory=dict)  # name -> uint8 (M, classes), in order
    digest: str = ""  # sha256 of all of the above but the label
    remarks: tuple[str, ...] = ()  # for people: what of the source was left out or read otherwise
    images_left_out: int = 0  # of the source, by :meth:`only`

    def __len__(self) -> int:
        return len(self.images)

    def unconditional(self) -> PackedData:
        """The same images without conditions; the digest stays that of the file."""
        return replace(self, conditions=self.conditions[:, :0], condition_lists={})

    def only(self, kept: Tensor, *kept_rows: Tensor) -> PackedData:
        """Some of the images, with the digest that these would have alone.

        Args:
            kept: bool (N,), of the images.
            kept_rows: bool (M,), of each condition list, in order; a list of which nothing is kept is no more.
        """
        lists = zip(self.condition_lists.items(), kept_rows, strict=True)
        part = replace(
            self,
            images=self.images[kept],
            conditions=self.conditions[kept],
            names=tuple(name for name, chosen in zip(self.names, kept.tolist(), strict=True) if chosen),
            condition_lists={name: rows[chosen] for (name, rows), chosen in lists if chosen.any()},
            images_left_out=self.images_left_out + int((~kept).sum()),
        )
        return replace(part, digest=content_digest(part))

    @property
    def title(self) -> str:
        """The label, with the number of images that were left out."""
        return f"{self.label} without {self.images_left_out:,} images" if self.images_left_out else self.label

    def indices(self, split: str) -> Tensor:
        """int64 indices of the images of ``"train"``, ``"held_out"`` or ``"all"``, in order; perhaps none."""
        if split == "all":
            return torch.arange(len(self))
        return torch.from_numpy(np.flatnonzero(self._held_out if split == "held_out" else ~self._held_out))

    def chosen(self, split: str) -> Tensor:
        """The same, at least one.

        Raises:
            UsageError: there is none.
        """
        indices = self.indices(split)
        if not len(indices):
            raise UsageError(
                f"{self.label} has {len(self)} images and none of them in the split {split!r}; give more images "
                "(about one in seven is held out)"
            )
        return indices

    @cached_property
    def _held_out(self) -> np.ndarray:
        return held_out(self.names)


def packed_path(dataset: str, digest: str) -> Path:
    return cache_folder() / "packed" / f"{dataset}-{digest[:16]}.safetensors"


def content_digest(data: PackedData) -> str:
    """sha256 of names, conditions, condition lists in order and pixels; the same for a folder, a zip or a rendering."""
    digest = hashlib.sha256(f"{FORMAT}\0{data.dataset}\0{json.dumps(data.names)}".encode())
    if data.condition_lists:
        digest.update(json.dumps([*data.condition_lists]).encode())
    for tensor in (data.conditions, *data.condition_lists.values(), data.images):
        digest.update(str(tuple(tensor.shape)).encode())
        if tensor.numel():  # conditions of no columns have no bytes
            digest.update(memoryview(tensor.contiguous().numpy()).cast("B"))
    return digest.hexdigest()


def save(data: PackedData) -> PackedData:
    """Write the packed file into the cache, unless it is there, and return it opened."""
    digest = content_digest(data)
    path = packed_path(data.dataset, digest)
    if not path.exists():
        tensors = {"images": data.images, "conditions": data.conditions}
        tensors |= {f"list.{name}": rows for name, rows in data.condition_lists.items()}
        header = {
            "format": FORMAT,
            "dataset": data.dataset,
            "digest": digest,
            "names": json.dumps(data.names),
            "lists": json.dumps([*data.condition_lists]),  # the file itself keeps no order
        }
        with replacing(path) as temporary:
            save_file(tensors, temporary, metadata=header)
    return load(path, data.label)


def load(path: Path, label: str) -> PackedData:
    """Open a packed file; its digest is checked once per start of the system, and whenever the file was touched.

    Raises:
        UsageError: the file is damaged or not a packed data set; the message names it.
    """
    header, tensors = _opened(path)
    if header.get("format") != FORMAT:
        raise UsageError(f"{path} is not a packed data set of this version; delete it and run this again")
    try:
        data = PackedData(
            dataset=header["dataset"],
            label=label,
            images=tensors["images"],
            conditions=tensors["conditions"],
            names=tuple(json.loads(header["names"])),
            condition_lists={name: tensors[f"list.{name}"] for name in json.loads(header.get("lists", "[]"))},
            digest=header["digest"],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise _damaged(path, f"its header lacks or garbles {error}") from error
    check_once(path, data.digest, lambda: _check_digest(path, data))
    return data


def _opened(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Header and memory-mapped tensors of a safetensors file."""
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error


def _check_digest(path: Path, data: PackedData) -> None:
    """Raise UsageError unless a file holds what its header and its name say."""
    tensors = (data.images, data.conditions, *data.condition_lists.values())
    if any(tensor.dtype != torch.uint8 for tensor in tensors):
        raise _damaged(path, "its numbers are no bytes")
    found = content_digest(data)
    if found != data.digest or not path.stem.endswith(f"-{found[:16]}"):
        raise _damaged(path, f"its content has digest {found[:16]}, not that of its name")


def _damaged(path: Path, reason: object) -> UsageError:
    return UsageError(f"{path} is damaged ({reason}); delete it and run this again to make it anew")


HELD_OUT = 0.15  # share of the images, in expectation
SCENE = re.compile(r"(CLEVR_\w+_\d+)_\d+")


def split_key(name: str) -> str:
    """The part of a file name that decides: no folder, no ending of an image, and of an i-CLEVR image its scene.

    The three images of an i-CLEVR scene share objects and places, so they stay on one side. A dot within a name begins
    no ending: ``frame.0001`` and ``frame.0002`` are two names.
    """
    base = posixpath.basename(name)
    stem = posixpath.splitext(base)[0] if is_image(base) else base
    scene = SCENE.fullmatch(stem)
    return scene[1] if scene else stem


def held_out(names: Iterable[str]) -> np.ndarray:
    """Bool (N,): True where the first 64 bits of sha256(key), as a fraction, are in the last 15 %."""
    bits = [int.from_bytes(hashlib.sha256(split_key(name).encode()).digest()[:8]) for name in names]
    return np.array([b / 2**64 >= 1 - HELD_OUT for b in bits], dtype=bool)
