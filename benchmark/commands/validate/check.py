"""A check of records against the files next to them: form, digests, single images, and the reference rows.

Some values cannot be checked, since a record does not keep what they are computed from: a second judge's value, and
scores of real and generated images together, such as a Fréchet distance. To check those, train and score again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from benchmark.commands.validate.answers import faults_of_answers, in_order
from benchmark.commands.validate.form import faults_of_form
from benchmark.commands.validate.images import faults_of_images
from benchmark.commands.validate.log import faults_of_log
from benchmark.commands.validate.neighbours import Neighbours
from benchmark.commands.validate.refusals import faults_of_refusals
from benchmark.commands.validate.status import faults_of_status
from benchmark.commands.validate.training import faults_of_training
from benchmark.definitions.lookup import find_task
from benchmark.definitions.record_task import task_of_record
from benchmark.errors import UsageError
from benchmark.records.per_sample import PerSample, load_per_sample
from benchmark.records.record import Record
from benchmark.records.store import load_record, strip_path
from benchmark.records.strips import load_strip
from benchmark.tasks import Task


def validate(places: Sequence[Path], own: str | None = None) -> list[dict[str, Any]]:
    """A row for each record: its file, and what is wrong with it, if anything.

    Args:
        places: records, and folders of them.
        own: a task of theirs that is not bundled: a file, or a plug-in's name.

    Raises:
        UsageError: a place is not there, or holds no record; or there is no such task.
    """
    task = None if own is None else find_task(own)
    paths = [path for place in places for path in _records(place)]
    neighbours = {folder: Neighbours(folder) for folder in {path.parent for path in paths}}
    with one_thread():
        return [{"record": str(path), "faults": faults(path, neighbours[path.parent], task)} for path in paths]


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute tensors with one thread while the block runs; for such small tensors more threads are slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _records(place: Path) -> list[Path]:
    if not place.exists():
        raise UsageError(f"{place} is not there; give records, or folders of them")
    if not place.is_dir():
        return [place]
    found = sorted(path for path in place.glob("*.json") if not path.name.startswith("."))
    if not found:
        raise UsageError(f"{place} holds no records (*.json); give records, or folders of them")
    return found


def faults(path: Path, neighbours: Neighbours | None = None, own: Task | None = None) -> list[str]:
    """A line for everything that is wrong with one record.

    Args:
        path: of the record.
        neighbours: the reference rows of its folder, if they were read already.
        own: its task, if that is not bundled.
    """
    found: list[str] = []
    try:
        found.extend(_faults(path, load_record(path), neighbours or Neighbours(path.parent), own))
    except UsageError as error:
        found.append(str(error).removeprefix(f"{path}: "))
    return found


def _faults(path: Path, record: Record, neighbours: Neighbours, own: Task | None) -> Iterator[str]:
    try:
        task = task_of_record(record, own)
    except UsageError as error:
        yield from [*faults_of_form(path, record, None), str(error)]
        return
    yield from faults_of_form(path, record, task)
    yield from faults_of_training(record, task, neighbours)
    yield from faults_of_log(path, record, task)
    if strip_path(path).exists():
        load_strip(strip_path(path), record)
    kept = PerSample() if record.per_sample_sha256 is None else in_order(task, load_per_sample(path))
    if shapeless := list(_shape_faults(kept)):
        yield from shapeless
        return
    yield from faults_of_answers(record, task, kept, neighbours)
    yield from faults_of_images(record, task, kept, neighbours)
    yield from faults_of_refusals(record, task, kept, neighbours)
    yield from faults_of_status(record, task, kept, neighbours)


def _shape_faults(kept: PerSample) -> Iterator[str]:
    """Faults of tensors next to a record that cannot be data of single images."""
    for part, answers in kept.answers.items():
        logits, conditions = answers.logits, answers.conditions
        if logits.ndim != 3 or conditions.ndim != 3 or logits.shape[:2] != conditions.shape[:2] or not logits.numel():
            yield f"{part} has logits {tuple(logits.shape)} for conditions {tuple(conditions.shape)}"
        elif not logits.is_floating_point() or not logits.isfinite().all():
            yield f"the logits of {part} are no finite numbers"
    for name, rows in kept.scores.items():
        if rows.ndim not in (1, 2) or not len(rows) or (rows.ndim == 2 and rows.shape[1] != 2):
            yield f"what {name} is made of has shape {tuple(rows.shape)}, not (images, 2) or (resamples,)"
        elif not rows.double().isfinite().all():
            yield f"what {name} is made of are no finite numbers"
