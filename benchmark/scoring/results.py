"""The results of scoring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from benchmark.records.per_sample import PerSample
from benchmark.records.record import ScoreEntry
from benchmark.system.terminal import track
from evaluators.base import Score, TooFewImagesError


@dataclass(frozen=True, kw_only=True)
class Results:
    """The results of scoring one generator or one set of images."""

    scores: dict[str, ScoreEntry] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # score to reason: too few images
    per_sample: PerSample = field(default_factory=PerSample)
    permuted: Score | None = None  # the main condition score of a generator's images under each other's conditions
    images_per_second: float | None = None  # drawn by the generator
    darkest: int = 0  # pixel of these; 0 where nothing was drawn


class Scoring(Protocol):
    """An evaluator, or several that together give one score."""

    def compute(self) -> Score: ...


def compute_scores(evaluators: Mapping[str, Scoring]) -> tuple[dict[str, Score], dict[str, str]]:
    """Scores by name, and the reasons of those that are refused for too few images."""
    found, refused = {}, {}
    for name in track(evaluators, "computing scores"):
        try:
            found[name] = evaluators[name].compute()
        except TooFewImagesError as error:
            refused[name] = " ".join(str(error).split())  # in one line, whatever an evaluator of one's own says
    return found, refused
