"""``cgan-bench detector check``: hit rates of a face detector on images with and without faces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from torch import Tensor

from benchmark.commands.judge.check import PASSED, flat_rates
from benchmark.data.datasets import DATASETS, DataSet
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError, complaints
from benchmark.registry import find
from benchmark.scoring.detectors import DRAWN, fault_in, find_detector
from benchmark.scoring.scoring_network import in_chunks
from benchmark.tasks import TASKS
from evaluators.detectors import accuracy
from evaluators.detectors.base import Detector

SCENES_OF, SCENES = "iclevr", "synthetic:2000"  # images of something else
AT_MOST = 500  # held-out faces that images without faces are made of


def check_detector(spec: str, task_name: str, source: str, split: str) -> dict[str, Any]:
    """Hit rates of a detector on images of faces and on images without, with 95 % intervals.

    For a task about drawn faces the result also has the self-test; there are no known photographs.

    Args:
        spec: see :data:`benchmark.scoring.detectors.NAMES`.
        task_name: a task about faces.
        source: its data.
        split: which of its images.

    Raises:
        UsageError: a name or file is wrong, or there are no such images.
    """
    detector, data = find_detector(spec), open_data(faces_of(task_name), source)
    something_else = scenes()
    faces, others = data.images[data.chosen(split)], something_else.images[something_else.indices("held_out")]
    started = time.perf_counter()
    with complaints():
        hits = accuracy.hit_rate(in_batches(detector), faces)
        speed = len(faces) / (time.perf_counter() - started)
        false = accuracy.false_alarms(in_batches(detector), faces[:AT_MOST], others)
    found = {"detector": detector.name, "digest": detector.digest, "data": data.label, "split": split}
    if data.dataset == DRAWN:
        found["self_test"] = fault_in(detector) or PASSED
    found["images_per_second"] = round(speed)
    named = {f"false_alarms_{kind.replace(' ', '_')}": rate for kind, rate in false.items()}
    return found | flat_rates({"hit_rate": hits} | named)


def faces_of(task_name: str) -> DataSet:
    """The data set of a task, whose images must be faces.

    Raises:
        UsageError: there is no such task, or it is about something else.
    """
    task = find("task", task_name, TASKS)
    if task.dataset == SCENES_OF:
        raise UsageError(f"{task_name} shows no faces; give {', '.join(n for n, t in TASKS.items() if t != task)}")
    return DATASETS[task.dataset]


def scenes() -> PackedData:
    """Embedded i-CLEVR images: of something else."""
    return open_data(DATASETS[SCENES_OF], SCENES)


def in_batches(detector: Detector) -> Callable[[Tensor], Tensor]:
    """The detector applied in chunks, so that any number of images fits into memory."""
    return lambda images: in_chunks(detector, images, "looking for faces")
