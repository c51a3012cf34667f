"""Faults of a record's form: its name, task, model, budget, and that its scores are its evaluators'."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from benchmark.definitions.record_task import evaluators_of
from benchmark.records.record import DECLARED, Record, ScoreEntry
from benchmark.tasks import ALARMS, Task
from evaluators import EVALUATORS
from evaluators.base import Evaluator
from reference_models import MODELS


def faults_of_form(path: Path, record: Record, task: Task | None) -> Iterator[str]:
    """Faults that a record shows by itself, also where its task is not known."""
    if path.name != record.file_name:
        yield f"its contents belong in {record.file_name}"
    yield from _task_faults(record, task)
    is_plugin = any(plugin.kind == "model" for plugin in record.plugins.values())
    if record.model is not None and record.model.name not in MODELS and not is_plugin:
        yield f"no bundled model is called {record.model.name!r}, and no plug-in is named"
    if record.model is not None and record.training.budget == "smoke":
        yield "smoke is no result; train with --budget short, report, or a number of updates"
    yield from _completeness_faults(record, task)
    evaluators = evaluators_of(task)
    for name, entry in record.scores.items():
        if name in evaluators:
            yield from _entry_faults(name, entry, evaluators[name])
        elif task is not None:
            yield f"no score is called {name!r}"


def _task_faults(record: Record, task: Task | None) -> Iterator[str]:
    if task is None:
        return
    if not 1 <= record.protocol.version <= task.version:
        yield f"it is of version {record.protocol.version} of its task, which has 1 to {task.version}"
    main = record.scores.get(task.main_score)
    if main is not None and main.version < (now := task.evaluator(task.main_score).version):
        yield f"{task.main_score}, which ranks its task, is of version {main.version}, not {now}; score the run again"


def _completeness_faults(record: Record, task: Task | None) -> Iterator[str]:
    """Faults of a diverged run that has scores, or of any other record that lacks some."""
    if record.status == "diverged":
        if record.scores or record.refused or record.per_sample_sha256 is not None:
            yield "it has scores, but a run that diverged has none"
        return
    if task is None:
        return
    if record.per_sample_sha256 is None and (task.source is None or any(name in EVALUATORS for name in record.scores)):
        yield "nothing about single images lies next to it"
    if record.kind == "model" and record.status != "invalid":
        alarms = [name for name in ALARMS if name in task.scores]
        needed = dict.fromkeys(task.headline, "stands in its table") | dict.fromkeys(alarms, "can raise an alarm")
        for name, why in (needed | {task.main_score: "ranks its task"}).items():
            if name not in record.scores and name not in record.refused:
                yield f"it has neither {name}, which {why}, nor a reason why not"


def _entry_faults(name: str, entry: ScoreEntry, evaluator: type[Evaluator]) -> Iterator[str]:
    """Faults of a score whose declarations or range are not its evaluator's."""
    for field in DECLARED:
        ours, given = getattr(evaluator, field), getattr(entry, field)
        if field != "version" and given != ours:
            yield f"{name} has {field} {given!r}; its evaluator has {ours!r}"
    if not 1 <= entry.version <= evaluator.version:
        yield f"{name} is of version {entry.version}, but its evaluator has 1 to {evaluator.version}"
    declared = tuple(bound if math.isfinite(bound) else None for bound in evaluator.value_range)
    if entry.value_range not in (None, declared):
        yield f"{name} has the range {entry.value_range}, not its evaluator's {declared}"
    if (second := entry.second) is not None:
        gap = entry.value - second.value
        if not math.isclose(second.gap, gap, rel_tol=1e-9, abs_tol=1e-9):
            yield f"{name} has a gap of {second.gap:.6g} to the second judge, but their values give {gap:.6g}"
        elif second.disagrees != (second.spread is not None and abs(second.gap) > second.spread):
            yield f"{name} says that the second judge {'dis' if second.disagrees else ''}agrees, unlike its spread"
