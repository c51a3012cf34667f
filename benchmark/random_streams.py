"""Random streams that depend on a purpose and an index alone; without torch, for the confined process uses them, too.

Each index has its own counter-based generator (Philox, Salmon et al. 2011, "Parallel random numbers: as easy as
1, 2, 3"), so batch size, device, order and the number of samples change nothing.
"""

from __future__ import annotations

import hashlib

import numpy as np


def stream_key(purpose: str) -> int:
    """Key of the random streams for one purpose: the first eight bytes of its sha256."""
    return int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8])


def generator_at(key: int, index: int, stream: int = 0) -> np.random.Generator:
    """The generator of one index in one stream, both 0 or more, of a purpose's key."""
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, stream, index]))


def normal_rows(key: int, indices: range, columns: int) -> np.ndarray:
    """float32 (len(indices), columns) standard normal; longer rows start like shorter ones."""
    return np.stack([generator_at(key, index).standard_normal(columns, dtype=np.float32) for index in indices])
