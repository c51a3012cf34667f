"""The curve of a run's condition scores."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from builders.data import toy_data
from builders.scorers import SIZES, toy_networks
from matplotlib.figure import Figure
from PIL import Image

from benchmark.cli import main
from benchmark.commands import curve
from benchmark.commands.curve_image import CurveImage, paint
from benchmark.data.datasets import DATASETS
from benchmark.definitions import model_settings
from benchmark.records.time_to_score import costs_at, time_in_words, time_to_score
from benchmark.scoring.scorer import Scorer
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training import loop, run_config, runs, trained_run
from benchmark.training.loop import TrainConfig
from evaluators.base import Score

MACHINE = this_machine("cpu", "float32")


@pytest.fixture
def narrow(monkeypatch):
    full = model_settings.model_config
    for module in (run_config, trained_run):
        monkeypatch.setattr(module, "model_config", lambda name, task: full(name, task, channels=8, batch_size=8))


@pytest.fixture
def run_folder(narrow, tmp_path, monkeypatch):
    task, data = TASKS["iclevr"], toy_data(DATASETS["iclevr"], count=400)

    def scorer_of(task, data, budget, machine, judge=None):
        return Scorer(task=task, data=data, sizes=SIZES, machine=machine, networks=toy_networks(task))

    monkeypatch.setattr(curve, "scorer_of", scorer_of)
    monkeypatch.setattr(trained_run, "open_data", lambda *_: data)
    settings = TrainConfig(total_updates=4, snapshot_every=2)
    config = run_config.configure(task, task.models[0], data, "custom", settings, MACHINE)
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


def test_a_score_of_a_task_of_ones_own_is_followed_too(run_folder, tmp_path):
    """Such a task's scores, digit_accuracy for a task digits, are not among the bundled evaluators."""
    accuracy = SimpleNamespace(unit="fraction of images", direction="higher")
    scorer = SimpleNamespace(
        task=SimpleNamespace(name="digits", main_score="digit_accuracy", evaluator={"digit_accuracy": accuracy}.get),
        protocol=SimpleNamespace(id="digits-v1-00000000"),
        machine=MACHINE,
        progress_of=lambda model: {"digit_accuracy": Score(value=0.6, n=9, interval=(0.55, 0.7))},
    )
    found = curve.draw_curve(scorer, run_folder, tmp_path / "curve.csv", beyond=0.5)
    assert found["time_to_score"]["generator_updates"] == 0
    assert (tmp_path / "curve.png").is_file()


def test_a_curve_begins_at_the_generator_that_its_own_training_began_with(run_folder, monkeypatch, tmp_path):
    shown = []
    draw = Scorer.progress_of

    def seen(self, model):
        shown.append({name: value.clone() for name, value in model.generator.state_dict().items()})
        return draw(self, model)

    monkeypatch.setattr(Scorer, "progress_of", seen)
    path = run_folder / "config.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 3'))
    torch.manual_seed(99)  # by the run's own seed alone
    assert main(["curve", str(run_folder), "--out", str(tmp_path / "curve.csv"), "--data", "toy"]) == 0
    config = trained_run.read_config(run_folder)
    torch.manual_seed(3)
    expected = model_settings.find_model(config.model)[0](config.model_config).generator.state_dict()
    assert all(torch.equal(shown[0][name], value) for name, value in expected.items())
    torch.manual_seed(0)
    other = model_settings.find_model(config.model)[0](config.model_config).generator.state_dict()
    assert not all(torch.equal(shown[0][name], value) for name, value in other.items())
    assert pd.read_csv(tmp_path / "curve.csv")["own_start"].tolist() == [1, 1, 1]


def test_no_snapshot_is_kept_of_a_generator_whose_weights_are_spoiled(run_folder, narrow, tmp_path, monkeypatch):
    data, task = toy_data(DATASETS["iclevr"], count=400), TASKS["iclevr"]
    config = run_config.configure(
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
    config = run_config.configure(task, "mlp_gan:batch_size=8", data, "custom", settings, MACHINE)
    runs.train_run(tmp_path / "run", config, MACHINE, data)
    scorer = Scorer(task=task, data=data, sizes=SIZES, machine=MACHINE, networks=toy_networks(task))
    monkeypatch.setattr(curve, "scorer_of", lambda *_: scorer)
    assert main(["curve", str(tmp_path / "run"), "--out", str(tmp_path / "curve.csv"), "--data", "toy"]) == 0
    rows = pd.read_csv(tmp_path / "curve.csv")
    assert rows["generator_updates"].tolist() == [0, 1]
    assert (rows["fd_efficientnet_lite0_n"] == 20).all()
    assert rows["face_hit_rate_low"].le(rows["face_hit_rate"]).all()
    assert "face_hits_of_64" not in rows  # of 20 images there is no such number


def test_a_curve_says_what_training_it_took_to_get_beyond_a_score(run_folder, tmp_path, capsys):
    out = tmp_path / "curve.csv"
    assert main(["curve", str(run_folder), "--out", str(out), "--data", "toy", "--beyond", "-1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["time_to_score"]["generator_updates"] == 0
    log = {line["step"]: line for line in map(json.loads, (run_folder / "log.jsonl").read_text().splitlines())}
    rows = pd.read_csv(out)
    assert rows["images_seen"].tolist() == [0, log[2]["images_seen"], log[4]["images_seen"]]
    assert rows["seconds"].tolist() == pytest.approx([0, log[2]["seconds"], log[4]["seconds"]], abs=1e-4)


ROWS = [
    {"generator_updates": step, "images_seen": 64 * step, "seconds": 2.0 * step, "s": value, "s_low": value - 0.1,
     "s_high": value + 0.1}
    for step, value in [(0, 0.1), (10, 0.5), (20, 0.3), (30, 0.9)]
]  # fmt: skip


@pytest.mark.parametrize(
    ("threshold", "direction", "step"),
    [(0.3, "higher", 10), (0.45, "higher", 30), (0.9, "higher", None), (0.45, "lower", 0), (0.1, "lower", None)],
)
def test_a_score_is_beyond_a_threshold_when_its_whole_interval_is(threshold, direction, step):
    found = time_to_score(ROWS, "s", threshold, direction)
    assert (found and found["generator_updates"]) == step


def test_a_snapshot_without_a_known_interval_is_never_the_first_beyond_a_threshold():
    rows = [row | ({"s_low": None} if row["generator_updates"] == 10 else {}) for row in ROWS]
    assert time_to_score(rows, "s", 0.3, "higher")["generator_updates"] == 30
    assert time_to_score([{"generator_updates": 0}], "s", 0.3, "higher") is None


@pytest.mark.parametrize(("own", "steps"), [(1, [0, 10]), (None, [10])])
def test_an_image_shows_shares_in_percent_and_begins_where_the_run_did(own, steps):
    rows = [
        {"generator_updates": step, "joint_accuracy": value, "joint_accuracy_low": value - 0.1, "seconds": 1.0,
         "joint_accuracy_high": value + 0.1, "own_start": own}
        for step, value in ((0, 0.2), (10, 0.6))
    ]  # fmt: skip
    axes = Figure().subplots()
    paint(axes, rows, CurveImage(score="joint_accuracy", unit="fraction of images", title="t", beyond=0.5))
    threshold, line = axes.lines
    assert (list(line.get_xdata()), list(threshold.get_ydata())) == (steps, [50.0, 50.0])
    assert list(line.get_ydata()) == pytest.approx([20.0, 60.0][-len(steps) :])
    assert axes.get_ylabel() == "joint_accuracy (%)"
    distance = CurveImage(score="fd_efficientnet_lite0", unit="distance", title="t")
    assert (distance.factor, distance.name) == (1, "fd_efficientnet_lite0")


def test_an_image_of_uneven_snapshots_names_times_that_are_apart():
    every = [250, 500, 750, 1_000, 2_000, 3_000, 4_000, 10_000, 19_000, 20_000]
    rows = [{"generator_updates": n, "seconds": n / 2, "fd": 9.0, "fd_low": 8.0, "fd_high": 10.0} for n in [0, *every]]
    axes = Figure().subplots()
    paint(axes, rows, CurveImage(score="fd", unit="distance", title="t"))
    (seconds,) = axes.child_axes
    assert [text.get_text() for text in seconds.get_xticklabels()] == ["500", "2,000", "5,000", "10,000"]
    assert list(seconds.get_xticks()) == [1_000, 4_000, 10_000, 20_000]


def test_time_to_a_score_is_told_in_updates_images_and_seconds():
    found = time_to_score(ROWS, "s", 0.3, "higher")
    assert time_in_words("s", 0.3, found) == "s is beyond 0.3 after 10 updates, 640 images, 20 s"
    assert time_in_words("s", 0.95, None) == "s is beyond 0.95 at no snapshot"


def test_a_snapshot_without_a_line_in_the_log_has_no_time():
    assert costs_at(2, [{"step": 1, "images_seen": 64, "seconds": 1.0}]) == {"images_seen": None, "seconds": None}
