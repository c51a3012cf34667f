"""Images that are read from a file, one by one, when they are needed: a batch of any size fits into memory."""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np


class KeptImages(Sequence):
    """Images of one tensor of a safetensors file: uint8 (3, S, S) each; a slice is an array.

    Source: https://huggingface.co/docs/safetensors, "Format": 8 bytes of the header's length, the header, the numbers.

    Args:
        path: of the file, which stays as it is.
        name: of the tensor, uint8 (N, 3, S, S).
    """

    def __init__(self, path: Path, name: str) -> None:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            entry = json.loads(file.read(length))[name]
        self.path, self.shape = path, tuple(entry["shape"])
        self.first = 8 + length + entry["data_offsets"][0]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: int | slice) -> np.ndarray:
        if not isinstance(index, slice):
            return self._read(range(len(self))[index], 1)[0]
        start, stop, step = index.indices(len(self))
        return self._read(start, max(0, stop - start))[::step]

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        return self[:]

    def _read(self, start: int, count: int) -> np.ndarray:
        each = math.prod(self.shape[1:])
        handle = os.open(self.path, os.O_RDONLY)
        try:
            content = os.pread(handle, count * each, self.first + start * each)
        finally:
            os.close(handle)
        return np.frombuffer(content, np.uint8).reshape(count, *self.shape[1:])


class Views(Sequence):
    """Single images of several arrays or files as one sequence; a slice is an array.

    Args:
        places: the images, as what they lie in and their number there.
    """

    def __init__(self, places: Iterable[tuple[Sequence[np.ndarray], int]]) -> None:
        self.places = list(places)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int | slice) -> np.ndarray:
        if isinstance(index, slice):
            return np.stack([images[place] for images, place in self.places[index]])
        images, place = self.places[index]
        return images[place]
