"""The Python API: typed results, the commands' own errors, and an import that costs nothing."""

import inspect
import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
from builders.plugins import toys  # noqa: F401 - a fixture

import benchmark as cgan
from benchmark import tasks
from benchmark.errors import UsageError
from benchmark.plugins.naming import name_of, names_of
from benchmark.records.record import Record
from benchmark.scoring import external_samples
from benchmark.training.run_config import Outcome

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"
TASK, MODEL = "cgan_bench_toys.tasks:SHADES", "cgan_bench_toys.gans:ToyGAN"


def test_importing_it_loads_neither_torch_nor_anything_else_of_the_project():
    code = (
        "import sys; before = set(sys.modules); import benchmark as cgan; cgan.train; "
        "loaded = {name for name in set(sys.modules) - before if name.split('.')[0] in ('torch', 'numpy', 'pandas')}; "
        "print(sorted(loaded)); print(sorted(name for name in dir(cgan) if name in cgan.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ["compare", "grade", "leaderboard", "sample", "score", "train"]
    assert done.stdout.splitlines() == ["[]", str(names)]


def test_the_way_from_a_training_to_a_table(toys, tmp_path, capsys, monkeypatch):  # noqa: F811
    monkeypatch.setattr(tasks, "STANDARD", replace(tasks.STANDARD, fidelity=500, reference=1_000))
    monkeypatch.setattr(external_samples, "STANDARD", tasks.STANDARD)
    outcome = cgan.train(TASK, MODEL, tmp_path / "run", budget=2, tensorboard=True)
    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.step) == ("finished", 2)
    assert any((tmp_path / "run/tensorboard").iterdir())

    drawn = cgan.sample(tmp_path / "run", tmp_path / "drawn")
    assert drawn.images == len(list(drawn.folder.rglob("*.png"))) == 500

    scored = cgan.score(tmp_path / "run", tmp_path / "records")
    assert isinstance(scored.record, Record)
    assert 0 < scored.record.scores["brightness"].value < 1
    assert scored.references.keys() == {"real", "untrained"}

    images = cgan.score(drawn.folder, tmp_path / "records", task=TASK, name="again")
    assert images.record.scores["brightness"].value == scored.record.scores["brightness"].value

    table = cgan.leaderboard(tmp_path / "records", tmp_path / "tables")
    assert isinstance(table, pd.DataFrame)
    names = {path.name for path in (tmp_path / "tables").iterdir()}
    assert names == {"shades.md", "shades.csv", "shades.json", "shades.tex", "index.html"}, "as the command writes"
    row = table[table["name"] == MODEL].iloc[0]
    assert (row["rank"], row["updates"]) == (1, 2)
    assert row["brightness"] == scored.record.scores["brightness"].value

    compared = cgan.compare(tmp_path / "records", tmp_path / "records")
    assert compared.compared[0].changes[0].name == "brightness"
    assert not compared.failed
    assert capsys.readouterr().out == ""


def test_its_errors_are_the_commands_own(tmp_path):
    with pytest.raises(UsageError, match="no task is called 'iclever'; did you mean 'iclevr'"):
        cgan.train("iclever", "dcgan", tmp_path / "run")
    with pytest.raises(UsageError, match="give one thing to score: a run folder, images, or --generator"):
        cgan.score(out=tmp_path / "records")
    with pytest.raises(UsageError, match=r"readme is README\.md without out"):
        cgan.leaderboard(tmp_path, readme="README.md")
    with pytest.raises(UsageError, match=r"page is page\.html without out"):
        cgan.leaderboard(tmp_path, page="page.html")
    with pytest.raises(UsageError, match="--csv is 'blackboard'; give moodle, canvas, plain"):
        cgan.grade([tmp_path], "iclevr", tmp_path / "grades", csv=["blackboard"])
    with pytest.raises(UsageError, match="--executor is 'cloud'; give local or ray"):
        cgan.grade([tmp_path], "iclevr", tmp_path / "grades", executor="cloud")
    with pytest.raises(AttributeError, match="has no attribute 'trains'"):
        cgan.trains  # noqa: B018


def test_a_text_is_one_thing_and_not_its_letters(tmp_path):
    with pytest.raises(UsageError, match=r"xyz\.zip does not exist"):
        cgan.grade(str(tmp_path / "xyz.zip"), "iclevr", tmp_path / "grades")
    with pytest.raises(UsageError, match=r"xyz\.json"):
        cgan.grade([EXAMPLES / "images.zip"], "iclevr", tmp_path / "grades", conditions=tmp_path / "xyz.json")
    with pytest.raises(UsageError, match="--csv is 'blackboard'; give moodle, canvas, plain"):
        cgan.grade([tmp_path], "iclevr", tmp_path / "grades", csv="blackboard")
    with pytest.raises(UsageError, match="no evaluator is called 'contrast'"):
        cgan.score(tmp_path, tmp_path / "records", task="iclevr", name="mine", evaluators="contrast")


def test_a_class_stands_for_its_name(toys, tmp_path):  # noqa: F811
    from cgan_bench_toys.gans import ToyGAN
    from cgan_bench_toys.scores import Brightness
    from cgan_bench_toys.tasks import SHADES

    from evaluators.frechet import FrechetDistanceEfficientNetLite0
    from reference_models import MODELS

    assert name_of("model", ToyGAN) == MODEL
    assert name_of("model", MODELS["dcgan"]) == "dcgan"
    assert names_of("evaluator", Brightness) == ("cgan_bench_toys.scores:Brightness",)
    assert names_of("evaluator", [FrechetDistanceEfficientNetLite0, "kid"]) == ("fd_efficientnet_lite0", "kid")
    assert cgan.train(TASK, ToyGAN, tmp_path / "run", budget=1).step == 1
    assert json.loads((tmp_path / "run/config.json").read_text())["model"] == MODEL
    with pytest.raises(UsageError, match=r"task is of type Task; give a name, or package\.module:Object"):
        cgan.train(SHADES, ToyGAN, tmp_path / "other")


def test_a_class_that_nothing_can_import_again_is_refused_with_the_remedy(tmp_path):
    class MyGAN:
        pass

    with pytest.raises(UsageError, match=r"no other process can import; .* give package\.module:MyGAN"):
        cgan.train("iclevr", MyGAN, tmp_path / "run")
    with pytest.raises(UsageError, match="model is of type MyGAN; give a name"):
        cgan.train("iclevr", MyGAN(), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_completion_offers_what_a_person_may_use():
    assert dir(cgan) == ["__version__", *cgan.__all__]


def defaults(function):
    """Options of a function with their defaults; a list that may be left out counts as one without entries."""
    found = {name: one.default for name, one in inspect.signature(function).parameters.items()}
    return {name: default or None if default in ((), None) else default for name, default in found.items()}


def test_options_that_are_left_out_mean_the_same_as_for_the_commands():
    from benchmark.cli import comparison, grading, results, runs  # noqa: F401 - the verbs
    from benchmark.commands.compare import Tolerance
    from benchmark.grading.request import GradingRequest

    parts = (grading.Input, grading.Scoring, grading.Work, grading.Output)
    options = {name: value for part in parts for name, value in defaults(part).items()} | {
        "each_is_one": defaults(grading.Input)["one"]
    }
    mine = defaults(cgan.grade)
    assert mine["only_changed"] is True
    assert mine.keys() - {"paths", "task", "out"} == {one.name for one in fields(GradingRequest)} - {"task"}
    assert {name: options[name] for name in mine.keys() & options.keys() - {"out"}} == {
        name: mine[name] for name in mine.keys() & options.keys() - {"out"}
    }
    for name in ("train", "sample", "score"):
        verb, function = defaults(getattr(runs, name)), defaults(getattr(cgan, name))
        same = verb.keys() & function.keys() - {"out"}
        assert {option: verb[option] for option in same} == {option: function[option] for option in same}, name
    assert defaults(cgan.compare)["tolerance"] == Tolerance().score
    assert defaults(cgan.compare)["speed_tolerance"] == Tolerance().speed


def test_grades_are_a_frame_and_a_second_call_keeps_what_did_not_change(tmp_path):
    (tmp_path / "students.csv").write_text("id,name\n0042,Images\nnothing,Bob\n")
    submission, out = EXAMPLES / "images.zip", tmp_path / "grades"
    options = {"roster": tmp_path / "students.csv", "csv": ["plain"]}
    book = cgan.grade([submission], "iclevr", out, **options)
    assert dict(zip(book["id"], book["status"], strict=True)) == {"images": "graded", "nothing": "missing"}
    assert list(book["student id"]) == ["0042", "nothing"]
    assert "Bob" in (out / "plain.csv").read_text(encoding="utf-8")
    kept = {path: path.stat().st_mtime_ns for path in (out / "seen").glob("*.safetensors")}
    again = cgan.grade([submission], "iclevr", out, **options)
    assert again.equals(book)
    assert kept
    assert kept == {path: path.stat().st_mtime_ns for path in (out / "seen").glob("*.safetensors")}


def test_the_package_of_tables_is_a_function_too():
    import benchmark.leaderboard.output_files  # noqa: F401 - as a program that has used the package

    with pytest.raises(UsageError, match="is not a folder"):
        cgan.leaderboard(Path("nowhere"))
