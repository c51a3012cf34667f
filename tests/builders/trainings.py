"""Trainings so small that an update takes milliseconds, and ways to damage what they leave."""

from __future__ import annotations

import dataclasses
import json

import pytest

from benchmark.data.datasets import DATASETS
from benchmark.definitions.model_settings import model_config
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training import runs
from benchmark.training.loop import TrainConfig
from benchmark.training.run_config import RunConfig
from builders.data import toy_data

NAME = "mlp_gan"
TASK = TASKS["anime-faces-unconditional"]
SETTINGS = TrainConfig(total_updates=8, log_every=3, grid_every=4, checkpoint_every=2, snapshot_every=4)
KILLED = TrainConfig(total_updates=12, log_every=4, grid_every=5, checkpoint_every=2, snapshot_every=5)


def toy_config(settings=SETTINGS, **changes):
    """A narrow linear GAN on the images of :func:`toy_data`."""
    data = toy_data(DATASETS["anime-faces"], count=200).unconditional()
    full = dataclasses.replace(model_config(NAME, TASK), widths=(8,), batch_size=8)
    config = RunConfig(
        task=TASK.name, budget="custom", model=NAME, model_config=full, train_config=settings, data_label=data.label,
        data_digest=data.digest, precision="float32", memory_format="channels_last",
    )  # fmt: skip
    return dataclasses.replace(config, **changes), data


def train_toy(folder, settings=SETTINGS):
    """Train it to its end, or go on; return the outcome."""
    config, data = toy_config(settings)
    return runs.train_run(folder, config, this_machine("cpu", "float32"), data)


def train_toy_until(folder, step, settings=SETTINGS):
    """Train it and interrupt it after an update."""
    kept = runs.Housekeeping.__call__

    def interrupted(self, state):
        kept(self, state)
        if state.step == step:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.Housekeeping, "__call__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train_toy(folder, settings)


def logged_steps(folder):
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]


def flip_bit(path, position, bit=0):
    """Change one bit of a file, counted from its end if ``position`` is negative."""
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    path.write_bytes(content)
