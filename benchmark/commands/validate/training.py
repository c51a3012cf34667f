"""Faults of what a record says of its training: settings, updates, images and parameters that do not go together.

Models of other packages are not imported, so their settings are taken as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

from benchmark.commands.validate.neighbours import Neighbours
from benchmark.definitions.model_settings import find_model, model_budget, model_config
from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.tasks import UPDATES, Task
from benchmark.training.loop import TrainConfig
from benchmark.training.memory import without_weights
from reference_models import MODELS
from reference_models.base import ConditionalGAN, ModelConfig

FREE = {"total_updates", "seed", "snapshot_every"}  # of TrainConfig; the others are the same for everybody


def faults_of_training(record: Record, task: Task, neighbours: Neighbours) -> Iterator[str]:
    """Fields of the training and of the model that contradict each other, the bundled model, or runs of other seeds."""
    if record.model is None:
        return
    yield from _copy_faults(record)
    if twin := neighbours.of_other_seed(record):
        yield f"it has the weights of {twin}, a run with another seed; one of the two is a copy"
    if record.model.name not in MODELS:
        return
    try:
        config = model_config(record.model.full_name, task)
    except UsageError as error:
        yield f"its model cannot be made: {error}"
        return
    if different := list(_setting_faults(record, config)):
        yield from different
    else:
        yield from _count_faults(record, config)


def _copy_faults(record: Record) -> Iterator[str]:
    """Faults of numbers that a record has twice but that differ, and of settings that every training shares."""
    training, config = record.training, record.training.config
    pairs = {"total_updates": training.total_updates, "seed": training.seed}
    for name, value in pairs.items():
        if config.get(name) != value:
            yield f"its {name} is {value}, but {config.get(name)} in its settings"
    if record.model.config.get("batch_size") != training.batch_size:
        yield f"its batch_size is {training.batch_size}, but {record.model.config.get('batch_size')} in its model's"
    fixed = {name: value for name, value in asdict(TrainConfig()).items() if name not in FREE}
    for name, value in fixed.items():
        if config.get(name) != value:
            yield f"its {name} is {config.get(name)}; every training here has {value}"
    if (updates := UPDATES.get(training.budget, training.total_updates)) != training.total_updates:
        yield f"its budget {training.budget} has {updates:,} generator updates, not {training.total_updates:,}"


def _setting_faults(record: Record, config: ModelConfig) -> Iterator[str]:
    """Faults of settings that are not the named model's; settings without effect may be older defaults."""
    model_class, own = find_model(record.model.full_name)[0], json.loads(json.dumps(asdict(config)))
    late = own.keys() - {field.name for field in fields(ModelConfig)}  # may be missing in records older than them
    for name in sorted(own.keys() | record.model.config.keys()):
        if name in model_class.idle(config) or (name in late and name not in record.model.config):
            continue
        ours, theirs = record.model.config.get(name), own.get(name)
        if ours != theirs:
            yield f"its setting {name} is {ours!r}, but {record.model.full_name} has {theirs!r}; name it {name}=..."


def _count_faults(record: Record, config: ModelConfig) -> Iterator[str]:
    """Faults of numbers of parameters, updates and images that are not the model's."""
    training, model = record.training, without_weights(record.model.full_name, config)
    for player in ("generator", "discriminator"):
        count, given = parameters(model, player), getattr(record.model.parameters, player)
        if count != given:
            yield f"its {player} has {given:,} parameters, but {record.model.full_name} has {count:,}"
    expected = model_budget(record.model.full_name).updates(config)
    if training.budget == "report" and training.total_updates != expected:
        yield f"its budget report has {expected:,} generator updates, not {training.total_updates:,}"
    seen = discriminator_turns(model, training.total_updates) * training.batch_size
    if training.images_seen > seen or (record.status != "diverged" and training.images_seen != seen):
        yield f"it saw {training.images_seen:,} images; {training.total_updates:,} updates see {seen:,}"


def parameters(model: ConditionalGAN, player: str) -> int:
    return sum(each.numel() for each in getattr(model, player).parameters())


def discriminator_turns(model: ConditionalGAN, updates: int) -> int:
    """The discriminator's turns until so many generator updates are done."""
    cycle: tuple[Any, ...] = model.cycle()
    each = cycle.count("generator")
    cycles, rest = divmod(updates - 1, each)  # the last update is within the last cycle
    last = [place for place, player in enumerate(cycle) if player == "generator"][rest]
    return cycles * cycle.count("discriminator") + cycle[:last].count("discriminator")
