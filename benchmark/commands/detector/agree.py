"""``cgan-bench detector agree``: how often two face detectors say the same of real or of generated images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.commands.detector.check import faces_of, in_batches
from benchmark.commands.judge.check import flat_rates
from benchmark.data.loading import open_data
from benchmark.sampling import FIDELITY, generate_batches, sample_set
from benchmark.scoring import detectors as task_detectors
from benchmark.system.machine import this_machine
from benchmark.tasks import sizes_of
from benchmark.training import trained_run
from benchmark.training.trained_run import task_and_data
from evaluators.detectors import accuracy
from evaluators.judges.accuracy import rate_of


def agree(spec: str, other: str, labelled: tuple[str, Tensor]) -> dict[str, Any]:
    """The share of images on which two detectors agree, with the hit rate of each.

    A detector does not fully agree even with itself: mirroring an image changes some of its answers. The result
    therefore also has the other detector's agreement with itself on mirrored images, as an upper bound.

    Args:
        spec: a detector by name.
        other: another one.
        labelled: the images' name, and the images: uint8 (N, 3, S, S).
    """
    label, images = labelled
    first, second = task_detectors.find_detector(spec), task_detectors.find_detector(other)
    answers, others, mirrored = (
        in_batches(detector)(shown) for detector, shown in ((first, images), (second, images), (second, images.flip(3)))
    )
    rates = {
        "agreement": accuracy.agreement(answers, others),
        "hit_rate": rate_of(answers),
        "other_hit_rate": rate_of(others),
        "other_with_its_mirror": accuracy.agreement(others, mirrored),
    }
    return {"detector": first.name, "other": second.name, "images": label} | flat_rates(rates)


def real_images(task_name: str, source: str, split: str) -> tuple[str, Tensor]:
    """The images of one split of a data set of faces.

    Raises:
        UsageError: the task or the data is wrong, or there are none.
    """
    data = open_data(faces_of(task_name), source)
    chosen = data.chosen(split)
    return f"{data.label}, {split}", data.images[chosen]


def drawn_images(run: Path, source: str | None, device: str) -> tuple[str, Tensor]:
    """Images of a run's generator for the frozen sample set's conditions of the training distribution.

    Raises:
        UsageError: it is no finished run, or the data is not what it was trained on.
    """
    machine = this_machine(device)
    model, config = trained_run.load_generator(run, machine)
    task, data = task_and_data(run, config, source)
    samples = sample_set(task, sizes_of(config.budget), data)
    images = torch.cat([images for images, _ in generate_batches(model, samples, samples.parts[FIDELITY], machine)])
    return f"drawn by {run.name}", images
