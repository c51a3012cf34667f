"""Verbs on face detectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from benchmark.cli.options import (
    BAD_JUDGE,
    OK,
    Data,
    DetectorName,
    Device,
    Json,
    Partial,
    RunData,
    Split,
    TaskName,
    option,
    show,
    whole,
)
from benchmark.data.source import source_of, sources_of


def train(
    *,
    out: Annotated[Path, option("The .svm file to write; its card goes next to it as .json.")],
    task: TaskName = "anime-faces",
    data: Annotated[list[str] | None, option("'synthetic', 'synthetic:N', a folder or a zip; repeatable.")] = None,
    partial: Partial = False,
    seed: Annotated[int, whole("Decides which images are taken, and how they are spoiled.")] = 0,
    faces: Annotated[int, whole("Images of each data set to learn from, at most.")] = 2_200,
    spoiled: Annotated[int, whole("Others of each to make images without faces of, at most.")] = 520,
    c: Annotated[float, option("Weight of mistakes against the margin.")] = 10.0,
    found: Annotated[float, option("Hit rate that sets the threshold, on training faces kept for it.")] = 0.99,
    json: Json = False,
) -> None:
    """Train a face detector on the training images, choose its threshold, and check it on held-out ones."""
    from benchmark.commands.detector import train
    from evaluators.detectors.training import DetectorSettings

    settings = DetectorSettings(faces=faces, spoiled=spoiled, c=c, found=found)
    sources = sources_of(data, partial=partial)
    show(train.train(task, sources, out, seed, settings), as_json=json)


def check(
    *,
    task: TaskName = "anime-faces",
    data: Data = "synthetic",
    partial: Partial = False,
    split: Split = "held_out",
    detector: DetectorName = "bundled",
    json: Json = False,
) -> int:
    """Measure how often a detector finds faces, and how often it finds them where there are none."""
    from benchmark.commands.detector.check import check_detector
    from benchmark.commands.judge.check import PASSED

    found = check_detector(detector, task, source_of(data, partial=partial), split)
    show(found, as_json=json)
    return OK if found.get("self_test", PASSED) == PASSED else BAD_JUDGE


def agree(
    *,
    other: DetectorName,
    run: Annotated[Path | None, option("Look at what this run's generator draws instead of at real faces.")] = None,
    task: TaskName = "anime-faces",
    data: RunData = None,
    partial: Partial = False,
    split: Split = "held_out",
    detector: DetectorName = "bundled",
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Compare two detectors on the faces of a data set, or on what a run draws."""
    from benchmark.commands.detector import agree
    from benchmark.commands.detector.agree import drawn_images, real_images

    data = source_of(data, partial=partial)
    images = real_images(task, data or "synthetic", split) if run is None else drawn_images(run, data, device)
    show(agree.agree(detector, other, images), as_json=json)
