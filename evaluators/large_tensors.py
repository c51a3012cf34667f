"""Tensors with a row for each image: from 10,000 rows on they lie in a temporary file, not in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

LARGE = 10_000  # rows; up to here all is in memory, and computed at once
PAIRS = LARGE * 1_000  # numbers of a matrix of rows by rows that are held at once


def empty(*shape: int, dtype: torch.dtype) -> Tensor:
    """A tensor to be filled, (N, ...); a large one in a temporary file, of which the system holds what it can.

    The file has no name and goes with the tensor. It lies where ``TMPDIR`` says.
    """
    if shape[0] <= LARGE:
        return torch.empty(shape, dtype=dtype)
    with tempfile.TemporaryFile() as file:
        return torch.from_numpy(np.memmap(file, torch.empty(0, dtype=dtype).numpy().dtype, "w+", shape=shape))


def stacked(parts: Sequence[Tensor], dtype: torch.dtype = torch.float64) -> Tensor:
    """The rows of all parts, (N, D), in order; (0, 0) where there are none."""
    if not parts:
        return torch.empty(0, 0, dtype=dtype)
    return torch.cat(parts, out=empty(sum(map(len, parts)), *parts[0].shape[1:], dtype=dtype))


def rows_at_once(columns: int, most: int) -> int:
    """Number of rows of a matrix with so many columns that are held at once; at most ``most``."""
    return max(1, min(most, PAIRS // max(1, columns)))
