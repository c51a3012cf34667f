"""The parts of a record that tell of a run, its training and its scores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmark.records.outcomes import save_answers, save_outcomes
from benchmark.records.places import copy_record, is_there
from benchmark.records.record import ModelEntry, Parameters, Record, ScoreEntry, SecondEntry, TrainingEntry
from benchmark.scoring.scored_before import kept_folder
from benchmark.system.console import say
from benchmark.training.run_folder import WEIGHTS
from evaluators.base import Evaluator, Score
from evaluators.second_opinion import SecondOpinion
from reference_models.base import ConditionalGAN


def complete(
    blank: Record,
    folder: Path,
    findings: Callable[[], dict[str, Any]],
    second_digest: str | None = None,
    judge_fault: str | None = None,
) -> Path:
    """Score and save a record, unless its file is there already, or was computed before; return the path."""
    path = folder / blank.file_name
    if is_there(path):
        return path
    kept = kept_folder(blank, second_digest, judge_fault)
    if (kept / path.name).exists():
        say(f"{path} was computed before")
        return copy_record(kept / path.name, folder)
    found = findings()
    save_outcomes(path, found.pop("outcomes", {}))
    save_answers(path, found.pop("answers", {}))
    record = Record.model_validate(dict(blank) | found)
    record.save(folder)
    if record.status != "invalid":
        copy_record(path, kept)
    return path


def model_entry(model: ConditionalGAN, config: dict[str, Any], folder: Path) -> ModelEntry:
    """What was trained."""
    name, _, variant = config["model"].partition(":")
    return ModelEntry(
        name=name,
        variant=variant or None,
        config=config["model_config"],
        parameters=Parameters(
            generator=sum(p.numel() for p in model.generator.parameters()),
            discriminator=sum(p.numel() for p in model.discriminator.parameters()),
        ),
        weights_sha256=hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest(),
    )


def training_entry(config: dict[str, Any], outcome: dict[str, Any]) -> TrainingEntry:
    """How it was trained."""
    return TrainingEntry(
        budget=config["budget"],
        total_updates=config["train_config"]["total_updates"],
        images_seen=outcome["images_seen"],
        batch_size=config["model_config"]["batch_size"],
        seed=config["train_config"]["seed"],
        seconds=outcome["seconds"],
        precision=config["precision"],
        memory_format=config["memory_format"],
        config=config["train_config"],
    )


def score_entry(evaluator: type[Evaluator], score: Score, second: SecondEntry | None = None) -> ScoreEntry:
    """A score with what its evaluator says that it means, and what a second judge says."""
    return ScoreEntry(
        value=score.value,
        interval=score.interval,
        method=score.method,
        n=score.n,
        direction=evaluator.direction,
        unit=evaluator.unit,
        version=evaluator.version,
        groups=score.groups,
        second=second,
    )


def second_entry(digest: str, opinion: SecondOpinion) -> SecondEntry:
    """A second judge's answer, by the judge's sha256."""
    return SecondEntry(judge_sha256=digest, disagrees=opinion.disagrees, **asdict(opinion))
