"""A check of records by what lies next to them: form, digests, and what follows from single images and other rows.

A second judge's numbers, and scores of real and generated images together, such as a Fréchet distance whose features
are not kept, follow from nothing in a record. Whoever doubts them trains and scores again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmark.errors import UsageError
from benchmark.records.per_sample import PerSample, load_per_sample, pooled
from benchmark.records.record import Record
from benchmark.records.rounding import is_fraction
from benchmark.records.store import load_record, log_path, strip_path
from benchmark.records.strips import load_strip
from benchmark.records.training_log import load_log
from benchmark.scoring.from_logits import permuted_score, score_of
from benchmark.scoring.status import verdict
from benchmark.tasks import ALARMS, TASKS
from evaluators import EVALUATORS
from evaluators.intervals import wilson_interval
from reference_models import MODELS

FOLLOWING = {"valid", "undertrained", "collapsed"}  # statuses that follow from scores
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
            kept = load_per_sample(path)
            found += [*_of_scores(record, kept), *_of_status(path, record, kept)]
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
    is_plugin = any(plugin.kind == "model" for plugin in record.plugins.values())
    if record.model is not None and record.model.name not in MODELS and not is_plugin:
        yield f"no bundled model is called {record.model.name!r}, and no plug-in is named"
    if record.model is not None and record.training.budget == "smoke":
        yield "smoke is no result; train with --budget short, report, or a number of updates"
    if record.status != "diverged" and record.per_sample_sha256 is None:
        yield "nothing about single images lies next to it"
    for name, entry in record.scores.items():
        if name not in EVALUATORS:
            yield f"no score is called {name!r}"
        elif (entry.direction, entry.unit) != (EVALUATORS[name].direction, EVALUATORS[name].unit):
            yield f"{name} has direction {entry.direction!r} and unit {entry.unit!r}, not its evaluator's"
    if record.status != "diverged" and record.protocol.task in TASKS:
        yield from _of_gaps(record)


def _of_gaps(record: Record) -> Iterator[str]:
    """Scores that a table cannot do without: that which ranks, and those that raise an alarm."""
    task = TASKS[record.protocol.task]
    needed = {task.main_score: "ranks its task"} | dict.fromkeys(ALARMS, "can raise an alarm")
    for name, why in needed.items():
        if record.kind == "model" and name not in record.scores and name not in record.refused:
            yield f"it has neither {name}, which {why}, nor a reason why not"


def _of_scores(record: Record, kept: PerSample) -> Iterator[str]:
    """Scores that do not follow from what is known of single images."""
    for name, entry in record.scores.items():
        if (made_of := kept.scores.get(name)) is not None and made_of.ndim == 2:
            value = _ratio(made_of)
            if not math.isclose(value, entry.value, rel_tol=CLOSE, abs_tol=CLOSE):
                yield f"{name} is {entry.value:.6g}, but its images give {value:.6g}"
        if entry.method == "wilson" and is_fraction(entry.unit):
            expected = wilson_interval(entry.value, entry.n)
            if not _same(entry.interval, expected):
                yield f"{name} has the interval {_shown(entry.interval)}; of {entry.n:,} it is {_shown(expected)}"
        if kept.answers and _is_judged(record, name):
            found = score_of(*pooled(kept.answers), name)
            if not math.isclose(found.value, entry.value, rel_tol=CLOSE, abs_tol=CLOSE):
                yield f"{name} is {entry.value:.6g}, but the judge's answers give {found.value:.6g}"
            elif "bootstrap" not in found.method and not _same(entry.interval, found.interval):
                yield (
                    f"{name} has the interval {_shown(entry.interval)}, but the judge's answers give "
                    f"{_shown(found.interval)}"
                )


def _of_status(path: Path, record: Record, kept: PerSample) -> Iterator[str]:
    """A status other than the scores give, next to the untrained row where that lies in the same folder."""
    untrained = _untrained(path, record)
    if record.model is None or record.status not in FOLLOWING or untrained is None:
        return
    task = TASKS[record.protocol.task]
    if task.main_condition_score not in (record.scores.keys() & untrained.scores.keys()) | {None}:
        return
    status, reason = verdict(
        task, record.model.full_name, record.training, record.scores, untrained.scores,
        permuted_score(task, kept.answers) if task.main_condition_score else None,
    )  # fmt: skip
    if status != record.status:
        yield f"its status is {record.status}, but its scores give {status}" + (f": {reason}" if reason else "")


def _untrained(path: Path, record: Record) -> Record | None:
    """The untrained row of a record's table, if it lies next to it."""
    there = [load_record(one) for one in path.parent.glob("*-reference-untrained-*.json")]
    return next((one for one in there if one.protocol == record.protocol), None)


def _same(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(math.isclose(*ends, rel_tol=CLOSE, abs_tol=CLOSE) for ends in zip(one, other, strict=True))


def _shown(interval: tuple[float, float] | None) -> str:
    return "none" if interval is None else f"[{interval[0]:.6g}, {interval[1]:.6g}]"


def _is_judged(record: Record, name: str) -> bool:
    """True for a score of the judge's answers alone, by today's version of its evaluator."""
    task = TASKS.get(record.protocol.task)
    return bool(task) and name in task.condition_scores and record.scores[name].version == EVALUATORS[name].version


def _ratio(outcomes: Tensor) -> float:
    hits, trials = outcomes.double().sum(dim=0).tolist()
    return hits / trials if trials else math.nan
