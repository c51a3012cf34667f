"""``cgan-bench breakdown``: where a record's condition scores come from, by class, number of objects and draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from benchmark.data.datasets import DataSet, dataset_of
from benchmark.definitions.lookup import find_task
from benchmark.definitions.record_task import task_of_record
from benchmark.errors import UsageError
from benchmark.leaderboard.plots import write_figure
from benchmark.records.per_sample import Answers, load_per_sample, pool_answers
from benchmark.records.store import load_record
from benchmark.scoring.from_logits import answered_scores, scores_of
from benchmark.system.files import replacing
from benchmark.tasks import Task
from evaluators.intervals import wilson_interval
from evaluators.multi_label import average_precisions, class_counts, requested_objects, topk_found

if TYPE_CHECKING:
    import pandas as pd

Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Breakdown:
    """The tables of one record."""

    by_objects: Table  # one row per number of requested objects; empty for attributes
    by_draw: Table  # one row per score: mean and standard deviation over the latent draws; empty without draws
    by_class: Table  # one row per object, or per value of each attribute
    confusion: Mapping[str, Tensor]  # attribute -> int64 (requested, detected); classes: detected at probability 0.5


def breakdown(record: Path, out: Path | None, own: str | None = None) -> dict[str, Any]:
    """Break a record's condition scores down; with ``out``, also write CSV tables and an image of each confusion.

    Args:
        record: of a run, of images or a reference row.
        out: folder to write to.
        own: its task, if that is not bundled: a file, or a plug-in's name.

    Raises:
        UsageError: the record, the file next to it or its task is missing, or its task has no conditions.
    """
    whole, given = load_record(record), None if own is None else find_task(own)
    try:
        task = task_of_record(whole, given)
    except UsageError as error:
        raise UsageError(f"{record}: {error}") from error
    if not answered_scores(task):
        lacks = "no score of a judge's answers" if task.conditional else "no conditions"
        raise UsageError(
            f"{record} is of {task.name}, which has {lacks} to break its scores down by; give another task's"
        )
    found = tables_of(task, load_per_sample(record).answers)
    named = {"by number of objects": found.by_objects, "by draw": found.by_draw, "by class": found.by_class}
    document: dict[str, Any] = {name: table for name, table in named.items() if table}
    if out is not None:
        document["files"] = [str(path) for path in write(found, dataset_of(task), out)]
    return document


def as_text(document: Mapping[str, Any]) -> str:
    """The tables in aligned columns, for people."""
    import pandas as pd

    parts = []
    for name, table in document.items():
        lines = table if isinstance(table[0], str) else [pd.DataFrame(table).round(3).to_string(index=False)]
        parts.append("\n".join([name, *lines]))
    return "\n\n".join(parts)


def tables_of(task: Task, answers: Mapping[str, Answers]) -> Breakdown:
    """All tables, from what the judge said."""
    logits, conditions = pool_answers(answers)
    dataset = dataset_of(task)
    if dataset.kind == "multi_label":
        ((called, classes),) = dataset.attributes.items()
        return Breakdown(
            by_objects(task, logits, conditions),
            by_draw(task, answers),
            by_object(classes, logits, conditions),
            {called: count_detected_with(logits, conditions)},
        )
    counts = confusions(dataset, logits, conditions)
    return Breakdown([], by_draw(task, answers), by_value(dataset, counts), counts)


def with_ends(name: str, value: float, interval: tuple[float, float]) -> dict[str, float]:
    """A number in a row, with the ends of its 95 % interval."""
    return {name: value, f"{name}_low": interval[0], f"{name}_high": interval[1]}


def rate_with_ends(name: str, hits: float, trials: float) -> dict[str, float]:
    """A rate in a row, with the ends of Wilson's interval."""
    return with_ends(name, hits / trials, wilson_interval(hits / trials, trials))


def by_objects(task: Task, logits: Tensor, conditions: Tensor) -> Table:
    """Every score of the images with one requested object, with two, and with three."""
    requested = requested_objects(conditions)
    rows = []
    for number in requested.unique().tolist():
        some = requested == number
        row: dict[str, Any] = {"objects": number, "images": int(some.sum())}
        for name, score in scores_of(task, logits[some], conditions[some]).items():
            row |= with_ends(name, score.value, score.interval)
        rows.append(row)
    return rows


def by_draw(task: Task, answers: Mapping[str, Answers]) -> Table:
    """Every score of each latent draw of the condition lists: mean, standard deviation, lowest and highest."""
    drawn = [part for part in answers.values() if len(part.logits) > 1]
    if not drawn:
        return []
    logits, conditions = (
        torch.cat([getattr(part, what) for part in drawn], dim=1) for what in ("logits", "conditions")
    )
    draws = [scores_of(task, *pair) for pair in zip(logits, conditions, strict=True)]
    everywhere = [name for name in draws[0] if all(name in draw for draw in draws)]
    columns = {name: [draw[name].value for draw in draws] for name in everywhere}
    return [
        {"score": name, "mean": fmean(each), "std": stdev(each), "lowest": min(each), "highest": max(each)}
        | {"draws": len(each)}
        for name, each in columns.items()
    ]


def by_object(classes: tuple[str, ...], logits: Tensor, conditions: Tensor) -> Table:
    """Each object: how often requested and found by the top-k rule, F1, average precision, and detected unrequested."""
    found, requested = topk_found(logits, conditions).sum(dim=0), (conditions > 0).sum(dim=0)
    counts, precisions = class_counts(logits, conditions), average_precisions(logits, conditions)
    rows = []
    for index, name in enumerate(classes):
        hits, false_alarms, misses = counts[:, index].tolist()
        if not requested[index]:
            continue
        rows.append(
            {
                "class": name,
                "requested": int(requested[index]),
                **rate_with_ends("topk_accuracy", int(found[index]), int(requested[index])),
                "f1": 2 * hits / (2 * hits + false_alarms + misses),
                "average_precision": precisions[index].item(),
                **rate_with_ends("spurious_object_rate", false_alarms, max(1, len(logits) - int(requested[index]))),
            }
        )
    return rows


def count_detected_with(logits: Tensor, conditions: Tensor) -> Tensor:
    """Counts of images by requested class (row) and class detected at probability 0.5 (column): int64 (C, C)."""
    return ((conditions > 0).long().T.double() @ (logits > 0).double()).long()


def confusions(dataset: DataSet, logits: Tensor, conditions: Tensor) -> dict[str, Tensor]:
    """Confusion matrices by attribute: int64 (requested values, detected values)."""
    found = {}
    groups = zip(dataset.attributes.items(), logits.split(list(dataset.sizes), dim=1), strict=True)
    for column, ((attribute, values), group) in enumerate(groups):
        pairs = conditions[:, column].long() * len(values) + group.argmax(dim=1)
        found[attribute] = torch.bincount(pairs, minlength=len(values) ** 2).reshape(len(values), len(values))
    return found


def by_value(dataset: DataSet, counts: Mapping[str, Tensor]) -> Table:
    """Each value of each attribute: how often requested, how often found, and what it is most often taken for."""
    rows = []
    for attribute, values in dataset.attributes.items():
        for index, name in enumerate(values):
            row = counts[attribute][index]
            requested, others = int(row.sum()), row.clone()
            others[index] = 0
            if requested:
                mistaken = f"{values[int(others.argmax())]} ({int(others.max())})" if others.any() else "-"
                rate = rate_with_ends("accuracy", int(row[index]), requested)
                rows.append(
                    {"class": f"{name} {attribute}", "requested": requested, **rate, "most often taken for": mistaken}
                )
    return rows


def write(found: Breakdown, dataset: DataSet, out: Path) -> list[Path]:
    """CSV files of the tables and confusions, and an image of each confusion; return the paths."""
    import pandas as pd

    frames = {"by_objects": found.by_objects, "by_draw": found.by_draw, "by_class": found.by_class}
    paths = []
    for name, table in frames.items():
        if table:
            paths.append(_write_csv(pd.DataFrame(table), out / f"{name}.csv", index=False))
    for attribute, counts in found.confusion.items():
        values = dataset.attributes[attribute]
        frame = pd.DataFrame(counts.numpy(), index=pd.Index(values, name="requested"), columns=list(values))
        paths.append(_write_csv(frame, out / f"confusion_{attribute}.csv", index=True))
        paths.append(draw_confusion(counts, values, attribute, out / f"confusion_{attribute}.png"))
    return paths


def _write_csv(frame: pd.DataFrame, path: Path, *, index: bool) -> Path:
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=index, float_format="%.4f", lineterminator="\n")
    return path


def draw_confusion(counts: Tensor, values: tuple[str, ...], attribute: str, path: Path) -> Path:
    """A confusion matrix as a PNG or SVG; each row of requested values sums to 1."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
    side = 2 + 0.35 * len(values)
    figure, axes = plt.subplots(figsize=(side, side), layout="constrained")
    image = axes.imshow(shares.numpy(), cmap="Blues", vmin=0.0, vmax=float(shares.max()))
    axes.set_xticks(range(len(values)), values, rotation=90)
    axes.set_yticks(range(len(values)), values)
    axes.set_xlabel(f"{attribute} seen by the judge")
    axes.set_ylabel(f"{attribute} requested")
    figure.colorbar(image, ax=axes, shrink=0.7, label="share of the row")
    write_figure(figure, path, dpi=100)
    plt.close(figure)
    return path
