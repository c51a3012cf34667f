"""Plug-ins by name: what is wrong with one is said in one line before any work, and nothing else is imported."""

import json
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest
import torch
from builders.plugins import plugin_file, toys  # noqa: F401 - fixtures

from benchmark.cli import main
from benchmark.definitions.lookup import find_task
from benchmark.definitions.model_settings import find_model, parts_of
from benchmark.errors import UsageError
from benchmark.plugins import loading
from benchmark.plugins.loading import load_plugin
from benchmark.system.files import file_sha256
from reference_models import MODELS

MODEL = """
from reference_models.budgets import Cycles
from reference_models.non_saturating import NonSaturatingGAN


class MyGAN(NonSaturatingGAN):
    name = "mine"
    source = "a test"
    condition_kinds = ("none",)
    budget = Cycles(3)


class NoName(NonSaturatingGAN):
    source, condition_kinds, budget = "a test", ("none",), Cycles(3)


class OddKind(MyGAN):
    condition_kinds = ("colours",)


class Stolen(MyGAN):
    name = "dcgan"


def function():
    pass
"""
EVALUATOR = """
from evaluators.base import Evaluator, FeaturedEvaluator


class Half(Evaluator):
    name, direction, unit, value_range, source, network = "half", "higher", "u", (0.0, 1.0), "s", "none"

    def update(self, images, condition, *, real):
        pass


class Sideways(FeaturedEvaluator):
    name, direction, unit, value_range, source = "sideways", "sideways", "u", (0.0, 1.0), "s"

    def compute(self):
        pass


class Stolen(Sideways):
    name, direction = "fid", "lower"


class Objects(Sideways):
    name, direction, condition_kinds = "objects", "lower", ("multi_label",)


class Judged(Sideways):
    name, direction, network = "judged", "lower", "judge"


class OfFaces(Sideways):
    name, direction, network = "of_faces", "lower", "detector"


class EmptySheets(Sideways):
    name, direction, images_of_a_unit = "empty_sheets", "lower", 0


class BestOfWords(Sideways):
    name, direction, best_value = "best_of_words", "lower", "sharp"


class Unbounded(Sideways):
    name, direction, value_range = "unbounded", "lower", (None, 1.0)


class OfVersionTwo(Sideways):
    name, direction, version = "of_version_two", "lower", "2"
"""
TASK = """
from benchmark.tasks import Task

def of(version):
    return Task(name="mine", dataset="anime-faces", models=("dcgan",), condition_kind="none", version=version,
                main_score="near_duplicate_rate", headline=("near_duplicate_rate",))

SECOND, TEXT, NONE, YES = of(2), of("2"), of(0), of(True)
"""


def refused(capsys, *words):
    """The one line that a command ends with, and exit code 2."""
    assert main(list(map(str, words))) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no_such_package.gans:MyGAN", "cannot import no_such_package.gans (ModuleNotFoundError: No module named"),
        ("broken_plugin:MyGAN", "cannot import broken_plugin (ValueError: two lines); fix that, install its package"),
        ("quits:MyGAN", "cannot import quits (SystemExit: 0); fix that"),
        ("my_plugin:YourGAN", "my_plugin has no 'YourGAN'; it has: MyGAN, NoName, OddKind, Stolen, function"),
        ("my_plugin:function", "is no class; give a subclass of reference_models.base.ConditionalGAN"),
        ("my_plugin:NoName", "lacks the declaration 'name'; give a name of 1 to 100 letters"),
        ("my_plugin:OddKind", "declares condition_kinds = ('colours',); give a tuple of 'multi_label', 'attributes'"),
        ("my_plugin:Stolen", "calls itself 'dcgan', as a bundled one is called; give it another name"),
        ("my_plugin:MyGAN:small", "no variant of my_plugin:MyGAN is called 'small'"),
    ],
)
def test_a_wrong_model_is_one_line_before_any_work(plugin_file, capsys, tmp_path, cache, name, words):  # noqa: F811
    plugin_file("my_plugin", MODEL)
    plugin_file("broken_plugin", "raise ValueError('two\\nlines')")
    plugin_file("quits", "raise SystemExit(0)")
    task = "anime-faces-unconditional"
    assert words in refused(capsys, "train", "--task", task, "--model", name, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert not cache.exists(), "no data was rendered"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("my_scores:Half", "lacks the method compute; write it, as its base class says"),
        ("my_scores:Sideways", "declares direction = 'sideways'; give one of 'higher', 'lower'"),
        ("my_scores:Stolen", "calls itself 'fid', as a bundled one is called"),
        ("my_scores:Objects", "is for conditions of kind multi_label; anime-faces-unconditional has none"),
        ("my_scores:Judged", "needs a judge, and anime-faces-unconditional has none"),
        ("my_scores:OfFaces", "lacks"),
        ("my_scores:EmptySheets", "declares images_of_a_unit = 0; give a whole number, 1 or more"),
        ("my_scores:BestOfWords", "declares best_value = 'sharp'; give a number, or None"),
        (
            "my_scores:Unbounded",
            "value_range = (None, 1.0); give a tuple of two numbers, the lower one first, -math.inf",
        ),
        ("my_scores:OfVersionTwo", "declares version = '2'; give a whole number, 1 or more"),
        ("joint_accuracy", "is for conditions of kind attributes; anime-faces-unconditional has none"),
        ("brightness", "no evaluator is called 'brightness'"),
    ],
)
def test_a_wrong_evaluator_is_one_line_before_any_work(plugin_file, capsys, tmp_path, cache, name, words):  # noqa: F811
    plugin_file("my_scores", EVALUATOR)
    given = ["--evaluator", name, "--task", "anime-faces-unconditional", "--out", tmp_path / "records"]
    if name == "my_scores:OfFaces":  # of a task without faces
        given[3], words = "iclevr", "looks for faces, and iclevr shows none"
    assert words in refused(capsys, "score", tmp_path / "drawn", *given)
    assert not (tmp_path / "records").exists()
    assert not cache.exists()


def test_a_task_without_a_whole_version_is_one_line_before_any_work(plugin_file, capsys, tmp_path, cache):  # noqa: F811
    plugin_file("my_tasks", TASK)
    assert find_task("my_tasks:SECOND").version == 2
    for name, version in (("TEXT", "'2'"), ("NONE", "0"), ("YES", "True")):
        words = ("train", "--task", f"my_tasks:{name}", "--model", "dcgan", "--out", tmp_path / "run")
        assert f"has version = {version}; give a whole number, 1 or more" in refused(capsys, *words)
    assert not cache.exists()


def test_a_module_and_its_class_come_before_variants_and_settings(plugin_file):  # noqa: F811
    plugin_file("my_plugin", MODEL)
    assert parts_of("my_plugin:MyGAN:small:channels=3") == ("my_plugin:MyGAN", ["small", "channels=3"])
    assert parts_of("a.b:MyGAN") == ("a.b:MyGAN", [])
    assert parts_of("dcgan:channels=3") == ("dcgan", ["channels=3"])
    assert parts_of("dcgam:channels=3") == ("dcgam", ["channels=3"])
    model_class, settings = find_model("my_plugin:MyGAN:batch_size=8")
    assert (model_class.name, settings) == ("mine", {"batch_size": 8})


def test_a_plug_in_says_its_file_and_the_package_that_it_came_with(plugin_file, toys):  # noqa: F811
    path = plugin_file("my_plugin", MODEL)
    alone = load_plugin("model", "my_plugin:MyGAN")
    installed = load_plugin("evaluator", "sklearn.metrics:accuracy_score")
    assert (alone.distribution, alone.version, alone.sha256) == (None, None, file_sha256(path))
    import sklearn

    assert (installed.distribution, installed.version) == ("scikit-learn", sklearn.__version__)


@pytest.mark.parametrize("editable", [True, False])
def test_a_plug_in_of_an_editable_package_says_so_by_its_folder(plugin_file, tmp_path, monkeypatch, editable):  # noqa: F811
    path = plugin_file("mine", "class Mine:\n    pass\n")
    about = tmp_path / "site" / "my_package-1.5.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.5\n")
    origin = {"url": path.parent.as_uri(), "dir_info": {"editable": editable}}
    (about / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.syspath_prepend(about.parent)
    found = load_plugin("model", "mine:Mine")
    assert (found.distribution, found.version) == (("my-package", "1.5") if editable else (None, None))


def test_nothing_is_imported_that_was_not_named(plugin_file, monkeypatch):  # noqa: F811
    plugin_file("my_plugin", MODEL)
    plugin_file("other_plugin", "raise RuntimeError('imported')")
    points = [
        EntryPoint(name, f"{module}:MyGAN", "cgan_bench.models")
        for name, module in (("mine", "my_plugin"), ("other", "other_plugin"))
    ]
    monkeypatch.setattr(loading, "entry_points", lambda group: EntryPoints(points).select(group=group))
    assert find_model("mine")[0].name == "mine"
    assert "other_plugin" not in sys.modules
    with pytest.raises(UsageError, match=r"cannot import other_plugin \(RuntimeError: imported\)"):
        find_model("other")


def test_two_packages_with_one_entry_point_are_told_apart_by_their_modules(plugin_file, monkeypatch):  # noqa: F811
    points = [EntryPoint("mine", f"{module}:MyGAN", "cgan_bench.models") for module in ("one", "two")]
    monkeypatch.setattr(loading, "entry_points", lambda group: EntryPoints(points).select(group=group))
    with pytest.raises(UsageError, match="several packages: one:MyGAN and two:MyGAN; name one of these instead"):
        find_model("mine")


def test_a_stranger_s_name_loads_no_plug_in(plugin_file):  # noqa: F811
    plugin_file("my_plugin", MODEL)
    with pytest.raises(UsageError, match="no model is called 'my_plugin:MyGAN'"):
        find_model("my_plugin:MyGAN", plugins=False)
    assert "my_plugin" not in sys.modules
    assert find_model("dcgan", plugins=False)[0] is MODELS["dcgan"]


def test_the_grader_loads_no_plug_in_that_a_submission_names(plugin_file, tmp_path):  # noqa: F811
    from builders.submissions import seen
    from hostile import config, weights, with_config

    from benchmark.grading.sandbox.answer import Rejected

    trace, folder = tmp_path / "trace", tmp_path / "handed_in"
    plugin_file("evil_plugin", f"open({str(trace)!r}, 'w').close()")
    folder.mkdir()
    torch.save(weights(), folder / "generator.pth")
    with_config(folder, config() | {"model": "evil_plugin:Evil"})
    with pytest.raises(Rejected, match="no model is called 'evil_plugin:Evil'"):
        seen(folder)
    assert not trace.exists()
    with pytest.raises(UsageError, match="has no 'Evil'"):
        load_plugin("model", "evil_plugin:Evil")
    assert trace.exists(), "it would have been"


def test_a_metric_of_torchmetrics_is_an_evaluator_by_name():
    from benchmark.definitions.lookup import with_evaluators
    from benchmark.tasks import TASKS

    name = "torchmetrics.classification:MultilabelHammingDistance"
    task = with_evaluators(TASKS["iclevr"], [f"{name}:threshold=0.3"])
    (score,) = set(task.condition_scores) - set(TASKS["iclevr"].condition_scores)
    assert task.evaluator(score).direction == "lower"
    assert [plugin.distribution for plugin in task.plugins] == ["torchmetrics"]
    assert [plugin.reference for plugin in task.plugins] == [f"{name}:threshold=0.3"], "its record names the setting"
    with pytest.raises(UsageError, match="anime-faces has attributes"):
        with_evaluators(TASKS["anime-faces"], [name])
    with pytest.raises(UsageError, match=r"did you mean 'MultilabelRecall'\? it has: AUROC, Accuracy, .*, \.\.\.$"):
        with_evaluators(TASKS["iclevr"], ["torchmetrics.classification:MultilabelRecal"])
    assert with_evaluators(TASKS["anime-faces"], ["torchmetrics.classification:MulticlassAccuracy:top_k=5"])
    with pytest.raises(UsageError, match="no setting 'colour'"):
        with_evaluators(TASKS["iclevr"], [f"{name}:colour=1"])
