"""Latents that the grader draws: fresh for each seed, the same whatever was handed in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Draw = Callable[[np.ndarray, np.ndarray], np.ndarray]  # latents and conditions to float pictures (N, 3, S, S)


@dataclass(frozen=True)
class Generator:
    """A handed-in generator, ready to draw."""

    latent_dim: int
    draw: Draw
    black: float = -1.0  # the number that is black; white is 1
    remark: str = ""  # one line about how it was read; empty if there is nothing to say


def latents(seed: int, list_name: str, count: int, latent_dim: int) -> np.ndarray:
    """float32 (count, latent_dim) standard normal; row i depends on seed, list and i alone."""
    key = int.from_bytes(hashlib.sha256(f"grading {seed} {list_name}".encode()).digest()[:8])
    rows = [np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, index])) for index in range(count)]
    return np.stack([row.standard_normal(latent_dim, dtype=np.float32) for row in rows])
