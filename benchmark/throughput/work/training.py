"""Training: the project's loop, and a plain one of the same networks, losses and turns.

A round goes on with the training of the round before, also with its CUDA graphs where the loop makes some. So rounds
after the first have neither eager turns nor captures, which a training has at its beginning alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest import mock

from torch import nn
from torch.optim import Optimizer

from benchmark.data.batches import feed
from benchmark.data.datasets import DATASETS
from benchmark.data.export import write_layout
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.definitions.model_data import expressible
from benchmark.definitions.model_settings import find_model, model_config, serves
from benchmark.system.machine import deterministic, keep_freed_memory, this_machine
from benchmark.tasks import TASKS, Task
from benchmark.training import loop
from benchmark.training.loop import TrainConfig, TrainState
from benchmark.training.loop import train as train_tuned
from reference_models.base import ConditionalGAN

IMAGES = 2_000
PLAIN = (nn.Conv2d, nn.ConvTranspose2d)
CYCLES = 6  # of turns, a round: more batches than the plain loop's workers read ahead, 4, and than eager turns, 3
GRAPHS = getattr(loop, "graphs", None)  # None: an older commit without them


def task_of(model_name: str) -> Task:
    """The first task that a model can do."""
    return next(task for task in TASKS.values() if serves(model_name, task))


def ours(
    model: str, precision: str = "auto", images: int = IMAGES, cycles: int = CYCLES, **settings: object
) -> Callable[[], int]:
    """Rounds of the project's loop; they count the images of every batch taken, by either player."""
    keep_freed_memory()
    machine = this_machine(precision=precision)
    network, data = _made(model, images, settings)
    state = TrainState.start(machine.place(network))
    supply = feed(data, "all", network.config.batch_size, 0, machine)
    kept = {}

    def run() -> int:
        updates = state.step + cycles * network.config.n_generator
        with deterministic(machine.device), kept_graphs(kept):
            train_tuned(state, supply, TrainConfig(total_updates=updates), machine, lambda _: None)
        return cycles * len(network.cycle()) * network.config.batch_size

    from benchmark.throughput.work.operations import gflop_of

    untuned(network)  # products of small maps also multiply the padding
    with without_graphs():  # their operations cannot be counted
        run.arithmetic = {"precision": machine.precision, "gflop": gflop_of(run)}
    tuned(network)
    return run


def kept_graphs(kept: dict[str, Callable]) -> AbstractContextManager:
    """Trainings within take up the graphs that an earlier one has kept, of the same state."""
    if GRAPHS is None:
        return nullcontext()
    made = GRAPHS.GraphedTurns
    return mock.patch.object(GRAPHS, "GraphedTurns", lambda *given: kept.setdefault("turns", made(*given)))


def without_graphs() -> AbstractContextManager:
    """Trainings within make no graphs."""
    return nullcontext() if GRAPHS is None else mock.patch.object(GRAPHS, "wanted", return_value=False)


def plain(model: str, images: int = IMAGES, cycles: int = CYCLES, **settings: object) -> Callable[[], int]:
    """Rounds of the plain loop; it reads image files."""
    from benchmark.throughput import plain_loop

    network, data = _made(model, images, settings)
    folder = Path(tempfile.mkdtemp()) / "images"
    write_layout(DATASETS[task_of(model).dataset], _conditional(model, data), folder)
    files = [folder / "images" / f"{name}.png" for name in data.names]
    device, network = this_machine().device, untuned(network)
    network = network.to(device)
    optimizers = {player: _unfused(optimizer) for player, optimizer in network.optimizers().items()}
    supply = plain_loop.batches(plain_loop.ImageFiles(files, data.conditions), network.config.batch_size)

    def run() -> int:
        plain_loop.train(network, optimizers, supply, cycles, device)
        return cycles * len(network.cycle()) * network.config.batch_size

    return run


def _made(model: str, images: int, settings: dict[str, object]) -> tuple[ConditionalGAN, PackedData]:
    """A model with its weights, and data that it can express."""
    task = task_of(model)
    config = model_config(model, task, **settings)
    data = expressible(_images(task, images), DATASETS[task.dataset], model, config)
    return find_model(model)[0](config), data if task.conditional else data.unconditional()


def _images(task: Task, count: int) -> PackedData:
    return open_data(DATASETS[task.dataset], f"synthetic:{count}")


def _conditional(model: str, data: PackedData) -> PackedData:
    """The same images with conditions to write as labels, where the task has none."""
    return data if task_of(model).conditional else _images(task_of(model), len(data))


def untuned(network: nn.Module) -> nn.Module:
    """The same network with PyTorch's own layer wherever ours is a faster form of it."""
    for module in _fast_layers(network):
        module.forward = super(type(module), module).forward
    return network


def tuned(network: nn.Module) -> None:
    """Undo :func:`untuned`."""
    for module in _fast_layers(network):
        del module.forward


def _fast_layers(network: nn.Module) -> list[nn.Module]:
    """Convolutions whose class has a faster form of its own, in this commit or in an older one."""
    convolutions = (module for module in network.modules() if isinstance(module, PLAIN))
    return [module for module in convolutions if "forward" in vars(type(module)) and type(module) not in PLAIN]


def _unfused(optimizer: Optimizer) -> Optimizer:
    """The optimizer as it is by default."""
    for group in optimizer.param_groups:
        group |= {"fused": None} if "fused" in group else {}
    return optimizer
