"""The example submissions of the documentation are graded as what they are."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from builders.batches import grades

import benchmark as cgan
from benchmark.commands import grade
from benchmark.commands.check_form import check_form
from benchmark.grading.request import GradingRequest

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
SCENES = {
    "arrays.npz": "images",
    "graph.zip": "generator",
    "grids.zip": "images",
    "images.zip": "images",
    "weights.zip": "generator",
}
SCHEME = (
    (Path(grade.__file__).parents[1] / "grading" / "marking" / "schemes" / "iclevr.toml")
    .read_text()
    .replace("draws = 10", "draws = 1")
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    (folder / "scheme.toml").write_text(SCHEME)
    request = GradingRequest(task="iclevr", scheme=folder / "scheme.toml")
    grade.grade([EXAMPLES / name for name in SCENES], folder / "out", request)
    return {name: entry for name, entry in grades(folder / "out").items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
def test_an_example_of_each_kind_is_graded(graded, name):
    entry = graded[Path(name).stem]
    assert (entry["status"], entry["kind"]) == ("graded", SCENES[name])
    assert {rows: scores["topk_accuracy"]["n"] for rows, scores in entry["scores"].items()} == {
        "test": 72,
        "new_test": 84,
    }


@pytest.mark.slow
def test_one_generators_images_score_the_same_in_every_form_without_loss(graded):
    same = [graded[name]["scores"] for name in ("arrays", "grids", "weights")]
    assert same[0] == same[1] == same[2]
    values = [graded[name]["scores"]["test"]["topk_accuracy"]["value"] for name in ("weights", "graph")]
    assert abs(values[0] - values[1]) < 0.03  # another library computes the same network
    assert len({flag["name"] for flag in graded["arrays"]["flags"]} & {"shared_images"}) == 1


@pytest.mark.slow
def test_the_examples_of_faces_are_ready_for_their_task_and_for_no_other():
    paths = [EXAMPLES / name for name in ("faces.zip", "texts.zip")]
    ready = check_form(paths, GradingRequest(task="anime-faces"))
    assert [(row["id"], row["status"], row["found"].split()[0]) for row in ready] == [
        ("faces", "ready", "generator"), ("texts", "ready", "images"),
    ]  # fmt: skip
    assert [row["status"] for row in check_form(paths, GradingRequest(task="iclevr"))] == ["rejected"] * 2


def test_the_examples_are_small():
    assert sum(path.stat().st_size for path in EXAMPLES.iterdir()) < 2 << 20
    assert all(array.dtype == np.uint8 for array in np.load(EXAMPLES / "arrays.npz").values())


@pytest.mark.slow
def test_the_examples_are_made_by_the_program_next_to_them(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    import make

    models = {"iclevr": "cdcgan_iclevr:channels=2:c_dim=50", "anime-faces": "cdcgan_pairs:channels=2"}
    for task, model in models.items():
        assert cgan.train(task, model, tmp_path / task, data="synthetic:200", budget="smoke").status == "finished"
    (tmp_path / "made").mkdir()
    make.main(tmp_path / "iclevr", tmp_path / "anime-faces", tmp_path / "made")
    made = {path.name for path in (tmp_path / "made").iterdir()}
    assert made == {path.name for path in EXAMPLES.iterdir() if path.suffix in (".zip", ".npz")}
    for name in sorted(made - {"arrays.npz"}):
        with zipfile.ZipFile(tmp_path / "made" / name) as new, zipfile.ZipFile(EXAMPLES / name) as old:
            assert new.namelist() == old.namelist()
    drawn = np.load(tmp_path / "made" / "arrays.npz")
    assert {name: array.shape for name, array in drawn.items()} == {
        name: array.shape for name, array in np.load(EXAMPLES / "arrays.npz").items()
    }
