"""Runs of one update of narrow models, scored by toy judges."""

from __future__ import annotations

import dataclasses

import pytest
from layers_of import config_of

from benchmark import tasks
from benchmark.definitions import model_settings
from builders.data import toy_data
from builders.scorers import SIZES, toy_networks

WIDTHS = {"channels": 8, "critic_channels": 4, "head_channels": 8, "widths": (8,)}


def narrow(name):
    """Settings of networks that draw and judge within milliseconds."""
    model_class = model_settings.find_model(name)[0]
    settings = {field.name for field in dataclasses.fields(model_class.Config)}
    widths = {setting: width for setting, width in WIDTHS.items() if setting in settings}
    idle = model_class.idle(config_of(name, **widths))
    return {setting: width for setting, width in widths.items() if setting not in idle}


def toy_settings(name):
    """Narrow layers and small batches, unless the name says otherwise."""
    return {"batch_size": 8} | narrow(name) | model_settings.find_model(name)[1]


def timed(task, model, machine, data):
    """A training that was not timed."""
    from benchmark.commands.estimate import Training

    return Training(task=task.name, model=model, report=20_000, update_seconds=0.1)


def make_toys(monkeypatch, updates=1):
    """Have runs of this process be of a few updates of narrow models on toy images, scored by toy judges."""
    from benchmark.commands import estimate, first_run, model_run, score, train
    from benchmark.scoring.scorer import Scorer
    from benchmark.training import run_config, trained_run

    full = model_settings.model_config

    def scorer_of(task, data, budget, machine, tools=None):
        return Scorer(task=task, data=data, sizes=SIZES, machine=machine, networks=toy_networks(task))

    for module in (train, model_run, trained_run):
        monkeypatch.setattr(module, "open_data", lambda dataset, *_: toy_data(dataset, count=400))
    for module in (model_run, score):
        monkeypatch.setattr(module, "scorer_of", scorer_of)
    for module in (run_config, trained_run):
        monkeypatch.setattr(module, "model_config", lambda name, task: full(name, task, **toy_settings(name)))
    for module in (estimate, first_run):
        monkeypatch.setattr(module, "time_training", timed)
    for budget in tasks.UPDATES:
        monkeypatch.setitem(tasks.UPDATES, budget, updates)


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """One-update runs of narrow models on toy images, scored by toy judges, in a folder of their own."""
    make_toys(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path
