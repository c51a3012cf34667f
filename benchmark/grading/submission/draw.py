"""Images drawn from a submitted generator, with latents that are fresh for each seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.grading.submission.image_arrays import to_bytes
from benchmark.random_streams import normal_rows, stream_key

Draw = Callable[[np.ndarray, np.ndarray], np.ndarray]  # latents and conditions to float images (N, 3, S, S)


@dataclass(frozen=True)
class Generator:
    """A handed-in generator, ready to draw."""

    latent_dim: int
    draw: Draw
    black: float = -1.0  # the number that is black; white is 1
    remark: str = ""  # one line about how it was read; empty if there is nothing to say


def latents(seed: int, list_name: str, count: int, latent_dim: int) -> np.ndarray:
    """float32 (count, latent_dim) standard normal; row i depends on seed, list and i alone."""
    return normal_rows(stream_key(f"grading {seed} {list_name}"), range(count), latent_dim)


CHUNK = 64  # images drawn at once


def draw_list(rows: ConditionList, generator: Generator, assignment: Assignment) -> np.ndarray:
    """The images of one list, drawn from fresh latents.

    Returns:
        uint8 (conditions * draws, 3, S, S); draw k of condition i lies at i * draws + k.

    Raises:
        Rejected: the generator draws images of another shape or range.
    """
    conditions = np.repeat(np.array(rows.rows, dtype=np.uint8), assignment.draws, axis=0)
    inputs = latents(assignment.seed, rows.name, len(conditions), generator.latent_dim)
    parts, size = [], assignment.image_size
    for start in range(0, len(conditions), CHUNK):
        chunk = slice(start, start + CHUNK)
        images = generator.draw(inputs[chunk], conditions[chunk])
        wanted = (len(conditions[chunk]), 3, size, size)
        if images.shape != wanted:
            raise Rejected(f"the generator draws {images.shape}; {wanted} was requested")
        parts.append(to_bytes(images, generator.black, 1.0, "the generator's images"))
    return np.concatenate(parts)
