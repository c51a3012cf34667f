"""A record's condition scores broken down: parts add up to the whole, and agree with scikit-learn."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from builders.scorers import scorer_of
from PIL import Image
from sklearn.metrics import average_precision_score, confusion_matrix, f1_score

from benchmark.cli import main
from benchmark.commands.breakdown import by_draw, confusions, tables_of
from benchmark.data.datasets import dataset_of
from benchmark.records.per_sample import Answers, load_per_sample
from benchmark.records.store import load_record
from benchmark.scoring.from_logits import score_of
from benchmark.scoring.recording import record_references
from benchmark.tasks import TASKS

ICLEVR, FACES = TASKS["iclevr"], TASKS["anime-faces"]


def answers(task, draws=3, rows=40, seed=0):
    """Logits that are right more often than not."""
    rng, dataset = torch.Generator().manual_seed(seed), dataset_of(task)
    if dataset.kind == "multi_label":
        ranks = torch.rand(rows, 24, generator=rng).argsort(dim=1)
        conditions = (ranks < torch.randint(1, 4, (rows, 1), generator=rng)).to(torch.uint8)
        truth = conditions.float()
    else:
        conditions = torch.stack([torch.randint(s, (rows,), generator=rng) for s in dataset.sizes], dim=1).byte()
        pairs = zip(conditions.T.long(), dataset.sizes, strict=True)
        truth = torch.cat([torch.nn.functional.one_hot(column, size) for column, size in pairs], dim=1).float()
    logits = 3 * truth - 2 + 1.5 * torch.randn(draws, *truth.shape, generator=rng)
    return {"test": Answers(logits, conditions.expand(draws, -1, -1))}


@pytest.mark.parametrize("task", [ICLEVR, FACES], ids=["iclevr", "anime-faces"])
def test_a_record_has_its_answers_beside_it_and_breaks_down(task, tmp_path, capsys):
    scorer = scorer_of(task)
    path = record_references(scorer, tmp_path / "records")[-1]
    out = tmp_path / "out"
    assert main(["breakdown", str(path), "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= {"by class", "files"}
    assert all(pd.read_csv(file).shape[0] for file in found["files"] if file.endswith(".csv"))
    for file in found["files"]:
        if file.endswith(".png"):
            with Image.open(file) as image:
                assert image.width > 300
    requested = sum(row["requested"] for row in found["by class"])
    assert requested == load_record(path).scores[task.main_score].n * (1 if task is ICLEVR else 2)
    assert main(["breakdown", str(path)]) == 0
    assert "by class" in capsys.readouterr().out


def test_parts_by_number_of_objects_add_up_to_the_whole():
    given = answers(ICLEVR)
    rows = tables_of(ICLEVR, given).by_objects
    whole = tables_of(ICLEVR, given).by_class
    hits = sum(row["topk_accuracy"] * row["images"] * row["objects"] for row in rows)
    assert sum(row["images"] for row in rows) == 120
    assert all(row["topk_accuracy_low"] < row["topk_accuracy"] < row["topk_accuracy_high"] for row in [*rows, *whole])
    assert hits == pytest.approx(sum(row["topk_accuracy"] * row["requested"] for row in whole))


def test_draws_are_scored_apart_and_a_judge_that_forgets_some_varies():
    given = answers(ICLEVR)["test"]
    steady = Answers(given.logits[:1].expand(3, -1, -1), given.conditions)
    assert all(row["std"] == 0.0 and row["draws"] == 3 for row in by_draw(ICLEVR, {"test": steady}))
    row = by_draw(ICLEVR, {"test": given})[0]
    draws = [score_of(*pair, "topk_accuracy").value for pair in zip(given.logits, given.conditions, strict=True)]
    assert (row["lowest"], row["highest"]) == pytest.approx((min(draws), max(draws)))
    assert len(set(draws)) > 1
    assert (row["mean"], row["std"]) == pytest.approx((np.mean(draws), np.std(draws, ddof=1)))
    assert by_draw(ICLEVR, {"held_out": Answers(given.logits[:1], given.conditions[:1])}) == []


def test_classes_agree_with_scikit_learn():
    part = answers(ICLEVR)["test"]
    logits, requested = part.logits.flatten(0, 1).numpy(), part.conditions.flatten(0, 1).numpy()
    for index, row in enumerate(tables_of(ICLEVR, {"test": part}).by_class):
        assert row["f1"] == pytest.approx(f1_score(requested[:, index], logits[:, index] > 0))
        assert row["average_precision"] == pytest.approx(average_precision_score(requested[:, index], logits[:, index]))
        unrequested = requested[:, index] == 0
        assert row["spurious_object_rate"] == pytest.approx((logits[unrequested, index] > 0).mean())


def test_confusions_agree_with_scikit_learn():
    part = answers(FACES)["test"]
    logits, requested = part.logits.flatten(0, 1), part.conditions.flatten(0, 1)
    found = confusions(dataset_of(FACES), logits, requested)
    for column, (attribute, group) in enumerate(zip(("hair", "eyes"), logits.split([12, 11], dim=1), strict=True)):
        expected = confusion_matrix(requested[:, column], group.argmax(dim=1), labels=range(group.shape[1]))
        np.testing.assert_array_equal(found[attribute].numpy(), expected)


def test_missing_answers_and_tasks_without_conditions_are_refused(tmp_path, capsys):
    path = record_references(scorer_of(ICLEVR), tmp_path)[-1]
    assert set(load_per_sample(path).answers) == {"test", "new_test"}
    path.with_suffix(".safetensors").unlink()
    assert main(["breakdown", str(path)]) == 2
    plain = record_references(scorer_of(TASKS["anime-faces-unconditional"]), tmp_path)[-1]
    assert main(["breakdown", str(plain)]) == 2
    error = capsys.readouterr().err
    assert "score the run again into an empty folder" in error
    assert "has no conditions to break its scores down by" in error
