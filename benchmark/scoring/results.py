"""Input and output of scoring: images with their conditions, and everything that their scores give."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from torch import Tensor

from benchmark.records.per_sample import PerSample
from benchmark.records.record import ScoreEntry
from evaluators.base import Score, TooFewImagesError


@dataclass(frozen=True)
class Images:
    """Images with the conditions that they show, or that were requested of them."""

    images: Tensor  # uint8 (N, 3, S, S)
    conditions: Tensor  # uint8 (N, C)


@dataclass(frozen=True, kw_only=True)
class Results:
    """Everything that scoring one generator, or one set of images, gives."""

    scores: dict[str, ScoreEntry] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # score to reason: too few images
    per_sample: PerSample = field(default_factory=PerSample)
    images_per_second: float | None = None  # drawn by the generator


def computed(names: Iterable[str], score: Callable[[str], Score]) -> tuple[dict[str, Score], dict[str, str]]:
    """Scores by name, and the reasons of those that are refused for too few images."""
    found, refused = {}, {}
    for name in names:
        try:
            found[name] = score(name)
        except TooFewImagesError as error:
            refused[name] = str(error)
    return found, refused
