"""Faults of the training log next to a record: its digest, its last line and the names of its losses."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmark.definitions.model_settings import find_model, model_config
from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.records.store import log_path
from benchmark.records.training_log import COUNTERS, kept_log_digest, load_log
from benchmark.tasks import Task
from reference_models import MODELS
from reference_models.base import ModelConfig

LOG_DIGITS = 1e-5  # relative; a log has six significant digits


def faults_of_log(path: Path, record: Record, task: Task) -> Iterator[str]:
    """Faults of a training log that is missing, or that belongs to another record."""
    log, digest = log_path(path), record.training and record.training.log_sha256
    if not log.exists():
        if digest:
            yield f"its training log is not there; put it back in {log.parent.name}/{log.name}"
        return
    lines = load_log(path)
    if record.training is None:
        yield "a training log lies next to it, but it was not trained"
    elif digest and (found := kept_log_digest(path)) != digest:
        yield f"its training log has sha256 {found[:16]}, but it names {digest[:16]}"
    elif not lines:
        yield "its training log has no line"
    else:
        yield from _last_line_faults(record, lines[-1])
        yield from _loss_name_faults(record, task, list(lines[-1]))


def _last_line_faults(record: Record, last: dict[str, float | None]) -> Iterator[str]:
    """A fault if the last line is not of the run's last update; the reason of a diverged run names that update."""
    training = record.training
    if record.status != "diverged":
        updates, seen = training.total_updates, training.images_seen
        if (last["step"], last["images_seen"]) != (updates, seen):
            yield (
                f"its training log ends with update {last['step']:,} and {last['images_seen'] or 0:,.0f} images, the "
                f"run with {updates:,} and {seen:,}"
            )
        elif not math.isclose(last["seconds"] or 0.0, training.seconds, rel_tol=LOG_DIGITS, abs_tol=LOG_DIGITS):
            yield f"its training log ends after {last['seconds'] or 0:g} s, the run after {training.seconds:g} s"
        return
    found = re.search(r"generator update (\d+)$", record.reason)
    if found and last["step"] != int(found[1]):
        yield f"its training log ends with update {last['step']:,}, but by its reason the run did with {found[1]}"


def _loss_name_faults(record: Record, task: Task, columns: list[str]) -> Iterator[str]:
    """A fault if the log's losses are not the model's."""
    if record.model.name not in MODELS:
        return
    try:
        config = model_config(record.model.full_name, task)
    except UsageError:
        return  # which is a fault of the training
    expected = [*COUNTERS, *losses_of(record.model.full_name, config)]
    if columns != expected:
        yield f"its training log has the columns {', '.join(columns)}; the model gives {', '.join(expected)}"


def losses_of(name: str, config: ModelConfig) -> list[str]:
    """The names of a model's losses in the order of its turns, from one cycle in which no number is computed."""
    from torch._subclasses.fake_tensor import FakeTensorMode  # two seconds to import

    with FakeTensorMode():
        model = find_model(name)[0](config)
        size, space = config.image_size, config.conditions
        real = torch.zeros(model.least_batch_size, 3, size, size)
        columns = len(space.sizes) if space.kind == "attributes" else space.one_hot_dim
        conditions = model.encode(torch.zeros(len(real), columns, dtype=torch.uint8))
        players = dict.fromkeys(model.cycle())
        return [f"{player}/{loss}" for player in players for loss in model.losses_of_turn(player, real, conditions)]
