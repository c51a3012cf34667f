"""Scores of a run, of images drawn elsewhere, and of the reference rows, as records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.errors import JudgeError
from benchmark.registry import find
from benchmark.scoring.external_samples import read_drawn
from benchmark.scoring.networks import Tools
from benchmark.scoring.recording import record_images, record_references, record_run
from benchmark.scoring.scorer import Scorer, scorer_of
from benchmark.system.files import check_writable
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training import trained_run
from benchmark.training.trained_run import task_and_data


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Images that another generator drew, as a person gives them."""

    path: Path  # see external_samples.read_drawn
    name: str  # in tables
    task: str
    data: str = "synthetic"


def score(run: Path, out: Path, *, data: str | None, device: str, tools: Tools | None = None) -> list[dict[str, Any]]:
    """Score a run; write its record and, unless they are there, the reference rows' records.

    Returns:
        One row per record: its path and main scores.
    """
    check_writable(out)
    config = trained_run.read_config(run)
    task, packed = task_and_data(run, config, data)
    machine = this_machine(device)
    scorer = scorer_of(task, packed, config.budget, machine, tools)
    return judged_rows(scorer, record_run(scorer, trained_run.load_run(run, machine), out), out)


def score_images(given: Drawn, out: Path, *, device: str, tools: Tools | None = None) -> list[dict[str, Any]]:
    """Score images that another generator drew for the frozen conditions; otherwise as :func:`score`."""
    check_writable(out)
    task = find("task", given.task, TASKS)
    scorer = scorer_of(task, open_data(dataset_of(task), given.data), "report", this_machine(device), tools)
    drawn = read_drawn(given.path, scorer.samples, scorer.data.images.shape[-1])
    return judged_rows(scorer, record_images(scorer, given.name, drawn, out), out)


def judged_rows(scorer: Scorer, records: list[Path], out: Path) -> list[dict[str, Any]]:
    """Records as rows.

    Raises:
        JudgeError: a judge or the face detector had failed; the records that say so are written.
    """
    rows = [record_row(path) for path in records]
    if any(row["status"] == "invalid" for row in rows):
        raise JudgeError(
            f"{scorer.fault}; the records in {out} say 'invalid', "
            "score into another folder with another --judge or --detector"
        )
    return rows


def references(task_name: str, out: Path, *, data: str, device: str) -> list[dict[str, Any]]:
    """Score real, shuffled and untrained images under the standard protocol, unless their records are there."""
    check_writable(out)
    task, machine = find("task", task_name, TASKS), this_machine(device)
    scorer = scorer_of(task, open_data(dataset_of(task), data), "report", machine)
    return [record_row(path) for path in record_references(scorer, out)]


def record_row(path: Path) -> dict[str, Any]:
    """A record's scores, for machines."""
    record = json.loads(path.read_text(encoding="utf-8"))
    return {"record": str(path)} | {name: record[name] for name in ("status", "reason", "scores", "refused")}
