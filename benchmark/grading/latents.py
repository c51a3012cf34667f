"""Latents that the grader draws: fresh for each seed, the same whatever was handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

Draw = Callable[[np.ndarray, np.ndarray], np.ndarray]  # latents and conditions to float pictures (N, 3, S, S)


def latents(seed: int, list_name: str, count: int, latent_dim: int) -> np.ndarray:
    """float32 (count, latent_dim) standard normal; row i depends on seed, list and i alone."""
    key = int.from_bytes(hashlib.sha256(f"grading {seed} {list_name}".encode()).digest()[:8])
    rows = [np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, index])) for index in range(count)]
    return np.stack([row.standard_normal(latent_dim, dtype=np.float32) for row in rows])
