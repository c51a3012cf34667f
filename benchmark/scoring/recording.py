"""What is scored becomes a record: a trained run, pictures drawn elsewhere, and what both are read against."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmark.records.per_sample import save_answers, save_outcomes
from benchmark.records.provenance import system
from benchmark.records.record import (
    ModelEntry,
    Parameters,
    PicturesEntry,
    Record,
    ReferenceEntry,
    Throughput,
    TrainingEntry,
)
from benchmark.records.store import copy_record, is_there, load_record
from benchmark.sampling import permutation
from benchmark.scoring.external_samples import digest_of
from benchmark.scoring.from_logits import permuted_score
from benchmark.scoring.scored_before import kept_folder
from benchmark.scoring.scorer import Findings, Scorer
from benchmark.scoring.status import verdict
from benchmark.system.terminal import say
from benchmark.training import trained_run
from benchmark.training.run_folder import WEIGHTS
from reference_models.base import ConditionalGAN


def record_run(scorer: Scorer, folder: Path, records: Path) -> list[Path]:
    """Write the run's record and the reference rows'; what is there already is not scored again.

    Returns:
        The run's record first.
    """
    outcome = trained_run.read_outcome(folder)
    model, config = trained_run.load_generator(folder, scorer.machine)
    blank = _blank(
        scorer,
        kind="model",
        status="valid" if outcome["status"] == "finished" else outcome["status"],
        reason=outcome.get("reason"),
        model=model_entry(model, config, folder),
        training=training_entry(config, outcome),
    )
    references = record_references(scorer, records)
    untrained = load_record(references[-1])
    path = _complete(scorer, blank, records, lambda: _run_findings(scorer, model, blank, outcome, untrained))
    return [path, *references]


def record_pictures(scorer: Scorer, name: str, drawn: Mapping[str, Tensor], records: Path) -> list[Path]:
    """Write the record of pictures that were drawn elsewhere, and the reference rows'; see :func:`record_run`.

    Args:
        scorer: of their task.
        name: what they are called in tables.
        drawn: for each part of the sample set, uint8 (N, 3, S, S) in its order.
        records: folder to write to.
    """
    blank = _blank(scorer, kind="pictures", pictures=PicturesEntry(name=name, images_sha256=digest_of(drawn)))
    path = _complete(scorer, blank, records, lambda: scorer.picture_scores(drawn))
    return [path, *record_references(scorer, records)]


def record_references(scorer: Scorer, records: Path) -> list[Path]:
    """Write the reference rows' records, the untrained one last; what is there already is not scored again."""
    return [
        _complete(scorer, _blank(scorer, kind="reference", reference=row), records, findings)
        for row, findings in _references(scorer)
    ]


def _complete(scorer: Scorer, blank: Record, records: Path, findings: Callable[[], Findings]) -> Path:
    return complete(blank, records, findings, scorer.second_digest, scorer.judge_fault)


def _blank(scorer: Scorer, **parts: Any) -> Record:  # noqa: ANN401
    """A record without scores."""
    facts = {"status": "valid", "protocol": scorer.protocol, "data_name": scorer.data.label, "scores": {}}
    return Record(**facts | parts, system=system(scorer.machine))


def _run_findings(
    scorer: Scorer, model: ConditionalGAN, blank: Record, outcome: dict[str, Any], untrained: Record
) -> Findings:
    """Scores, speeds and verdict; a run that diverged has no pictures worth scoring."""
    rate = outcome["images_per_second"]
    if outcome["status"] != "finished":
        return {"throughput": Throughput(train_images_per_second=rate)}
    found, speed = scorer.model_scores(model)
    throughput = Throughput(train_images_per_second=rate, sample_images_per_second=speed)
    if not scorer.fault:
        found["status"], found["reason"] = verdict(
            scorer.task, blank.model.full_name, blank.training, found["scores"], untrained.scores,
            permuted_score(scorer.task, found.get("answers", {})),
        )  # fmt: skip
    return found | {"throughput": throughput}


def _references(scorer: Scorer) -> list[tuple[ReferenceEntry, Callable[[], Findings]]]:
    """Each reference row, and how to score it."""
    held_out = f"{len(scorer.held_out.images):,} held-out real pictures"
    first = f"{scorer.task.models[0]} before its first update, seed 0"
    rows = {"real": (f"{held_out} with their own conditions", _real)}
    if scorer.task.condition_scores:
        rows["shuffled"] = (f"{held_out} with each other's conditions", _shuffled)
    rows["untrained"] = (first, lambda scorer: scorer.model_scores(scorer.untrained())[0])
    return [
        (ReferenceEntry(name=name, description=description), lambda score=score: score(scorer))
        for name, (description, score) in rows.items()
    ]


def _real(scorer: Scorer) -> Findings:
    return scorer.scores({"held_out": scorer.held_out}, scorer.held_out)


def _shuffled(scorer: Scorer) -> Findings:
    order = permutation(scorer.samples.key, len(scorer.held_out.images))
    pictures = replace(scorer.held_out, conditions=scorer.held_out.conditions[order])
    return scorer.scores({"held_out": pictures}, None)


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
