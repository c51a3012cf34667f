"""Per-image values behind the scores of a record.

``outcomes/`` has what each score is made of, for comparing two records pair by pair; ``answers/`` what the judge said
and what was requested, for breaking a score down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from benchmark.records.store import answers_path, outcomes_path
from benchmark.system.tensors import load_tensors, save_tensors
from evaluators.base import Score


def save_outcomes(record: Path, outcomes: Mapping[str, Tensor]) -> None:
    """Write what scores are made of; nothing if there is none.

    Args:
        record: next to which it goes.
        outcomes: by score, (N, 2) of each image, or float64 (R,) of each resample: see :class:`Score`.
    """
    if outcomes:
        save_tensors(outcomes_path(record), outcomes)


def made_of(score: Score) -> Tensor | None:
    """Values of a score by image or by resample."""
    return score.outcomes if score.outcomes is not None else score.resampled


@dataclass(frozen=True)
class Answers:
    """Logits of a judge for one part of the sample set."""

    logits: Tensor  # float32 (draws, rows, K)
    conditions: Tensor  # uint8 (draws, rows, C): what was requested, the same in every draw


def pooled(answers: Mapping[str, Answers]) -> tuple[Tensor, Tensor]:
    """Logits (N, K) and conditions (N, C) of all parts and draws."""
    logits = torch.cat([part.logits.flatten(0, 1) for part in answers.values()])
    return logits, torch.cat([part.conditions.flatten(0, 1) for part in answers.values()])


def save_answers(record: Path, answers: Mapping[str, Answers]) -> None:
    """Write the judge's answers, by part; nothing if there are none."""
    if answers:
        tensors = {f"{name}.{what}": value for name, part in answers.items() for what, value in vars(part).items()}
        save_tensors(answers_path(record), tensors)


def load_answers(record: Path) -> dict[str, Answers]:
    """The judge's answers behind a record, by part.

    Raises:
        UsageError: they are missing or damaged.
    """
    tensors = load_tensors(answers_path(record), "score the run again into an empty folder")
    parts = dict.fromkeys(name.rpartition(".")[0] for name in tensors)
    return {name: Answers(tensors[f"{name}.logits"], tensors[f"{name}.conditions"]) for name in parts}


def load_outcomes(record: Path) -> dict[str, Tensor]:
    """Per-image or per-resample values of a record's scores, by score: (N, 2) or (R,).

    Raises:
        UsageError: they are missing or damaged.
    """
    return load_tensors(outcomes_path(record), "score the run again into an empty folder")
