"""A plug-in's file that is edited after its work: the run or the record that it made is not taken for the new one's."""

import json
import sys

import pytest
from builders.data import png
from builders.plugins import PLAIN_TASK, plugin_file, toys  # noqa: F401 - fixtures

from benchmark.cli import main
from benchmark.definitions.lookup import find_task
from benchmark.plugins import loading
from benchmark.system.files import file_sha256

MODEL = """
from cgan_bench_toys.gans import ToyGAN


class Mine(ToyGAN):
    name = "mine"
"""
SCORES = """
from cgan_bench_toys.scores import Contrast


class Range(Contrast):
    name = "range"
"""
OTHER = SCORES.replace("Range", "Other").replace("range", "other")


@pytest.fixture
def write(plugin_file, toys):  # noqa: F811
    """Writes a plug-in's file and forgets what was imported of it, as a new process does."""

    def written(name, text):
        path = plugin_file(name, text)
        sys.modules.pop(name, None)
        loading._loaded.clear()
        return path

    return written


@pytest.fixture
def trained(write, tmp_path, monkeypatch):
    """A folder with images, a task, and a run of two updates of a model of one's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faces").mkdir()
    for number in range(120):
        (tmp_path / f"faces/{number}.png").write_bytes(png((2 * number, 50, 50), size=(40, 40)))
    (tmp_path / "plain.toml").write_text(PLAIN_TASK)
    write("my_gan", MODEL)
    assert train(2) == 0
    return tmp_path


def train(updates):
    words = ("--task", "plain.toml", "--data", "faces", "--model", "my_gan:Mine", "--out", "run")
    return main(["train", *words, "--budget", str(updates)])


def score(out, *evaluators):
    named = [word for name in evaluators for word in ("--evaluator", name)]
    return main(["score", "run", "--data", "faces", "--out", out, *named])


def test_a_run_does_not_go_on_with_another_file_of_its_model(trained, write, capsys):
    write("my_gan", MODEL + "    # edited\n")
    capsys.readouterr()
    for updates in (2, 3):
        assert train(updates) == 2
        err = capsys.readouterr().err
        assert "run holds a run of another configuration: " in err
        assert "the sha256 of the model's files was '" in err
        assert "Put those files back, give another folder with --out, or --no-resume to delete that run" in err
        assert err.count("\n") == 1
    write("my_gan", MODEL)
    assert train(3) == 0


def test_a_run_does_not_go_on_with_another_module_that_its_model_imports(trained, write, capsys):
    write("my_layers", "WIDTH = 3\n")
    write("my_gan", "import my_layers\n" + MODEL)
    words = ["train", "--task", "plain.toml", "--data", "faces", "--model", "my_gan:Mine", "--budget", "2"]
    assert main([*words, "--out", "with_layers"]) == 0
    write("my_layers", "WIDTH = 4\n")
    write("my_gan", "import my_layers\n" + MODEL)
    assert main([*words, "--out", "with_layers"]) == 2
    assert "the sha256 of the model's files was '" in capsys.readouterr().err


def test_a_run_is_neither_scored_nor_drawn_with_another_file_of_its_model(trained, write, capsys):
    write("my_gan", MODEL + "    # edited\n")
    capsys.readouterr()
    words = "run was trained with other files of my_gan:Mine: their sha256 was "
    for command in (lambda: score("records"), lambda: main(["sample", "run", "--data", "faces", "--out", "grid.png"])):
        assert command() == 2
        err = capsys.readouterr().err
        assert words in err
        assert "; put those files back, or train into another folder" in err
        assert err.count("\n") == 1
    write("my_gan", MODEL)
    assert score("records") == 0


def test_a_run_that_does_not_name_its_models_file_goes_on_and_is_scored(trained, write):
    """As one by an earlier version."""
    config = trained / "run/config.json"
    document = json.loads(config.read_text())
    assert document.pop("model_sha256") == file_sha256(trained / "plugins/my_gan.py")
    config.write_text(json.dumps(document))
    write("my_gan", MODEL + "    # edited\n")
    assert (train(3), score("records")) == (0, 0)
    assert "model_sha256" not in json.loads(config.read_text())


def test_a_score_whose_evaluators_file_has_changed_does_not_compare_and_the_others_do(trained, write, capsys):
    evaluators = ("my_scores:Range", "my_other:Other")
    write("my_scores", SCORES)
    write("my_other", OTHER)
    assert score("before", *evaluators) == 0
    write("my_scores", SCORES + "    # edited\n")
    assert score("after", *evaluators) == 0
    capsys.readouterr()
    assert main(["compare", "before", "after", "--json"]) == 0
    compared = json.loads(capsys.readouterr().out)["compared"]
    assert len(compared) == 3  # with two reference rows
    for each in compared:
        assert each["not_compared"]["range"].startswith("files of its evaluator have changed: their sha256 is ")
        assert {"brightness", "other"} <= each["changes"].keys()


def test_a_task_names_the_files_of_the_evaluators_that_it_brings_along(write):
    plugins = {plugin.reference: plugin for plugin in find_task("cgan_bench_toys.tasks:SHADES").plugins}
    assert plugins["cgan_bench_toys.scores:Brightness"].kind == "evaluator"
    assert plugins["cgan_bench_toys.scores:Brightness"].sha256 != plugins["cgan_bench_toys.tasks:SHADES"].sha256
