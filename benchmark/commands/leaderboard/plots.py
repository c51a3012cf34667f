"""Plots of all tables, and of the judges' answers to real images, from a folder of records."""

from __future__ import annotations

import re
from pathlib import Path

from torch import Tensor

from benchmark.commands.breakdown import confusions, count_detected_with, draw_confusion
from benchmark.data.datasets import DataSet, dataset_of
from benchmark.leaderboard import output_files, plots
from benchmark.records.per_sample import load_per_sample, pool_answers
from benchmark.records.record import Record
from benchmark.records.store import load_records
from benchmark.tasks import TASKS


def draw(folder: Path, out: Path) -> list[Path]:
    """Draw all plots; return their paths.

    The plots of a judge are its confusion and its calibration on held-out real images. They need the judge's answers
    next to the record of the reference row ``real``.

    Raises:
        UsageError: a record or a file next to it is broken.
    """
    records = load_records(folder)
    by_name = {record.file_name: record for record in records}
    paths = []
    for table in output_files.load_tables(folder):
        stem = re.sub(r"[^A-Za-z0-9._-]", "-", f"{table.protocol.id}-{table.budget}{table.total_updates or ''}")
        paths += plots.draw(table, by_name, out / stem)
    return paths + [path for record in records if is_real(record) for path in draw_judge(folder, record, out)]


def is_real(record: Record) -> bool:
    """True for a reference row of real images with their own conditions, of a task with a judge."""
    task = TASKS.get(record.protocol.task)
    real = record.reference is not None and record.reference.name == "real"
    return bool(real and task and task.condition_scores and record.per_sample_sha256)


def draw_judge(folder: Path, record: Record, out: Path) -> list[Path]:
    """Confusion and calibration of the judge of one task."""
    answers = load_per_sample(folder / record.file_name).answers
    if not answers:
        return []
    logits, conditions = pool_answers(answers)
    dataset, stem = dataset_of(TASKS[record.protocol.task]), out / f"{record.protocol.id}-judge"
    paths = []
    for attribute, counts in confusion_counts(dataset, logits, conditions).items():
        path = stem.with_name(f"{stem.name}-confusion-{attribute}.png")
        for place in (path, path.with_suffix(".svg")):
            paths.append(draw_confusion(counts, dataset.attributes[attribute], attribute, place))
    for attribute, (chances, right) in answer_chances(dataset, logits, conditions).items():
        words = f"{record.protocol.task}: {attribute} of {len(logits):,} held-out real images"
        place = stem.with_name(f"{stem.name}-calibration-{attribute}")
        paths += plots.calibration(place, chances.numpy(), right.numpy(), words)
    return paths


def confusion_counts(dataset: DataSet, logits: Tensor, conditions: Tensor) -> dict[str, Tensor]:
    if dataset.kind == "multi_label":
        return {next(iter(dataset.attributes)): count_detected_with(logits, conditions)}
    return confusions(dataset, logits, conditions)


def answer_chances(dataset: DataSet, logits: Tensor, conditions: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """The probability of each answer and whether it is right, by attribute; there is an answer per image and object."""
    if dataset.kind == "multi_label":
        chances, there = logits.sigmoid().flatten(), (conditions > 0).flatten()
        return {next(iter(dataset.attributes)): ((chances - 0.5).abs() + 0.5, (chances > 0.5) == there)}
    groups = zip(dataset.attributes, logits.split(list(dataset.sizes), dim=1), strict=True)
    found = {}
    for column, (attribute, group) in enumerate(groups):
        chances, answers = group.softmax(dim=1).max(dim=1)
        found[attribute] = (chances, answers == conditions[:, column])
    return found
