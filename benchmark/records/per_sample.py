"""Data of single images, in ``<record>.safetensors`` next to their record.

Keys: ``logits/<part>`` and ``conditions/<part>``, the judge's logits and what was requested, from which judged scores
are computed again and broken down; ``per_image/<score>`` or ``resampled/<score>``, the score of single images or of
bootstrap resamples, for paired comparisons of two records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.records.record import Record, ScoreEntry
from benchmark.records.store import AGAIN, check_per_sample, load_record, per_sample_path
from benchmark.records.units import by_unit
from benchmark.system.files import file_sha256
from benchmark.system.tensors import load_tensors, save_tensors
from evaluators.base import Score


@dataclass(frozen=True)
class Answers:
    """Logits of a judge for one part of the sample set."""

    logits: Tensor  # float32 (draws, rows, K)
    conditions: Tensor  # uint8 (draws, rows, C): what was requested, the same in every draw


@dataclass(frozen=True)
class PerSample:
    """Data of single images: the judge's answers, and the outcomes that make up each score."""

    answers: Mapping[str, Answers] = field(default_factory=dict)  # by part of the sample set
    scores: Mapping[str, Tensor] = field(default_factory=dict)  # (N, 2) by image or float64 (R,) by resample; see Score

    def tensors(self) -> dict[str, Tensor]:
        """All tensors, by their keys in the file."""
        found = {f"{what}/{part}": value for part, each in self.answers.items() for what, value in vars(each).items()}
        kinds = {1: "resampled", 2: "per_image"}
        return found | {f"{kinds[value.ndim]}/{score}": value for score, value in self.scores.items()}

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, Tensor]) -> PerSample:
        """The per-sample data of a file's tensors.

        Raises:
            ValueError: a key is of no known kind, or a part lacks its logits or its conditions.
        """
        kinds: dict[str, dict[str, Tensor]] = {"logits": {}, "conditions": {}, "per_image": {}, "resampled": {}}
        for key, value in tensors.items():
            kind, slash, name = key.partition("/")
            if kind not in kinds or not slash:
                raise ValueError(f"unknown key {key!r}; keys start with {', '.join(f'{kind}/' for kind in kinds)}")
            kinds[kind][name] = value
        logits, conditions = kinds["logits"], kinds["conditions"]
        if alone := sorted(logits.keys() ^ conditions.keys()):
            raise ValueError(f"part {alone[0]!r} has logits or conditions, but not both")
        answers = {part: Answers(logits[part], conditions[part]) for part in logits}
        return cls(answers, kinds["per_image"] | kinds["resampled"])


def pool_answers(answers: Mapping[str, Answers]) -> tuple[Tensor, Tensor]:
    """Logits (N, K) and conditions (N, C) of all parts and draws."""
    logits = torch.cat([part.logits.flatten(0, 1) for part in answers.values()])
    return logits, torch.cat([part.conditions.flatten(0, 1) for part in answers.values()])


def unit_pairs(entry: ScoreEntry, records: Sequence[Record], found: Sequence[Tensor | None]) -> list[Tensor] | None:
    """Outcomes of a score in two records, by independent unit; see :func:`benchmark.records.units.by_unit`.

    Args:
        entry: the score in one of them.
        records: both.
        found: of each record, by image or by resample.

    Returns:
        None unless both records have the score for the same samples, with enough units to compare.
    """
    if any(record.samples != records[0].samples for record in records):
        return None
    if any(one is None or one.shape != found[0].shape for one in found):
        return None
    units = [by_unit(entry, one.numpy()) for one in found]
    return None if units[0] is None else [torch.from_numpy(one) for one in units]


def outcome_tensors(scores: Mapping[str, Score]) -> dict[str, Tensor]:
    """The outcomes of scores by image or by resample; scores that have neither are left out."""
    found = {name: score.outcomes if score.outcomes is not None else score.resampled for name, score in scores.items()}
    return {name: value for name, value in found.items() if value is not None}


def save_per_sample(record: Path, per_sample: PerSample) -> str | None:
    """Write the file next to a record that is about to be written, whole or not at all.

    Args:
        record: the record's path to be.
        per_sample: its contents; there is no file where it is empty.

    Returns:
        The file's sha256, by which the record knows it; None if there is no file.
    """
    tensors = per_sample.tensors()
    if not tensors:
        return None
    save_tensors(per_sample_path(record), tensors)
    return file_sha256(per_sample_path(record))


def load_per_sample(record: Path) -> PerSample:
    """The data of a record's single images.

    Raises:
        UsageError: the record is damaged or has no such file, or the file is missing, damaged or another record's.
    """
    path = per_sample_path(record)
    if not check_per_sample(record, load_record(record)):
        raise UsageError(f"{record} has nothing about single images next to it; {AGAIN}")
    try:
        return PerSample.of_tensors(load_tensors(path, AGAIN))
    except ValueError as error:
        raise UsageError(f"{path}: {str(error).removeprefix(f'{path}: ')}; {AGAIN}") from error
