"""From a folder of submissions to a gradebook."""

import csv
import json
import shutil

import numpy as np
import pytest
from hostile import config, constant, gray_picture_nodes, with_graph, with_weights
from test_grading_forms import as_zip, encoded

from benchmark.cli import main
from benchmark.data.datasets import DATASETS
from benchmark.data.vocabulary import OBJECTS
from benchmark.errors import UsageError
from benchmark.grading import batch, grader, sandbox
from benchmark.grading.answer import Answer
from benchmark.grading.batch import Asked

SCHEME = """
name = "short"
task = "iclevr"
draws = 2
[[scores]]
name = "topk_accuracy"
lists = { exam = 1.0 }
points = [[0.8, 100], [0.4, 60]]
"""
COUNT = 12


@pytest.fixture(scope="module")
def scenes():
    """Pictures, and what they show."""
    images, conditions = DATASETS["iclevr"].render(range(2, 3 * COUNT, 3), 7)
    return images.numpy(), [[OBJECTS[i] for i in np.flatnonzero(row)] for row in conditions.numpy()]


@pytest.fixture
def exam(tmp_path, scenes):
    """What was asked for: exactly what the scenes show."""
    (tmp_path / "exam.json").write_text(json.dumps(scenes[1]))
    (tmp_path / "hidden.json").write_text(json.dumps(scenes[1][:4]))
    (tmp_path / "scheme.toml").write_text(SCHEME)
    (tmp_path / "inbox").mkdir()
    return Asked(task="iclevr", scheme=tmp_path / "scheme.toml", conditions=(tmp_path / "exam.json",))


def hand_in(folder, images):
    (folder / "exam").mkdir(parents=True)
    for number, image in enumerate(images):
        (folder / "exam" / f"{number}.png").write_bytes(encoded(image))


def grades(out):
    return {entry["id"]: entry for entry in json.loads((out / "grades.json").read_text())["submissions"]}


def test_pictures_of_what_was_asked_earn_all_points_and_shuffled_ones_none(tmp_path, exam, scenes):
    hand_in(tmp_path / "inbox" / "right", scenes[0])
    hand_in(tmp_path / "inbox" / "wrong", np.roll(scenes[0], 5, axis=0))
    (tmp_path / "inbox" / "=1+1").mkdir()
    (tmp_path / "inbox" / "notes.txt").write_text("not a submission")
    summary = batch.grade([tmp_path / "inbox"], tmp_path / "out", exam)
    found = grades(tmp_path / "out")
    assert (summary["graded"], summary["rejected"], summary["failed"]) == (2, 1, 0)
    assert (found["right"]["points"], found["right"]["verdict"]) == (100, "pass")
    assert (found["wrong"]["points"], found["wrong"]["verdict"]) == (0, "fail")
    assert found["right"]["scores"]["exam"]["topk_accuracy"]["value"] > 0.9
    assert found["right"]["conditions"] == "public only"
    assert [flag["name"] for flag in found["wrong"]["flags"]] == ["ignores_condition", "shared_pictures"]
    assert found["=1+1"]["status"] == "rejected"
    book = json.loads((tmp_path / "out" / "grades.json").read_text())
    assert book["ignored"] == ["notes.txt"]
    assert all(book["protections"].values())
    rows = list(csv.DictReader((tmp_path / "out" / "gradebook.csv").read_text().splitlines()))
    assert [row["id"] for row in rows] == ["'=1+1", "right", "wrong"]  # no spreadsheet runs the first
    page = (tmp_path / "out" / "pages" / "right.html").read_text()
    assert page.count("<figure") == COUNT
    assert "http" not in page.replace("http-equiv", "")


@pytest.fixture
def looked(monkeypatch, scenes):
    """Submissions looked at, without processes; the one called "crash" brings the grader down."""
    names = []

    def look_at(path, assignment, limits):
        if path.name == "crash":
            raise RuntimeError("power cut")
        names.append(path.name)
        return Answer("ready", "", 7, {("pictures", "exam"): scenes[0]})

    monkeypatch.setattr(grader, "look_at", look_at)
    return names


def inbox(tmp_path, scenes, *names):
    for name in names:
        hand_in(tmp_path / "inbox" / name, np.roll(scenes[0], len(name), axis=0))
    return [tmp_path / "inbox"]


def contents(out):
    return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_grading_twice_gives_the_same_bytes(tmp_path, exam, scenes, looked):
    paths = inbox(tmp_path, scenes, "a", "bb", "ccc")
    batch.grade(paths, tmp_path / "one", exam)
    batch.grade(paths, tmp_path / "two", exam)
    batch.grade(paths, tmp_path / "two", exam)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_batch_that_was_cut_off_goes_on_where_it_was(tmp_path, exam, scenes, looked):
    paths = inbox(tmp_path, scenes, "a", "bb", "crash")
    with pytest.raises(RuntimeError, match="power cut"):
        batch.grade(paths, tmp_path / "out", exam)
    assert sorted(looked) == ["a", "bb"]
    shutil.rmtree(tmp_path / "inbox" / "crash")
    batch.grade(paths, tmp_path / "out", exam)
    assert sorted(looked) == ["a", "bb"]


@pytest.mark.parametrize(("only_changed", "again"), [(True, ["bb"]), (False, ["a", "bb"])])
def test_only_changed_submissions_are_looked_at_again_if_asked(tmp_path, exam, scenes, looked, only_changed, again):
    paths = inbox(tmp_path, scenes, "a", "bb")
    batch.grade(paths, tmp_path / "out", exam)
    looked.clear()
    (tmp_path / "inbox" / "bb" / "exam" / "0.png").write_bytes(encoded(scenes[0][3]))
    asked = Asked(task="iclevr", scheme=exam.scheme, conditions=exam.conditions, only_changed=only_changed)
    batch.grade(paths, tmp_path / "out", asked)
    assert sorted(looked) == again


@pytest.mark.slow
def test_weights_are_asked_for_the_hidden_list_with_latents_of_the_graders_choice(tmp_path, exam):
    (tmp_path / "inbox" / "weights").mkdir()
    with_weights(tmp_path / "inbox" / "weights", lambda state: None)
    (tmp_path / "inbox" / "graph").mkdir()
    sizes = {"axis": [1], "more": [2, 3], "shape": [1, 3, 64, 64]}
    with_graph(tmp_path / "inbox" / "graph", gray_picture_nodes(), [constant(*item) for item in sizes.items()])
    seen = []
    for seed in (0, 0, 1):
        asked = Asked(
            task="iclevr", scheme=exam.scheme, conditions=exam.conditions, hidden=tmp_path / "hidden.json", seed=seed
        )
        batch.grade([tmp_path / "inbox"], tmp_path / "out", asked)
        found = grades(tmp_path / "out")
        assert found["weights"]["status"] == found["graph"]["status"] == "graded", found
        assert found["weights"]["conditions"] == "public and hidden"
        assert {name: scores["exact_match"]["n"] for name, scores in found["weights"]["scores"].items()} == {
            "exam": 2 * COUNT, "hidden": 2 * 4,
        }  # fmt: skip
        seen.append((tmp_path / "out" / "pages" / "weights.html").read_bytes())
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]


def test_two_submissions_of_one_name_are_refused(tmp_path, exam, scenes):
    hand_in(tmp_path / "inbox" / "a", scenes[0])
    as_zip(tmp_path / "inbox", {"exam/0.png": b"x"}).rename(tmp_path / "inbox" / "a.zip")
    with pytest.raises(UsageError, match="same name"):
        batch.grade([tmp_path / "inbox"], tmp_path / "out", exam)
    assert not (tmp_path / "out").exists()


def test_a_participant_can_check_the_form_before_handing_in(tmp_path, exam, scenes, capsys, monkeypatch):
    hand_in(tmp_path / "inbox" / "a", scenes[0])
    options = ["--task", "iclevr", "--scheme", str(exam.scheme), "--conditions", str(exam.conditions[0]), "--check"]
    assert main(["grade", str(tmp_path / "inbox"), *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["found"] == f"pictures exam: {COUNT}"
    (tmp_path / "inbox" / "a" / "exam" / "5.png").unlink()
    assert main(["grade", str(tmp_path / "inbox"), *options]) == 1
    assert "1 are missing: 5" in capsys.readouterr().out


def test_the_schema_of_the_manifest_is_printed(capsys):
    assert main(["grade", "--schema"]) == 0
    assert {"pictures", "weights", "onnx"} <= set(json.loads(capsys.readouterr().out)["properties"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["grade"], "no submission was given"),
        (["grade", "nowhere", "--out", "out"], "does not exist"),
        (["grade", "."], "--out is missing"),
        (["grade", ".", "--out", "out", "--task", "celeba-transfer"], "nothing to judge"),
        (["grade", ".", "--out", "out", "--jobs", "0"], "--jobs is 0"),
        (["pack", "nowhere", "--out", "a.tar"], "ending in .zip"),
    ],
)
def test_wrong_use_is_one_line_and_exits_with_2(arguments, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_packed_run_is_a_valid_submission(tmp_path):
    from hostile import weights
    from safetensors.torch import save_file

    run = tmp_path / "run"
    run.mkdir()
    save_file({name: tensor.contiguous() for name, tensor in weights().items()}, run / "generator.safetensors")
    extra = {
        "task": "iclevr",
        "budget": "short",
        "train_config": {},
        "data_label": "x",
        "data_digest": "0",
        "precision": "float32",
    }
    (run / "config.json").write_text(json.dumps(config() | extra))
    outcome = {"status": "finished", "images_seen": 1, "seconds": 1.0, "images_per_second": 1.0}
    (run / "outcome.json").write_text(json.dumps(outcome))
    for name in ("one.zip", "two.zip"):
        assert main(["pack", str(run), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assignment = grader.Grader(Asked(task="iclevr")).assignment
    answer = sandbox.look_at(
        tmp_path / "one.zip", assignment, grader.Grader(Asked(task="iclevr")).scheme.limits.limits()
    )
    assert (answer.status, answer.reason) == ("ready", "")
