"""Runs that become submissions, and those that cannot."""

import pytest
from builders.data import toy_data
from builders.plugins import toys  # noqa: F401 - a fixture
from builders.submissions import seen

from benchmark.cli import main
from benchmark.data.datasets import dataset_of
from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training import run_config, runs
from benchmark.training.loop import TrainConfig

MACHINE = this_machine("cpu", "float32")
TOY = "cgan_bench_toys.gans:ToyGAN"
SMALL = {"stargan": ":channels=4:residual_blocks=1"}


def trained(folder, task, model):
    """A run of one update."""
    task, data = TASKS[task], toy_data(dataset_of(TASKS[task]), count=100)
    name = model + SMALL.get(model, "") + ":batch_size=4"
    runs.train_run(
        folder, run_config.configure(task, name, data, "custom", TrainConfig(total_updates=1), MACHINE), MACHINE, data
    )
    return folder


def packed(capsys, run, out):
    """Exit code of packing, and what it said."""
    code = main(["pack", str(run), "--out", str(out)])
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("task", "model", "words"),
    [
        (
            "anime-faces-unconditional",
            "mlp_gan",
            "grade takes weights for iclevr, anime-faces alone; pack a run of these",
        ),
        ("anime-transfer", "stargan", "redraws given images, and grade gives none; hand in images that it drew"),
    ],
)
def test_a_run_that_grade_would_not_take_is_refused_in_one_line(tmp_path, capsys, task, model, words):
    run = trained(tmp_path / "run", task, model)
    capsys.readouterr()
    code, said = packed(capsys, run, tmp_path / "mine.zip")
    assert (code, said.count("\n")) == (2, 1)
    assert words in said
    assert not (tmp_path / "mine.zip").exists()


def test_a_run_of_a_task_of_ones_own_is_refused_with_the_command_that_hands_its_graph_on(tmp_path, capsys):
    run = trained(tmp_path / "run", "iclevr", "cdcgan_iclevr:channels=4")
    config = run / "config.json"
    config.write_text(config.read_text().replace('"task": "iclevr"', '"task": "cols"'))
    capsys.readouterr()
    code, said = packed(capsys, run, tmp_path / "mine.zip")
    assert (code, said.count("\n")) == (2, 1)
    assert "is of the task cols, and grade takes weights for iclevr, anime-faces alone" in said
    assert f"or hand its graph on: cgan-bench export {run} --onnx generator.onnx" in said
    assert not (tmp_path / "mine.zip").exists()


def test_a_plug_ins_run_is_handed_in_as_the_graph_that_the_refusal_names(tmp_path, capsys, toys):  # noqa: F811
    run = trained(tmp_path / "run", "iclevr", TOY)
    capsys.readouterr()
    code, said = packed(capsys, run, tmp_path / "mine.zip")
    assert (code, said.count("\n")) == (2, 1)
    assert f"hand in a graph: cgan-bench export {run} --onnx generator.onnx" in said
    graph = tmp_path / "inbox" / "generator.onnx"
    graph.parent.mkdir()
    assert main(["export", str(run), "--onnx", str(graph)]) == 0
    drawn = seen(graph.parent, assignment_of(TASKS["iclevr"], [], None, draws=1, seed=0))
    assert drawn["generator", "test"].shape == (32, 3, 64, 64)
