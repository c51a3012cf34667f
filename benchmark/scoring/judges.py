"""The judges of a task: the bundled ones, or the one in a file, with their self-tests."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from benchmark.data.datasets import dataset_of
from benchmark.data.labels import OBJECTS
from benchmark.data.packed import PackedData
from benchmark.definitions.lookup import find_task
from benchmark.errors import JudgeError, UsageError, complaints
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.system.cache import cache_folder
from benchmark.system.files import kept_json
from benchmark.system.machine import cpu_name
from benchmark.system.tensors import digest_of_tensors
from benchmark.tasks import TASKS, Task
from evaluators import judges
from evaluators.judges import course_resnet18, store
from evaluators.judges.judge import Judge
from evaluators.judges.self_test import Band, fault_in, known_rates
from evaluators.judges.store import JudgeCard

ANOTHER = "give one for this task ('cgan-bench judge train'), or leave --judge out"
_MEASURED: dict[str, Mapping[str, float]] = {}  # rates of self-tests in this process


def judge_network(task: Task, path: Path | None = None) -> ScoringNetwork:
    """The bundled judge of a task, or the one in a file: of this project with its card, or the course's checkpoint.

    Raises:
        UsageError: the file is missing, damaged, or a judge of other conditions.
    """
    dataset, path = dataset_of(task), path or bundled_judge(task)
    classes = tuple(dataset.attributes.values())
    with complaints():
        if path.suffix in course_resnet18.SUFFIXES:
            judge, digest = course_resnet18.load_course_judge(path)
            name, sees, bands = course_resnet18.NAME, ("multi_label", (OBJECTS,)), {}
        else:
            judge, card = store.load_judge(path)
            name, digest, sees, bands = card.name, card.weights_sha256, (card.kind, card.class_names), None
            _check_attributes(path, card, task)
    if sees != (dataset.kind, classes):
        raise UsageError(f"{path} judges {sees[0]} conditions of other classes than {task.name} has; {ANOTHER}")
    tested = path if bands is None else bundled_judge(task)  # the course's checkpoint comes without known images
    return ScoringNetwork(name, digest, judge, lambda: self_test(judge, tested, bands))


def _check_attributes(path: Path, card: JudgeCard, task: Task) -> None:
    """Raise UsageError if a judge's attributes are others than the task's, or in another order."""
    names = tuple(dataset_of(task).attributes)
    if card.kind == "attributes" and card.attributes != names:
        raise UsageError(f"{path} judges {', '.join(card.attributes)}; {task.name} needs {', '.join(names)}; {ANOTHER}")


def self_test(judge: Judge, path: Path, bands: Mapping[str, Band] | None = None) -> str | None:
    """Fault that the self-test finds in a judge, in one line; None if there is none.

    Args:
        judge: any.
        path: the weights file next to which the known images lie, with a card.
        bands: allowed ranges of the rates; those of the card by default.

    Raises:
        UsageError: the images or the card are missing or damaged.
    """
    with complaints():
        card = store.load_card(path.with_suffix(".json"))
        rates = _rates(judge, *store.load_known_images(path, card))
    return fault_in(rates, card.self_test.bands if bands is None else bands)


def _rates(judge: Judge, images: Tensor, conditions: Tensor) -> Mapping[str, float]:
    """The judge's rates on known images; cached on disk by weights, images, processor and version of torch."""
    weights = {name: tensor.cpu() for name, tensor in judge.network.state_dict().items()}
    content = digest_of_tensors(weights | {"known images": images, "known conditions": conditions})
    computed_by = (torch.__version__, cpu_name(), str(images.device))
    key = sha256(repr((content, str(judge.network), judge.kind, judge.sizes, computed_by)).encode()).hexdigest()
    if key not in _MEASURED:
        path = cache_folder() / "self_tests" / f"{key}.json"
        _MEASURED[key] = kept_json(path, lambda: known_rates(judge, images, conditions), _are_rates)
    return _MEASURED[key]


def _are_rates(found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(rate, float) and 0 <= rate <= 1 for rate in found.values())


def check_self_test(judge: ScoringNetwork) -> ScoringNetwork:
    """The judge unchanged, if it passes its self-test.

    Raises:
        JudgeError: it fails.
    """
    if judge.fault:
        raise JudgeError(f"the judge {judge.name} fails its self-test: {judge.fault}; give another with --judge")
    return judge


def judged_task(name: str) -> Task:
    """The task of a name, which must have a judge.

    Raises:
        UsageError: there is no such task, or it has no judge.
    """
    task = find_task(name)
    if task.judge is None:
        judged = ", ".join(name for name, other in TASKS.items() if other.judge)
        reason = "no conditions, so there is nothing to judge" if task.condition_kind == "none" else "no judge"
        raise UsageError(f"{name} has {reason}; tasks with a judge: {judged}, or a task file that names one")
    return task


def judgeable(task: Task, data: PackedData) -> PackedData:
    """The data unchanged, if a task's judge can be right about every image.

    Raises:
        UsageError: some images show none of the classes.
    """
    multi_hot = task.judge is not None and task.condition_kind == "multi_label"
    empty = (data.conditions == 0).all(dim=1).nonzero().flatten() if multi_hot else ()
    if len(empty):
        raise UsageError(
            f"{data.label} has {len(empty):,} images of {len(data):,} without any of the classes, first "
            f"{data.names[int(empty[0])]!r}; a judge needs one in each: label them, or leave them out"
        )
    return data


def bundled_judge(task: Task) -> Path:
    """Path of a task's own judge.

    Raises:
        UsageError: a task that is not bundled has none yet.
    """
    if task.source is None:
        return Path(judges.__file__).parent / f"{task.judge}.safetensors"
    path = Path(task.judge)
    if not path.exists():
        raise UsageError(
            f"the judge of {task.name} is not at {path}; train it: cgan-bench judge train --task {task.source} "
            f"--data YOURS --out {path}"
        )
    return path


def bundled_second_judge(task: Task) -> Path | None:
    """Path of a task's second judge (another architecture, seed and half of the data); None if there is none."""
    if task.source is None:
        return Path(judges.__file__).parent / f"{task.judge}_second.safetensors"
    return Path(task.second_judge) if task.second_judge else None
