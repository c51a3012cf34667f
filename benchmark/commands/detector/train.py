"""``cgan-bench detector train``: the bundled face detector, from the training images of one data set or several."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dlib
import torch
from torch import Generator, Tensor

from benchmark.commands.detector import check
from benchmark.commands.detector.check import AT_MOST, faces_of, in_batches
from benchmark.commands.judge.check import flat_rates
from benchmark.commands.judge.train import SPLIT, joint_digest
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError, check_ending, check_seed, complaints
from benchmark.system.terminal import say
from evaluators import detectors
from evaluators.detectors import accuracy, store, training
from evaluators.detectors.anime_face_hog import PREPARATION, AnimeFaceHOG
from evaluators.detectors.store import DetectorCard
from evaluators.detectors.training import DetectorSettings

SHARES = (0.5, 0.9)  # where the training images are cut: faces, those to be spoiled, those for the threshold


@dataclass(frozen=True)
class Stretches:
    """Training images, divided by what they serve for: uint8 (N, 3, 64, 64) each."""

    faces: Tensor
    spoiled: Tensor
    calibration: Tensor


def train(task_name: str, sources: Sequence[str], out: Path, seed: int, settings: DetectorSettings) -> dict[str, Any]:
    """Train a detector, check it on held-out images, write it with its card, and return the rates.

    Args:
        task_name: a task about faces.
        sources: data sets of the task's kind, from each of which as many images are taken.
        out: the .svm to write.
        seed: decides which images are taken, and how those without faces are made.
        settings: see there.

    Raises:
        UsageError: a name, a setting or the data is wrong, or ``out`` does not end in .svm.
    """
    check_options(out, seed, settings)
    sets = [open_data(faces_of(task_name), source) for source in sources]
    parts, scenes = [stretches(data, seed, settings) for data in sets], check.scenes()
    faces = torch.cat([part.faces for part in parts])
    others = torch.cat([*(_without_faces(part.spoiled, seed) for part in parts), _some_scenes(scenes, settings)])
    calibration = torch.cat([part.calibration for part in parts])
    say(f"training a face detector on {len(faces):,} faces and {len(others):,} other images; some minutes")
    started = time.perf_counter()
    with complaints():
        weights, detector = training.train_detector(faces, others, calibration, settings)
        hits, false = trained_rates(detector, sets, scenes)
        card = DetectorCard(
            name=out.stem, command=command(task_name, sets, out, seed, settings),
            data=" + ".join(data.label for data in sets), data_digest=joint_digest(sets),
            scenes=scenes.label, scenes_digest=scenes.digest, split=SPLIT,
            training_faces=len(faces), training_others=len(others), settings=asdict(settings), seed=seed,
            train_seconds=round(time.perf_counter() - started, 1),
            preparation=PREPARATION, threshold=detector.threshold, held_out_hits=hits, held_out_false_alarms=false,
            weights_sha256=hashlib.sha256(weights).hexdigest(), dlib_version=dlib.__version__,
        )  # fmt: skip
        store.save_detector(weights, card, out)
    return {"detector": str(out), "threshold": card.threshold} | flat_rates(hits | false)


def check_options(out: Path, seed: int, settings: DetectorSettings) -> None:
    """Raise UsageError for the first option that cannot be."""
    check_ending("--out", out, ".svm")
    check_seed(seed)
    for name in ("faces", "spoiled", "c"):
        if getattr(settings, name) <= 0:
            raise UsageError(f"--{name} is {getattr(settings, name)}; give more than 0")
    if not 0 < settings.found < 1:
        raise UsageError(f"--found is {settings.found}; give a share between 0 and 1")


def stretches(data: PackedData, seed: int, settings: DetectorSettings) -> Stretches:
    """Training images for each purpose, none for two: up to as many as the settings say, in a random order."""
    train = data.chosen("train")
    order = train[torch.randperm(len(train), generator=Generator().manual_seed(seed))]
    parts = order.tensor_split([int(share * len(order)) for share in SHARES])
    counts = (settings.faces, settings.spoiled, settings.calibration)
    return Stretches(*(data.images[part[:count]] for part, count in zip(parts, counts, strict=True)))


def trained_rates(
    detector: AnimeFaceHOG, sets: Sequence[PackedData], scenes: PackedData
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Held-out hit rates by data set, and false alarms by kind over all of them."""
    held_out = {data.label: data.images[data.chosen("held_out")] for data in sets}
    some = torch.cat([images[:AT_MOST] for images in held_out.values()])
    find = in_batches(detector)
    hits = {label: accuracy.hit_rate(find, images) for label, images in held_out.items()}
    return hits, accuracy.false_alarms(find, some, scenes.images[scenes.indices("held_out")])


def command(task_name: str, sets: Sequence[PackedData], out: Path, seed: int, settings: DetectorSettings) -> str:
    """The command line that makes the same detector again."""
    sources = " ".join(f"--data {data.label}" for data in sets)
    options = f"--faces {settings.faces} --spoiled {settings.spoiled} --c {settings.c:g} --found {settings.found:g}"
    return f"cgan-bench detector train --task {task_name} {sources} --seed {seed} {options} --out {out.name}"


def _without_faces(images: Tensor, seed: int) -> Tensor:
    return torch.cat(list(detectors.negatives(images, seed).values())) if len(images) else images


def _some_scenes(scenes: PackedData, settings: DetectorSettings) -> Tensor:
    return scenes.images[scenes.indices("train")[: settings.scenes]]
