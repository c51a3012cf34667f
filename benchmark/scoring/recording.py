"""What is scored becomes a record: a trained run, pictures drawn elsewhere, and what both are read against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmark.records.files import load_record
from benchmark.records.provenance import system
from benchmark.records.record import PicturesEntry, Record, ReferenceEntry, Throughput
from benchmark.sampling import permutation
from benchmark.scoring.drawn_elsewhere import digest_of
from benchmark.scoring.entries import complete, model_entry, training_entry
from benchmark.scoring.rescoring import permuted_score
from benchmark.scoring.scorer import Findings, Scorer
from benchmark.scoring.verdict import verdict
from benchmark.training import runs
from reference_models.base import ConditionalGAN


def record_run(scorer: Scorer, folder: Path, records: Path) -> list[Path]:
    """Write the run's record and the reference rows'; what is there already is not scored again.

    Returns:
        The run's record first.
    """
    outcome = runs.read_outcome(folder)
    model, config = runs.load_generator(folder, scorer.machine)
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
