"""A check of records by what lies next to them: form, digests, and scores that follow from single images."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmark.errors import UsageError
from benchmark.records.per_sample import PerSample, load_per_sample, pooled
from benchmark.records.record import Record
from benchmark.records.store import load_record, log_path, strip_path
from benchmark.records.strips import load_strip
from benchmark.records.training_log import load_log
from benchmark.scoring.from_logits import score_of
from benchmark.tasks import TASKS
from evaluators import EVALUATORS

CLOSE = 1e-5  # relative; sums of float32 in another order


def validate(places: Sequence[Path]) -> list[dict[str, Any]]:
    """A row for each record: its file, and what is wrong with it, if anything.

    Args:
        places: records, and folders of them.

    Raises:
        UsageError: a place holds no record.
    """
    return [{"record": str(path), "faults": faults(path)} for place in places for path in _records(place)]


def _records(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    found = sorted(path for path in place.glob("*.json") if not path.name.startswith("."))
    if not found:
        raise UsageError(f"{place} holds no records (*.json); give records, or folders of them")
    return found


def faults(path: Path) -> list[str]:
    """A line for everything that is wrong with one record."""
    try:
        record = load_record(path)
        found = list(_of_form(path, record))
        if record.per_sample_sha256 is not None:
            found += _of_scores(record, load_per_sample(path))
        if log_path(path).exists():
            load_log(path)
        if strip_path(path).exists():
            load_strip(strip_path(path), record)
    except UsageError as error:
        return [str(error).removeprefix(f"{path}: ")]
    return found


def _of_form(path: Path, record: Record) -> Iterator[str]:
    """Faults of name, task, budget and scores, as the record has them."""
    if path.name != record.file_name:
        yield f"its contents belong in {record.file_name}"
    if record.protocol.task not in TASKS:
        yield f"no task is called {record.protocol.task!r}"
    if record.model is not None and record.training.budget == "smoke":
        yield "smoke is no result; train with --budget short, report, or a number of updates"
    if record.status != "diverged" and record.per_sample_sha256 is None:
        yield "nothing about single images lies next to it"
    for name, entry in record.scores.items():
        if name not in EVALUATORS:
            yield f"no score is called {name!r}"
        elif (entry.direction, entry.unit) != (EVALUATORS[name].direction, EVALUATORS[name].unit):
            yield f"{name} has direction {entry.direction!r} and unit {entry.unit!r}, not its evaluator's"


def _of_scores(record: Record, kept: PerSample) -> Iterator[str]:
    """Scores that do not follow from what is known of single images."""
    for name, entry in record.scores.items():
        if (made_of := kept.scores.get(name)) is not None and made_of.ndim == 2:
            value = _ratio(made_of)
            if not math.isclose(value, entry.value, rel_tol=CLOSE, abs_tol=CLOSE):
                yield f"{name} is {entry.value:.6g}, but its images give {value:.6g}"
        if kept.answers and _is_judged(record, name):
            value = score_of(*pooled(kept.answers), name).value
            if not math.isclose(value, entry.value, rel_tol=CLOSE, abs_tol=CLOSE):
                yield f"{name} is {entry.value:.6g}, but the judge's answers give {value:.6g}"


def _is_judged(record: Record, name: str) -> bool:
    """True for a score of the judge's answers alone, by today's version of its evaluator."""
    task = TASKS.get(record.protocol.task)
    return bool(task) and name in task.condition_scores and record.scores[name].version == EVALUATORS[name].version


def _ratio(outcomes: Tensor) -> float:
    hits, trials = outcomes.double().sum(dim=0).tolist()
    return hits / trials if trials else math.nan
