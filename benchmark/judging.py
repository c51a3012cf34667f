"""``cgan-bench judge``: train a judge on a data set's training pictures, check one, find the bundled one."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.console import Ticker
from benchmark.data.datasets import DATASETS
from benchmark.data.packed import PackedData
from benchmark.data.packing import open_data
from benchmark.errors import UsageError, complaints
from benchmark.registry import find
from benchmark.tasks import TASKS, Task
from evaluators import judges
from evaluators.judges import Judge, JudgeCard, JudgeSettings, Rate
from evaluators.judges.network import ARCHITECTURE

SPLIT = "held out: the last 15 % by sha256 of the file name without ending (i-CLEVR: of the scene)"


def train(task_name: str, source: str, out: Path, seed: int, updates: int) -> dict[str, Any]:
    """Train a judge, check it on the held-out pictures, write it with its card, and return the accuracies.

    Raises:
        UsageError: a name or the data is wrong, or ``out`` does not end in .safetensors.
    """
    if out.suffix != ".safetensors":
        raise UsageError(f"--out is {out}; give a file name ending in .safetensors")
    if not 0 <= seed < 2**63:
        raise UsageError(f"--seed is {seed}; give 0 or more, below 2**63")
    if updates < 1:
        raise UsageError(f"--updates is {updates}; give 1 or more")
    task = find("task", task_name, TASKS)
    dataset = DATASETS[task.dataset]
    data = open_data(dataset, source)
    settings, chosen, started = JudgeSettings(updates=updates), data.indices("train"), time.perf_counter()
    judge = judges.train_judge(
        data.images[chosen], data.conditions[chosen], dataset.kind, dataset.sizes,
        settings=settings, seed=seed, progress=Ticker(f"training a judge for {task.name}"),
    )  # fmt: skip
    options = f"--data {data.label} --seed {seed} --updates {updates} --out {out.name}"
    command = f"cgan-bench judge train --task {task.name} {options}"
    card = describe(judge, task, data, settings, seed, command, time.perf_counter() - started)
    judges.save_judge(judge, card, out)
    return {"judge": str(out), "card": str(out.with_suffix(".json"))} | flat_rates(card.held_out)


def describe(
    judge: Judge, task: Task, data: PackedData, settings: JudgeSettings, seed: int, command: str, seconds: float
) -> JudgeCard:
    """The card of a judge just trained."""
    dataset, held_out = DATASETS[task.dataset], data.indices("held_out")
    images, conditions = data.images[held_out], data.conditions[held_out]
    names = tuple(dataset.attributes.values())
    return JudgeCard(
        name=task.judge,
        task=task.name,
        kind=dataset.kind,
        class_names=names,
        architecture=ARCHITECTURE,
        widths=settings.widths,
        command=command,
        data=data.label,
        data_digest=data.digest,
        split=SPLIT,
        training_images=len(data) - len(held_out),
        held_out_images=len(held_out),
        settings=asdict(settings),
        seed=seed,
        train_seconds=round(seconds, 1),
        held_out=judges.check_judge(judge, images, conditions),
        held_out_by_class=judges.check_judge_by_class(judge, images, conditions, names),
        weights_sha256=hashlib.sha256(judges.judge_bytes(judge)).hexdigest(),
        torch_version=torch.__version__,
    )


def check(task_name: str, source: str, split: str, path: Path | None) -> dict[str, Any]:
    """Accuracies of a judge, the bundled one by default, on one split of a data set."""
    task = find("task", task_name, TASKS)
    data = open_data(DATASETS[task.dataset], source)
    chosen = data.indices(split)
    if not len(chosen):
        raise UsageError(f"{data.label} has no pictures in the split {split!r}; give --split all")
    judge, card = load(task, path)
    rates = judges.check_judge(judge, data.images[chosen], data.conditions[chosen])
    found = {"judge": card.name, "weights_sha256": card.weights_sha256, "data": data.label, "split": split}
    return found | {"pictures": len(chosen)} | flat_rates(rates)


def flat_rates(rates: dict[str, Rate]) -> dict[str, Any]:
    """Each rate as a number, with its 95 % interval and n beside."""
    found: dict[str, Any] = {}
    for name, rate in rates.items():
        found |= {name: rate.value, f"{name}_ci95": list(rate.interval), f"{name}_n": rate.n}
    return found


def load(task: Task, path: Path | None = None) -> tuple[Judge, JudgeCard]:
    """The bundled judge of a task, or the one in a file.

    Raises:
        UsageError: the file is missing, damaged, or a judge of other conditions.
    """
    dataset = DATASETS[task.dataset]
    path = path or bundled(task)
    with complaints():
        judge, card = judges.load_judge(path)
    if (card.kind, card.class_names) != (dataset.kind, tuple(dataset.attributes.values())):
        raise UsageError(f"{path} judges {card.kind} conditions of task {card.task}; {task.name} needs another judge")
    return judge, card


def bundled(task: Task) -> Path:
    """Where a task's own judge lies."""
    return Path(judges.__file__).parent / f"{task.judge}.safetensors"


def network_and_digest(task: Task, path: Path | None = None) -> tuple[Callable[[Tensor], Tensor], str]:
    """What scores a task's pictures, and the digest that goes into the protocol."""
    judge, card = load(task, path)
    return judge, card.weights_sha256
