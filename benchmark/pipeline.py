"""The verbs on one model: train it, draw the frozen sample set, score it, write the records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.configs import report_updates
from benchmark.data.commands import refuse_full_folder
from benchmark.data.datasets import dataset_of
from benchmark.data.images import save_png
from benchmark.data.packed import PackedData
from benchmark.data.packing import open_data
from benchmark.data.rendering import embedded_count
from benchmark.detectors import detecting
from benchmark.errors import JudgeError, UsageError, complaints, refuse_bad_seed
from benchmark.judges import judging
from benchmark.judges.judging import NamedJudge
from benchmark.records.rows import record_row
from benchmark.registry import find
from benchmark.sampling import draw, sample_set
from benchmark.scoring.drawn_elsewhere import read_drawn
from benchmark.scoring.features import CachedFeatures
from benchmark.scoring.recording import record_pictures, record_references, record_run
from benchmark.scoring.scorer import Scorer
from benchmark.system.atomic import refuse_unwritable, replacing_folder, write_text
from benchmark.system.fetching import fetched
from benchmark.system.machine import Machine, this_machine
from benchmark.tasks import TASKS, Task, generator_updates, sizes_of
from benchmark.training import runs
from benchmark.training.fitting import refuse_too_large
from benchmark.training.loop import TrainConfig
from evaluators.detectors import Detector
from evaluators.features import efficientnet_lite0, inception_v3
from evaluators.features.efficientnet_lite0 import EfficientNetLite0, load_efficientnet_lite0
from evaluators.features.inception_v3 import load_inception_v3


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a person can score with instead of what is bundled, or besides."""

    judge: Path | None = None
    detector: str = detecting.BUNDLED
    inception: str | None = None  # weights of fid's network: "fetched", or their path


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A training as a person asks for it, by names."""

    task: str
    model: str  # name or name:variant
    data: str = "synthetic"
    budget: str = "short"  # or a number of generator updates
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    snapshot_every: int = 0  # generator updates; 0 keeps none
    resume: bool = True


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Pictures that another generator drew, as a person gives them."""

    path: Path  # see drawn_elsewhere.read_drawn
    name: str  # in tables
    task: str
    data: str = "synthetic"


def train(asked: Asked, out: Path) -> dict[str, Any]:
    """Train one model into a run folder and return the outcome.

    Raises:
        UsageError: a name, a setting or the data is wrong, or the folder holds another run.
    """
    task, machine = find("task", asked.task, TASKS), this_machine(asked.device, asked.precision)
    refuse_unwritable(out)
    refuse_bad_seed(asked.seed)
    if asked.snapshot_every < 0:
        raise UsageError(f"--snapshot-every is {asked.snapshot_every}; give 0 or more")
    # a wrong model is refused before any data is rendered
    refuse_too_large(asked.model, runs.model_config(asked.model, task), machine)
    budget, updates = generator_updates(asked.budget, report_updates(asked.model))
    if asked.snapshot_every > updates:
        raise UsageError(f"--snapshot-every is {asked.snapshot_every}, more than its {updates} updates; give less")
    settings = TrainConfig(total_updates=updates, seed=asked.seed, snapshot_every=asked.snapshot_every)
    data = open_data(dataset_of(task), asked.data)
    config = runs.configure(task, asked.model, data, budget, settings, machine)
    return runs.train_run(out, config, machine, data, resume=asked.resume)


def sample(run: Path, out: Path, *, data: str | None, device: str) -> dict[str, Any]:
    """Write the frozen sample set as ``<part>/<index>.png`` with ``conditions.json`` beside."""
    machine = this_machine(device)
    model, config = runs.load_generator(run, machine)
    task, packed = task_and_data(run, config, data)
    refuse_full_folder(out)
    samples = sample_set(task, sizes_of(config["budget"]), packed)
    words: dict[str, list[str]] = {}
    with replacing_folder(out) as folder:
        for part, indices in samples.parts.items():
            number = 0
            for images, conditions in draw(model, samples, indices, machine):
                for image, condition in zip(images, conditions, strict=True):
                    save_png(image, folder / part / f"{number}.png")
                    words.setdefault(part, []).append(dataset_of(task).describe(condition).replace("\n", ", "))
                    number += 1
        write_text(folder / "conditions.json", json.dumps(words, indent=1) + "\n")
    return {"folder": out, "pictures": len(samples)}


def score(run: Path, out: Path, *, data: str | None, device: str, tools: Tools | None = None) -> list[dict[str, Any]]:
    """Score a run; write its record and, unless they are there, the reference rows' records.

    Returns:
        One row per record: its path and main scores.
    """
    refuse_unwritable(out)
    config = runs.read_config(run)
    task, packed = task_and_data(run, config, data)
    scorer = scorer_of(task, packed, config["budget"], this_machine(device), tools)
    return judged_rows(scorer, record_run(scorer, run, out), out)


def score_pictures(given: Drawn, out: Path, *, device: str, tools: Tools | None = None) -> list[dict[str, Any]]:
    """Score pictures that another generator drew for the frozen conditions; otherwise as :func:`score`."""
    refuse_unwritable(out)
    task = find("task", given.task, TASKS)
    scorer = scorer_of(task, open_data(dataset_of(task), given.data), "report", this_machine(device), tools)
    drawn = read_drawn(given.path, scorer.samples, scorer.data.images.shape[-1])
    return judged_rows(scorer, record_pictures(scorer, given.name, drawn, out), out)


def judged_rows(scorer: Scorer, records: list[Path], out: Path) -> list[dict[str, Any]]:
    """Records as rows.

    Raises:
        JudgeError: a judge or the face detector had failed; the records that say so are written.
    """
    rows = [record_row(path) for path in records]
    if any(row["status"] == "invalid" for row in rows):
        raise JudgeError(
            f"{scorer.fault}; the records in {out} say 'invalid', "
            "score into another folder with another --judge or --detector"
        )
    return rows


def references(task_name: str, out: Path, *, data: str, device: str) -> list[dict[str, Any]]:
    """Score real, shuffled and untrained pictures under the standard protocol, unless their records are there."""
    refuse_unwritable(out)
    task, machine = find("task", task_name, TASKS), this_machine(device)
    scorer = scorer_of(task, open_data(dataset_of(task), data), "report", machine)
    return [record_row(path) for path in record_references(scorer, out)]


def scorer_of(task: Task, data: PackedData, budget: str, machine: Machine, tools: Tools | None = None) -> Scorer:
    """What scores runs of a task and a budget, with the bundled tools or other ones."""
    tools = tools or Tools()
    finder = face_detector(task, tools.detector)
    with complaints():
        inception = load_inception_v3(inception_weights(tools.inception)) if tools.inception else None
    backbone_digest = sha256_of(efficientnet_lite0.FINGERPRINT)
    inception_digest = sha256_of(inception_v3.FINGERPRINT) if inception else None
    return Scorer(
        task=task,
        data=data,
        sizes=sizes_of(budget),
        machine=machine,
        features=CachedFeatures(on(machine.device, backbone), backbone_digest),
        features_digest=backbone_digest,
        inception=CachedFeatures(on(machine.device, inception), inception_digest, "fid") if inception else None,
        inception_digest=inception_digest,
        detector=CachedFeatures(finder, finder.digest, "looking for faces") if finder else None,
        detector_digest=finder.digest if finder else None,
        detector_test=(lambda: detecting.fault_in(finder)) if finder else None,
        **(judges_of(task, tools.judge, machine) if task.judge else {}),
    )


def backbone(images: Tensor) -> Tensor:
    """The bundled backbone's features; it is loaded when it is first asked."""
    return _loaded_backbone()(images)


@cache
def _loaded_backbone() -> EfficientNetLite0:
    with complaints():
        return load_efficientnet_lite0()


def judges_of(task: Task, path: Path | None, machine: Machine) -> dict[str, Any]:
    """The scorer's two judges of a task."""
    first = judging.load(task, path)
    second = judging.load(task, judging.bundled_second(task))
    features_digest = sha256_of(f"features of {first.weights_sha256}")
    return {
        "judge": judge_network(first, machine),
        "judge_digest": first.weights_sha256,
        "judge_test": lambda: first.fault,
        "judge_features": CachedFeatures(on(machine.device, first.judge.features), features_digest, "judging"),
        "second_judge": judge_network(second, machine),
        "second_digest": second.weights_sha256,
        "second_test": lambda: second.fault,
    }


def inception_weights(spec: str) -> Path:
    """Where the weights of fid's network lie."""
    return fetched(inception_v3.WEIGHTS_NAME) if spec == "fetched" else Path(spec)


def sha256_of(text: str) -> str:
    """Its digest."""
    return hashlib.sha256(text.encode()).hexdigest()


def face_detector(task: Task, name: str) -> Detector | None:
    """The face detector of that name, if a task asks for faces.

    Raises:
        UsageError: the task does not, but another detector than the bundled one was named.
    """
    if task.face_scores:
        return detecting.load(name)
    if name != detecting.BUNDLED:
        raise UsageError(f"{task.name} looks for no faces; leave out --detector {name}")
    return None


def judge_network(judge: NamedJudge, machine: Machine) -> Callable[[Tensor], Tensor]:
    """The judge's network, for any number of pictures."""
    return CachedFeatures(on(machine.device, judge.judge), judge.weights_sha256, "judging")


def on(device: torch.device, network: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The network, with the pictures moved to the device first; judges and backbones follow their pictures."""
    return lambda images: network(images.to(device))


def task_and_data(run: Path, config: dict[str, Any], source: str | None) -> tuple[Task, PackedData]:
    """The task of a run and the data it was trained on.

    Raises:
        UsageError: the data given is not what the run was trained on, or none is given and it is needed.
    """
    task = find("task", config["task"], TASKS)
    if source is None:
        source = config["data_label"]
        if embedded_count(dataset_of(task), source) is None:
            raise UsageError(f"{run} was trained on {source}; give its path with --data")
    packed = open_data(dataset_of(task), source)
    if packed.digest != config["data_digest"]:
        raise UsageError(
            f"{run} was trained on {config['data_label']} with digest {config['data_digest'][:16]}, "
            f"but {source} has digest {packed.digest[:16]}; give the same data with --data"
        )
    return task, packed
