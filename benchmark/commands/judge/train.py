"""``cgan-bench judge train``: a judge from the training images of one data set or several."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.commands.judge import check
from benchmark.commands.judge.chance import beside_chance
from benchmark.data.datasets import DataSet, dataset_of
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError, check_ending, check_seed
from benchmark.scoring import judges as task_judges
from benchmark.system.files import sha256_text
from benchmark.system.terminal import Progress, say
from benchmark.tasks import Task
from evaluators.judges import accuracy, store, training
from evaluators.judges.judge import Judge, fitted
from evaluators.judges.network import ARCHITECTURES
from evaluators.judges.store import JudgeCard
from evaluators.judges.training import JudgeSettings

SPLIT = "held out: the last 15 % by sha256 of the file name without ending (i-CLEVR: of the scene)"


def train(
    task_name: str, sources: Sequence[str], part: str, out: Path, seed: int, settings: JudgeSettings
) -> dict[str, Any]:
    """Train a judge, check it on the held-out images, write it with its card, and return the accuracies.

    Args:
        task_name: a task with a judge.
        sources: data sets of the task's kind; their images are taken together. Some of the last one's are written
            next to the judge for its self-test.
        part: ``k/n``: only the k-th of n equal stretches of each data set's training images.
        out: the .safetensors to write.
        seed: decides the first weights and the order of the images.
        settings: see there.

    Raises:
        UsageError: a name, a setting or the data is wrong, or ``out`` does not end in .safetensors.
    """
    check_options(out, seed, settings)
    task = task_judges.judged_task(task_name)
    number, count = parse_fraction(part)
    dataset = dataset_of(task)
    sets = [task_judges.judgeable(task, open_data(dataset, source)) for source in sources]
    chosen = [data.chosen("train").tensor_split(count)[number - 1] for data in sets]
    images, conditions = _concatenate(sets, chosen)
    images = fitted(images)
    check_classes(dataset, conditions)
    held_out = _concatenate(sets, [data.chosen("held_out") for data in sets])
    started = time.perf_counter()
    judge = _trained(task, images, conditions, settings, seed)
    judge = replace(judge, attributes=tuple(dataset.attributes)) if dataset.kind == "attributes" else judge
    card = store.make_card(
        judge, *held_out,
        class_names=list(dataset.attributes.values()), settings=settings, seed=seed,
        name=out.stem, task=task.name, command=command(task, sets, part, out, seed, settings), part=part,
        data=" + ".join(data.label for data in sets), data_digest=joint_digest(sets), split=SPLIT,
        training_images=len(images), train_seconds=round(time.perf_counter() - started, 1),
        held_out_by_data=_rates_by_data(judge, sets),
    )  # fmt: skip
    store.save_judge(judge, card, held_out[0], out)
    for line in beside_chance(judge, card, conditions, held_out):
        say(line)
    return {"judge": str(out), "card": str(out.with_suffix(".json"))} | rates_of_card(card)


def _trained(task: Task, images: Tensor, conditions: Tensor, settings: JudgeSettings, seed: int) -> Judge:
    """A judge trained on a task's images, with its progress on stderr."""
    dataset = dataset_of(task)
    with Progress(f"training a judge for {task.name}", settings.updates) as progress:
        return training.train_judge(
            images, conditions, dataset.kind, dataset.sizes, settings=settings, seed=seed,
            progress=lambda update, loss: progress.update(update, f"loss {loss:.3g}"),
        )  # fmt: skip


def check_options(out: Path, seed: int, settings: JudgeSettings) -> None:
    """Raise UsageError for the first option that cannot be."""
    check_ending("--out", out, ".safetensors")
    check_seed(seed)
    for name in ("updates", "batch_size", "learning_rate"):
        if getattr(settings, name) <= 0:
            raise UsageError(f"--{name.replace('_', '-')} is {getattr(settings, name)}; give more than 0")
    for name in ("label_smoothing", "recolouring"):
        if not 0 <= getattr(settings, name) <= 1:
            raise UsageError(f"--{name.replace('_', '-')} is {getattr(settings, name)}; give 0 to 1")
    if settings.architecture not in ARCHITECTURES:
        raise UsageError(f"--architecture is {settings.architecture!r}; give {' or '.join(ARCHITECTURES)}")


def check_classes(dataset: DataSet, conditions: Tensor) -> None:
    """Raise UsageError if all images show the same class, since a judge cannot learn from that.

    Classes that no image shows are printed as a remark; course B, for example, has no gray eyes.
    """
    shown = {name: conditions[:, column].unique() for column, name in enumerate(dataset.attributes)}
    if dataset.kind == "multi_label":
        (name,) = dataset.attributes
        shown = {name: conditions.any(dim=0).nonzero().flatten()}
    for name, found in shown.items():
        values = dataset.attributes[name]
        if len(found) < 2:
            only = ", ".join(values[index] for index in found.tolist()) or "nothing"
            raise UsageError(f"of {name} the training images show {only} alone; give images of two classes or more")
        absent = [value for index, value in enumerate(values) if index not in found]
        if absent:
            say(f"of {name} no training image shows {', '.join(absent)}: the judge will not know them")


def parse_fraction(part: str) -> tuple[int, int]:
    """The numbers k and n of ``k/n``.

    Raises:
        UsageError: it is no such fraction.
    """
    number, _, count = part.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise UsageError(f"--part is {part!r}; give '1/1' for all, or '1/2' for the first half")
    return int(number), int(count)


def command(task: Task, sets: Sequence[PackedData], part: str, out: Path, seed: int, settings: JudgeSettings) -> str:
    """The command line that makes the same judge again."""
    sources = " ".join(f"--data {data.label}" for data in sets)
    options = (
        f"--part {part} --architecture {settings.architecture} "
        f"--updates {settings.updates} --batch-size {settings.batch_size} --learning-rate {settings.learning_rate} "
        f"--label-smoothing {settings.label_smoothing} --recolouring {settings.recolouring}"
    )
    named = task.name if task.source is None else Path(task.source).name
    return f"cgan-bench judge train --task {named} {sources} --seed {seed} {options} --out {out.name}"


def joint_digest(sets: Sequence[PackedData]) -> str:
    """A single data set's own digest; of several, the sha256 of theirs in order."""
    if len(sets) == 1:
        return sets[0].digest
    return sha256_text(" ".join(data.digest for data in sets))


def rates_of_card(card: JudgeCard) -> dict[str, Any]:
    """The accuracies over all held-out images and, where there are several data sets, over each's."""
    each = {name: {key: rate.value for key, rate in rates.items()} for name, rates in card.held_out_by_data.items()}
    return check.flat_rates(card.held_out) | each


def _concatenate(sets: Sequence[PackedData], indices: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Some images of each data set, one after the other, with their conditions."""
    pairs = list(zip(sets, indices, strict=True))
    images = torch.cat([data.images[chosen] for data, chosen in pairs])
    return images, torch.cat([data.conditions[chosen] for data, chosen in pairs])


def _rates_by_data(judge: Judge, sets: Sequence[PackedData]) -> dict[str, Any]:
    if len(sets) == 1:
        return {}
    held_out = [(data, data.chosen("held_out")) for data in sets]
    return {
        data.label: accuracy.check_judge(judge, data.images[chosen], data.conditions[chosen])
        for data, chosen in held_out
    }
