"""Records of a task of one's own: broken down and checked as those of bundled tasks are, once the task is named."""

import json
import shutil
import sys
from dataclasses import replace

import pytest
import torch
from builders.commands import refused
from builders.forgeries import rewritten, with_tensors
from builders.scorers import scorer_of

from benchmark.cli import main
from benchmark.definitions.lookup import find_task, with_evaluators
from benchmark.scoring.recording import record_images, record_references
from evaluators import torchmetrics_scores

SIGNS = """
name = "signs"
kind = "attributes"
main_score = "every_attribute_accuracy"
evaluators = [
    "kid_efficientnet_lite0", "my_scores:Sure", "my_scores:Looking", "my_scores:Bright",
    "torchmetrics.classification:MulticlassAccuracy:average=micro",
]
judge = "j.safetensors"

[attributes]
shape = ["disc", "square"]
colour = ["red", "green", "blue"]

[lists]
second = [["disc", "blue"], ["square", "red"]]
first = [["square", "green"], ["disc", "red"]]
"""
SCORES = """
import torch
from evaluators.base import Evaluator, JudgedEvaluator, Score
from evaluators.intervals import mean


class Sure(JudgedEvaluator):
    name, unit, source, condition_kinds = "sure", "probability of the requested shape", "s", ("attributes",)

    def outcomes(self, logits, condition):
        return logits[:, :2].softmax(dim=1).gather(1, condition[:, :1].long())[:, 0]

    def compute(self):
        return Score(value=self.seen().mean().item(), n=len(self.seen()))


class Looking(Evaluator):
    name, direction, unit, value_range, source = "looking", "higher", "u", (0.0, 1.0), "s"
    network, kind = "judge", "condition"

    def __init__(self, judge):
        self.count = 0

    def update(self, images, condition, *, real):
        assert images.dtype == torch.uint8 and images.ndim == 4
        self.count += len(images)

    def compute(self):
        return Score(value=0.5, n=self.count)


class Bright(Looking):
    name, network, kind = "bright", "none", "fidelity"

    def __init__(self):
        self.found = []

    def update(self, images, condition, *, real):
        if not real:
            self.found.append(images.double().mean(dim=(1, 2, 3)) / 255)

    def compute(self):
        return mean(torch.cat(self.found), "images of mine", at_most=1.0)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a task file, its plug-ins, and records of its reference rows and of images drawn elsewhere."""
    folder = tmp_path_factory.mktemp("signs")
    (folder / "my_scores.py").write_text(SCORES)
    (folder / "signs.toml").write_text(SIGNS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(torchmetrics_scores, "RESAMPLES", 20)
        patch.setenv("CGAN_BENCH_CACHE", str(folder / "cache"))
        scorer = scorer_with_lists(find_task(str(folder / "signs.toml")))
        record_references(scorer, folder / "records")
        shades = torch.arange(len(scorer.samples), dtype=torch.uint8) % 3
        images = (10 * shades)[:, None, None, None].expand(-1, 3, 64, 64).contiguous()
        drawn = {part: images[rows.start : rows.stop] for part, rows in scorer.samples.parts.items()}
        record_images(scorer, "mine", drawn, folder / "records")
        yield folder
    sys.modules.pop("my_scores")


def scorer_with_lists(task):
    """A scorer of toy images, with the condition lists of the task file."""
    scorer = scorer_of(task)
    lists = {name: torch.from_numpy(rows) for name, rows in task.own_dataset.rendered_lists().items()}
    return replace(scorer, data=replace(scorer.data, condition_lists=lists))


def test_classes_of_any_name_break_down_with_a_score_that_was_asked_for(tmp_path, capsys):
    text = SIGNS[: SIGNS.index("evaluators")] + 'evaluators = ["micro_f1"]\njudge = "j.safetensors"\n'
    text += (
        '[attributes]\nthings = ["cup", "pen", "key"]\n[lists]\nb = [["cup"]]\na = [["pen", "key"], ["cup", "key"]]\n'
    )
    text = text.replace('"attributes"', '"multi_label"').replace("every_attribute_accuracy", "micro_f1")
    (path := tmp_path / "things.toml").write_text(text)
    task = with_evaluators(find_task(str(path)), ["mean_average_precision"])
    record = record_references(scorer_with_lists(task), tmp_path / "records")[-1]
    assert not any(checked(capsys, record.parent, "--task", path).values())
    assert main(["breakdown", str(record), "--task", str(path), "--out", str(tmp_path / "tables"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["score"] for row in found["by draw"]] == ["micro_f1", "mean_average_precision"]
    assert [(row["objects"], row["images"]) for row in found["by number of objects"]] == [(1, 2), (2, 4)]
    assert (tmp_path / "tables" / "confusion_things.csv").is_file()


@pytest.fixture
def signs(made, tmp_path):
    """The paths of the task file and of the record of images, next to the reference rows: a copy for this test."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "signs.toml", next((tmp_path / "records").glob("*-images-mine-*.json"))


def checked(capsys, *words):
    """Faults by file name; the exit code says whether there is one."""
    capsys.readouterr()
    code = main(["validate", *map(str, words), "--json"])
    found = {row["record"].rsplit("/", 1)[1]: row["faults"] for row in json.loads(capsys.readouterr().out)}
    assert code == int(any(found.values()))
    return found


def test_a_record_breaks_down_by_the_words_and_scores_of_its_task(signs, capsys, tmp_path):
    path, record = signs
    assert main(["breakdown", str(record), "--task", str(path), "--out", str(tmp_path / "tables"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["class"]: row["requested"] for row in found["by class"]} == {
        "disc shape": 4, "square shape": 4, "red colour": 4, "green colour": 2, "blue colour": 2,
    }  # fmt: skip
    scores = {"shape_accuracy", "colour_accuracy", "every_attribute_accuracy", "sure"}
    assert {row["score"] for row in found["by draw"]} == scores | {"multiclass_accuracy:average=micro"}
    assert (tmp_path / "tables" / "confusion_colour.png").is_file()


def test_a_record_whose_task_is_not_named_or_is_another_is_refused(signs, capsys, tmp_path):
    path, record = signs
    assert "task 'signs' is not bundled; give its file or plug-in with --task" in refused(capsys, "breakdown", record)
    (other := tmp_path / "other.toml").write_text(SIGNS.replace('"signs"', '"lamps"'))
    assert "task 'signs' is not 'lamps' of" in refused(capsys, "breakdown", record, "--task", other)
    path.write_text(SIGNS.replace('"blue"', '"azure"'))
    line = refused(capsys, "breakdown", record, "--task", path)
    assert f"task 'signs' was another one than {path} defines now" in line
    assert all("was another one than" in faults[-1] for faults in checked(capsys, record, "--task", path).values())


def test_whole_records_are_right_and_their_task_has_to_be_named(signs, capsys):
    path, record = signs
    assert len(found := checked(capsys, record.parent, "--task", path)) == 4
    assert not any(found.values()), found
    (faults,) = checked(capsys, record).values()
    assert faults == ["task 'signs' is not bundled; give its file or plug-in with --task"]


@pytest.mark.parametrize(
    ("score", "words"),
    [
        ("shape_accuracy", "but the judge's answers give"),
        ("sure", "but the judge's answers give"),
        ("multiclass_accuracy:average=micro", "but the judge's answers give"),
        ("kid_efficientnet_lite0", "but its images give"),
        ("bright", "but its images give"),
    ],
)
def test_a_number_that_was_changed_is_found(signs, capsys, score, words):
    path, record = signs
    changes = {"value": 0.75, "interval": [0.0, 1.0]}
    rewritten(record, lambda document: document["scores"][score].update(changes))
    (faults,) = checked(capsys, record, "--task", path).values()
    assert [fault for fault in faults if fault.startswith(f"{score} is 0.75, ") and words in fault]


def test_conditions_that_nobody_was_to_draw_are_found(signs, capsys):
    path, record = signs
    with_tensors(record, lambda tensors: tensors | {"conditions/first": tensors["conditions/first"].flip(1)})
    (faults,) = checked(capsys, record, "--task", path).values()
    assert "the conditions of first are not those of its protocol's other rows" in faults
