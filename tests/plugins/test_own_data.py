"""A plug-in's data set is read again when its code has changed, though the cache still has what it was."""

import sys

import pytest
from builders.plugins import plugin_file  # noqa: F401 - a fixture

from benchmark.cli import main
from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.definitions.lookup import find_task
from benchmark.plugins import loading

GRAYS = """
import torch
from benchmark.data.datasets import DataSet
from benchmark.tasks import Task

def render(indices, seed):
    images = torch.full((len(indices), 3, 32, 32), SHADE, dtype=torch.uint8)
    return images, torch.zeros(len(indices), 1, dtype=torch.uint8)

def names(indices):
    return [f"{index}.png" for index in indices]

MINE = DataSet(name="grays", kind="attributes", attributes={"shade": ("a", "b")}, image_size=32, layouts="none",
               read=None, embedded_images=20, render=render, rendered_names=names)
HERE = Task(name="gray-task", dataset="my_grays:MINE", models=("modern_cgan",), condition_kind="attributes",
            main_score="near_duplicate_rate", headline=("near_duplicate_rate",))
WITHIN = Task(name="gray-task", dataset="grays", models=("modern_cgan",), condition_kind="attributes", own_dataset=MINE,
              main_score="near_duplicate_rate", headline=("near_duplicate_rate",))
"""


@pytest.mark.parametrize("task", ["HERE", "WITHIN"])
def test_data_of_a_plug_in_are_made_anew_once_its_file_has_changed(plugin_file, monkeypatch, cache, task):  # noqa: F811
    shades = []
    for shade in (90, 90, 200):
        plugin_file("my_grays", GRAYS.replace("SHADE", str(shade)) + f"# {'x' * shade}")  # of another size each time
        sys.modules.pop("my_grays", None)
        monkeypatch.setattr(loading, "_loaded", {})
        shades.append(open_data(dataset_of(find_task(f"my_grays:{task}"))).images.unique().tolist())
    assert shades == [[90], [90], [200]]


@pytest.mark.parametrize(
    ("given", "words", "whole"),
    [
        (", rendered_names=names", "grays has no course's layout to write; these have one: iclevr, anime-faces", 20),
        ("", "data set grays has a renderer, but no rendered_names; give it names of its images", None),
    ],
)
def test_data_of_a_plug_in_that_cannot_be_rendered_to_files_is_refused_before_it_is_drawn(
    plugin_file,  # noqa: F811
    tmp_path,
    capsys,
    given,
    words,
    whole,
):
    text = GRAYS.replace("SHADE", "90").replace(", rendered_names=names", given)
    plugin_file("my_grays", text.replace("    images = torch.full", "    print('drawn')\n    images = torch.full"))
    assert main(["data", "render", "--task", "my_grays:HERE", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert (said.err.count("\n"), said.out) == (1, "")
    assert not (tmp_path / "out").exists()
    assert main(["data", "info", "--task", "my_grays:HERE", "--json"]) == (2 if whole is None else 0)
    said = capsys.readouterr()
    assert words in said.err if whole is None else "drawn" in said.out
