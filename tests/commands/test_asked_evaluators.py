"""Evaluators that a person asks for by name: each is measured, or refused in one line before any work."""

import json

import pytest
from builders.commands import refused
from builders.plugins import plugin_file  # noqa: F401 - a fixture

from benchmark.cli import main
from benchmark.definitions.lookup import find_task, with_evaluators
from benchmark.scoring.networks import Tools, networks_of
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from evaluators import photographed_faces

SIGNS = """
name = "signs"
kind = "attributes"
faces = FACES
main_score = "sharpness_of_mine"
evaluators = ["my_scores:Sharp"]
judge = "j.safetensors"

[attributes]
shape = ["disc", "square"]
colour = ["red", "green", "blue"]
"""
SCORES = """
from evaluators.base import Evaluator, Score


class Sharp(Evaluator):
    name, direction, unit, value_range, source, network = "sharpness_of_mine", "higher", "u", (0.0, 1.0), "s", "none"

    def __init__(self, *network):
        self.count = 0

    def update(self, images, condition, *, real):
        self.count += len(images)

    def compute(self):
        return Score(value=0.5, n=self.count)


class Seen(Sharp):
    name, network = "seen", "inception"


class Faces(Sharp):
    name, network = "faces_of_mine", "detector"
"""
UNLISTED = "near_duplicate_rate"


@pytest.fixture
def signs(tmp_path, plugin_file):  # noqa: F811
    """A task file that lists one evaluator, a plug-in."""
    plugin_file("my_scores", SCORES)
    path = tmp_path / "signs.toml"
    path.write_text(SIGNS.replace("FACES", "false"))
    return str(path)


def test_a_bundled_evaluator_is_measured_though_the_task_file_lists_others(signs):
    task = find_task(signs)
    assert UNLISTED not in task.scores
    assert set(with_evaluators(task, [UNLISTED]).scores) == {*task.scores, UNLISTED}
    assert with_evaluators(TASKS["iclevr"], [UNLISTED]).scores == TASKS["iclevr"].scores, "it had the score already"


def test_an_evaluator_that_the_task_file_makes_of_its_attributes_can_be_asked_for(signs):
    task = find_task(signs)
    assert "shape_accuracy" in task.scores
    assert with_evaluators(task, ["shape_accuracy"]).scores == task.scores


WEIGHTS = "needs Inception's weights; score with --inception fetched (see 'cgan-bench judge fetch'), or with their file"


@pytest.mark.parametrize("verb", ["score", "benchmark"])
@pytest.mark.parametrize("name", ["fid", "my_scores:Seen"])
def test_an_evaluator_whose_weights_are_not_given_is_refused(signs, capsys, tmp_path, cache, verb, name):
    task = "--tasks" if verb == "benchmark" else "--task"
    what = [] if verb == "benchmark" else [tmp_path / "drawn"]
    given = [*what, task, "anime-faces-unconditional", "--evaluator", name, "--out", tmp_path / "out"]
    assert f"{name} {WEIGHTS}" in refused(capsys, verb, *given)
    assert not (tmp_path / "out").exists()
    assert not cache.exists()


def test_an_evaluator_whose_package_is_not_installed_is_refused(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(photographed_faces, "missing", lambda: "face_recognition")
    given = ["--task", "celeba-transfer", "--evaluator", "same_person_rate", "--out", tmp_path / "records"]
    line = refused(capsys, "score", tmp_path / "drawn", *given)
    assert "same_person_rate needs face_recognition, which is not installed; pip install" in line


def test_an_evaluator_of_pairs_is_refused_for_images_without_their_sources(capsys, tmp_path):
    given = ["--task", "anime-transfer", "--evaluator", "no_op_rate", "--out", tmp_path / "records"]
    line = refused(capsys, "score", tmp_path / "drawn", *given)
    assert "no_op_rate compares pairs of a source and its translation, which only a run draws; score a run" in line


def test_a_task_that_names_an_evaluator_says_that_its_weights_are_missing(signs, capsys, tmp_path):
    path = tmp_path / "plain.toml"
    path.write_text('name = "plain"\nkind = "none"\nmain_score = "fid"\nevaluators = ["fid"]\n')
    networks_of(find_task(str(path)), Tools(), this_machine("cpu"))
    assert f"fid is left out: it {WEIGHTS}" in capsys.readouterr().err
    networks_of(TASKS["anime-faces-unconditional"], Tools(), this_machine("cpu"))
    assert capsys.readouterr().err == "", "no task that names none says so"


@pytest.mark.parametrize("faces", ["true", "false"])
def test_an_evaluator_that_needs_the_detector_has_it_though_no_bundled_one_is_listed(signs, tmp_path, faces):
    path = tmp_path / "faces.toml"
    text = SIGNS.replace("FACES", faces).replace('judge = "j.safetensors"\n', "")
    path.write_text(text.replace("Sharp", "Faces").replace("sharpness", "faces") if faces == "true" else text)
    assert ("detector" in networks_of(find_task(str(path)), Tools(), this_machine("cpu"))) == (faces == "true")


def test_a_record_that_is_there_without_the_score_is_measured_again(signs, toy, capsys):
    words = ["train", "--task", signs, "--model", "modern_cgan", "--device", "cpu", "--budget", "2", "--out", "run"]
    assert main(words) == 0
    score = ["score", "run", "--data", "synthetic", "--json", "--evaluator"]
    assert main([*score, "shape_accuracy", "--out", "records"]) == 0
    capsys.readouterr()
    assert main([*score, UNLISTED, "--out", "others"]) == 0
    found = json.loads(capsys.readouterr().out)[0]
    assert UNLISTED in {*found["scores"], *found["refused"]}
    assert main([*score, UNLISTED, "--out", "records"]) == 0
    out, err = capsys.readouterr()
    assert f"lacks {UNLISTED}; it is measured again" in err
    found = json.loads(out)[0]
    assert UNLISTED in {*found["scores"], *found["refused"]}
