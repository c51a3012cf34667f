"""``cgan-bench bench``: the figures about speed, each from one run on this machine."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmark.data import packed
from benchmark.data.batches import feed
from benchmark.data.datasets import DATASETS, DataSet
from benchmark.data.export import write_layout
from benchmark.data.loading import decoded
from benchmark.data.packed import PackedData
from benchmark.data.rendering import rendered
from benchmark.model_data import expressible
from benchmark.model_settings import find_model, model_config, serves, split_names
from benchmark.system.machine import Machine, deterministic, keep_freed_memory, this_machine
from benchmark.system.terminal import say, track
from benchmark.tasks import TASKS, Task
from benchmark.throughput import plain_loop
from benchmark.training.loop import TrainConfig, TrainState
from benchmark.training.loop import train as train_tuned
from reference_models import MODELS
from reference_models.base import ConditionalGAN

IMAGES = 2_000
ROUNDS = 3
CYCLES = 6
SECONDS = 10.0  # after which a slow model's round has fewer cycles, but two


def trainings(models: str) -> list[dict[str, Any]]:
    """One row per model: of those named, comma-separated, or of all that are bundled."""
    names = list(MODELS) if models == "all" else split_names(models)
    for name in names:
        model_config(name, task_of(name))  # a wrong name or setting is refused before anything is timed
    return [training(name) for name in track(names, "timing models")]


def training(model_name: str) -> dict[str, Any]:
    """Images per second of the training loop and of the plain loop, in alternating rounds; medians.

    Both count the images of every batch taken, by either player.
    """
    model_class, _ = find_model(model_name)
    task = task_of(model_name)
    dataset, machine = DATASETS[task.dataset], this_machine()
    config = model_config(model_name, task)
    data = expressible(rendered(dataset, IMAGES), model_name, config)
    with tempfile.TemporaryDirectory() as folder:
        write_layout(dataset, data, Path(folder) / "images")
        data = data if task.conditional else data.unconditional()
        files = image_files(data, Path(folder) / "images" / "images")
        rounds = [
            (
                alone(_tuned_rate, model_class(config), data, machine),
                alone(_plain_rate, model_class(config), files, machine),
            )
            for _ in range(ROUNDS)
        ]
    tuned, simple = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    ratios = [ours / theirs for ours, theirs in rounds]
    return {
        "model": model_name,
        "batch size": config.batch_size,
        "device": machine.device_name,
        "precision": machine.precision,
        "images/s": round(tuned, 1),
        "images/s of the plain loop": round(simple, 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratios of the rounds": [round(ratio, 2) for ratio in ratios],
    }


def task_of(model_name: str) -> Task:
    """The first task that a model can do."""
    return next(task for task in TASKS.values() if serves(model_name, task))


def alone(measure: Callable[..., float], *arguments: Any) -> float:  # noqa: ANN401
    """Measure in a process of its own, so that one loop's memory settings do not help the other."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def image_files(data: PackedData, folder: Path) -> plain_loop.ImageFiles:
    """The images as the plain loop reads them."""
    return plain_loop.ImageFiles([folder / f"{name}.png" for name in data.names], data.conditions)


def _tuned_rate(model: ConditionalGAN, data: PackedData, machine: Machine) -> float:
    keep_freed_memory()
    state = TrainState.start(machine.place(model))
    supply = feed(data, "all", model.config.batch_size, 0, machine)

    def run(cycles: int) -> None:
        updates = state.step + cycles * model.config.n_generator
        with deterministic():
            train_tuned(state, supply, TrainConfig(total_updates=updates), machine, lambda _: None)

    return _rate(model, machine, run)


def _plain_rate(model: ConditionalGAN, files: plain_loop.ImageFiles, machine: Machine) -> float:
    model = untuned(model).to(machine.device)
    optimizers, supply = model.optimizers(), plain_loop.batches(files, model.config.batch_size)
    return _rate(model, machine, lambda cycles: plain_loop.train(model, optimizers, supply, cycles, machine.device))


def untuned(network: nn.Module) -> nn.Module:
    """The same network with PyTorch's own layer wherever ours is a faster form of it."""
    from reference_models.layers import Project

    for module in network.modules():
        if isinstance(module, Project):
            module.forward = nn.ConvTranspose2d.forward.__get__(module)
    return network


def _rate(model: ConditionalGAN, machine: Machine, run: Callable[[int], object]) -> float:
    seconds = _seconds(run, 1, machine)  # not counted: first allocations, workers, algorithm choice
    cycles = min(CYCLES, max(2, int(SECONDS / seconds)))
    images = cycles * len(model.cycle()) * model.config.batch_size
    rate = images / _seconds(run, cycles, machine)
    say(f"{model.name}: {rate:.0f} images/s")
    return rate


def _seconds(run: Callable[[int], object], cycles: int, machine: Machine) -> float:
    _wait(machine)
    started = time.perf_counter()
    run(cycles)
    _wait(machine)
    return time.perf_counter() - started


def _wait(machine: Machine) -> None:
    if machine.device.type == "cuda":
        torch.cuda.synchronize(machine.device)


def data() -> dict[str, Any]:
    """Seconds to render 6,000 images of each kind, to pack them from files, and to open the packed file."""
    return {key: value for dataset in DATASETS.values() if dataset.render for key, value in _data_of(dataset).items()}


def _data_of(dataset: DataSet, count: int = 6_000) -> dict[str, float]:
    made, render_seconds = _timed(lambda: rendered(dataset, count))
    with tempfile.TemporaryDirectory() as folder:
        write_layout(dataset, made, Path(folder) / "images")
        again, pack_seconds = _timed(lambda: decoded(dataset, Path(folder) / "images"))
    saved = packed.save(again)
    path = packed.packed_path(dataset.name, saved.digest)
    _, open_seconds = _timed(lambda: packed.load(path, "files"))
    return {
        f"{dataset.name}: seconds to render {count:,}": round(render_seconds, 1),
        f"{dataset.name}: seconds to decode {count:,} PNG files": round(pack_seconds, 1),
        f"{dataset.name}: seconds to open the packed file": round(open_seconds, 3),
    }


def _timed(action: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return action(), time.perf_counter() - started
