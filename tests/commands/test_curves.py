"""The curve of a run's condition scores."""

import pandas as pd
import pytest
from builders.data import toy_data
from builders.scorers import SIZES, toy_networks
from PIL import Image

from benchmark import model_settings
from benchmark.cli import main
from benchmark.commands import curve
from benchmark.data.datasets import DATASETS
from benchmark.scoring.scorer import Scorer
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training import loop, runs, trained_run
from benchmark.training.loop import TrainConfig

MACHINE = this_machine("cpu", "float32")


@pytest.fixture
def narrow(monkeypatch):
    full = model_settings.model_config
    monkeypatch.setattr(
        trained_run, "model_config", lambda name, dataset: full(name, dataset, channels=8, batch_size=8)
    )


@pytest.fixture
def run_folder(narrow, tmp_path, monkeypatch):
    task, data = TASKS["iclevr"], toy_data(DATASETS["iclevr"], count=400)

    def scorer_of(task, data, budget, machine, judge=None):
        return Scorer(task=task, data=data, sizes=SIZES, machine=machine, networks=toy_networks(task))

    monkeypatch.setattr(curve, "scorer_of", scorer_of)
    monkeypatch.setattr(trained_run, "open_data", lambda *_: data)
    settings = TrainConfig(total_updates=4, snapshot_every=2)
    config = trained_run.configure(task, task.models[0], data, "custom", settings, MACHINE)
    runs.train_run(tmp_path / "run", config, MACHINE, data)
    return tmp_path / "run"


def test_the_curve_has_a_row_per_snapshot_after_the_untrained_one(run_folder, tmp_path):
    assert main(["curve", str(run_folder), "--out", str(tmp_path / "curve.csv"), "--data", "toy"]) == 0
    rows = pd.read_csv(tmp_path / "curve.csv")
    assert rows["generator_updates"].tolist() == [0, 2, 4]
    assert rows["protocol"].str.fullmatch(r"iclevr-v2-[0-9a-f]{8}").all()
    assert (rows["topk_accuracy_low"] <= rows["topk_accuracy"]).all()
    assert (rows["topk_accuracy"] <= rows["topk_accuracy_high"]).all()
    with Image.open(tmp_path / "curve.png") as image:
        assert image.width > 500


def test_no_snapshot_is_kept_of_a_generator_whose_weights_are_spoiled(run_folder, narrow, tmp_path, monkeypatch):
    data, task = toy_data(DATASETS["iclevr"], count=400), TASKS["iclevr"]
    config = trained_run.configure(
        task, task.models[0], data, "custom", TrainConfig(total_updates=9, snapshot_every=3), MACHINE
    )
    averaged = loop.update_ema

    def spoiled_from_the_fifth_on(state, half_life):
        averaged(state, half_life)
        if state.step > 4:
            next(state.ema.parameters()).fill_(float("nan"))

    monkeypatch.setattr(loop, "update_ema", spoiled_from_the_fifth_on)
    outcome = runs.train_run(tmp_path / "spoiled", config, MACHINE, data)
    assert outcome.status == "diverged"
    assert outcome.reason == "the generator's weights were not finite after generator update 6"
    assert [path.stem for path in (tmp_path / "spoiled/snapshots").iterdir()] == ["step_0000003"]
    assert main(["curve", str(tmp_path / "spoiled"), "--out", str(tmp_path / "c.csv"), "--data", "toy"]) == 0
    assert pd.read_csv(tmp_path / "c.csv")["generator_updates"].tolist() == [0, 3]


def test_a_run_without_snapshots_has_no_curve(run_folder, tmp_path, capsys):
    for path in (run_folder / "snapshots").iterdir():
        path.unlink()
    assert main(["curve", str(run_folder), "--out", str(tmp_path / "curve.csv"), "--data", "toy"]) == 2
    assert "has no snapshots; train it with --snapshot-every" in capsys.readouterr().err
    assert not (tmp_path / "curve.csv").exists()


def test_a_task_without_conditions_is_followed_by_its_other_scores(tmp_path, monkeypatch, capsys):
    task, data = TASKS["anime-faces-unconditional"], toy_data(DATASETS["anime-faces"], count=400).unconditional()
    monkeypatch.setattr("benchmark.training.trained_run.open_data", lambda *_: data)
    settings = TrainConfig(total_updates=1, snapshot_every=1)
    config = trained_run.configure(task, "mlp_gan:batch_size=8", data, "custom", settings, MACHINE)
    runs.train_run(tmp_path / "run", config, MACHINE, data)
    scorer = Scorer(task=task, data=data, sizes=SIZES, machine=MACHINE, networks=toy_networks(task))
    monkeypatch.setattr(curve, "scorer_of", lambda *_: scorer)
    assert main(["curve", str(tmp_path / "run"), "--out", str(tmp_path / "curve.csv"), "--data", "toy"]) == 0
    rows = pd.read_csv(tmp_path / "curve.csv")
    assert rows["generator_updates"].tolist() == [0, 1]
    assert (rows["fd_efficientnet_lite0_n"] == 20).all()
    assert rows["face_hit_rate_low"].le(rows["face_hit_rate"]).all()
    assert "face_hits_of_64" not in rows  # of 20 images there is no such number
