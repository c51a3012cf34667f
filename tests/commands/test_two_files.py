"""A model is its file and one line, and so is an evaluator: one of each is added from outside, as CONTRIBUTING says."""

import csv
import json

import pytest
from builders.data import toy_data
from builders.scorers import SIZES, toy_networks

from benchmark import tasks
from benchmark.cli import main
from benchmark.commands import score, train
from benchmark.definitions.model_settings import models_of
from benchmark.scoring.scorer import Scorer
from benchmark.training import trained_run
from evaluators import EVALUATORS
from reference_models import MODELS

MODEL = '''
"""A toy: two linear layers.

Source: Goodfellow et al. 2014, "Generative Adversarial Networks", https://arxiv.org/abs/1406.2661
Differs from the source: everything but the loss.
"""

import torch
from torch import nn

from reference_models.budgets import Cycles
from reference_models.non_saturating import NonSaturatingGAN


class Generator(nn.Module):
    def __init__(self, latent_dim, size):
        super().__init__()
        self.size, self.layer = size, nn.Linear(latent_dim, 3 * size * size)

    def forward(self, latent, condition):
        return self.layer(latent).tanh().unflatten(1, (3, self.size, self.size))


class Discriminator(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer = nn.Linear(3 * size * size, 1)

    def forward(self, images, condition):
        return self.layer(images.flatten(1)).flatten()


class ToyGAN(NonSaturatingGAN):
    """Linear."""

    name = "toy_gan"
    source = "GAN, https://arxiv.org/abs/1406.2661"
    condition_kinds = ("multi_label",)
    budget = Cycles(7, stated=False)

    def __init__(self, config):
        super().__init__(config, Generator(config.latent_dim, config.image_size), Discriminator(config.image_size))
'''
EVALUATOR = '''
"""A toy: how bright the images are."""

import torch

from evaluators.base import Evaluator, check_generated
from evaluators.intervals import mean


class Brightness(Evaluator):
    """Mean of all pixels."""

    name = "brightness"
    direction = "higher"
    unit = "mean pixel, of its range"
    value_range = (0.0, 1.0)
    source = "a toy"
    network = "none"
    condition_kinds = ("multi_label", "attributes")

    def __init__(self):
        self.found = []

    def update(self, images, condition, *, real):
        if not real:
            self.found.append(images.double().mean(dim=(1, 2, 3)) / 255)

    def compute(self):
        check_generated(self.name, sum(map(len, self.found)))
        return mean(torch.cat(self.found), "images", at_most=1.0)
'''


@pytest.fixture
def added(tmp_path, monkeypatch):
    """A file and a line for each, on toy images."""
    import importlib

    (tmp_path / "toy_gan.py").write_text(MODEL)
    (tmp_path / "toy_brightness.py").write_text(EVALUATOR)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(MODELS, "toy_gan", importlib.import_module("toy_gan").ToyGAN)
    monkeypatch.setitem(EVALUATORS, "brightness", "toy_brightness:Brightness")
    monkeypatch.setitem(tasks.UPDATES, "smoke", 1)
    for module in (train, trained_run):
        monkeypatch.setattr(module, "open_data", lambda dataset, *_: toy_data(dataset, count=400))
    monkeypatch.setattr(
        score,
        "scorer_of",
        lambda task, data, budget, machine, tools=None: Scorer(
            task=task, data=data, sizes=SIZES, machine=machine, networks=toy_networks(task)
        ),
    )
    return tmp_path


def test_their_tasks_follow_from_what_they_declare(added):
    assert {name for name, task in tasks.TASKS.items() if "toy_gan" in models_of(task)} == {"iclevr"}
    shown = {name for name, task in tasks.TASKS.items() if "brightness" in task.scores}
    assert shown == {"iclevr", "anime-faces", "anime-transfer", "celeba-transfer"}


def test_both_are_trained_scored_and_ranked(added, capsys):
    run, records, tables = (str(added / name) for name in ("run", "records", "tables"))
    assert main(["train", "--task", "iclevr", "--model", "toy_gan", "--budget", "1", "--out", run]) == 0
    assert main(["score", run, "--data", "toy", "--out", records]) == 0
    assert main(["leaderboard", records, "--out", tables]) == 0
    (row,) = (
        row
        for row in csv.DictReader((added / "tables/iclevr.csv").read_text().splitlines())
        if row["name"] == "toy_gan"
    )
    assert 0 < float(row["brightness_low"]) < float(row["brightness"]) < float(row["brightness_high"]) < 1
    assert "| toy_gan | 1 |" in (added / "tables/iclevr.md").read_text()
    scores = json.loads((added / "tables/iclevr.json").read_text())["tables"][0]["scores"]
    assert scores[-1]["name"] == "brightness", "after the bundled ones, as in the registry"
    capsys.readouterr()
    assert main(["list", "models", "--json"]) == 0
    (listed,) = (row for row in json.loads(capsys.readouterr().out) if row["model"] == "toy_gan")
    assert (listed["tasks"], listed["report updates"]) == ("iclevr", 7)
