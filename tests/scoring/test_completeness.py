"""A record that is there counts only if it has everything that would be measured now."""

import dataclasses

import pytest
import torch
from builders.scorers import scorer_of

from benchmark.records.store import check_per_sample, load_record
from benchmark.scoring.recording import record_images, record_references
from benchmark.scoring.scorer import Scorer
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.tasks import TASKS

FEW = ("topk_accuracy", "kid_efficientnet_lite0")
MORE = (*FEW, "micro_f1", "near_duplicate_rate")


def scorer_with(shown, second=None):
    """A toy scorer of a task that shows some scores; with a second judge of that hash."""
    task = dataclasses.replace(TASKS["iclevr"], shown=shown, headline=FEW[:1])
    scorer = scorer_of(task)
    judge = second and {"second_judge": ScoringNetwork("second", second, scorer.networks["judge"].compute)}
    return dataclasses.replace(scorer, networks=scorer.networks | (judge or {}))


def written(folder, scorer):
    """The records of the same images and of the reference rows, by name; what lies next to them is theirs."""
    drawn = {part: torch.zeros(len(rows), 3, 64, 64, dtype=torch.uint8) for part, rows in scorer.samples.parts.items()}
    paths = record_images(scorer, "mine", drawn, folder)
    records = {path: load_record(path) for path in paths}
    assert all(check_per_sample(path, record) for path, record in records.items())
    return {(record.images or record.reference).name: record for record in records.values()}


def given(record):
    """The names of all scores, refused ones included."""
    return {*record.scores, *record.refused}


def test_a_record_without_a_score_of_now_is_measured_again_and_a_line_says_why(tmp_path, capsys):
    written(tmp_path, scorer_with(FEW))
    capsys.readouterr()
    found = written(tmp_path, scorer_with(MORE))
    said = capsys.readouterr().err
    assert {name: given(record) for name, record in found.items()} == {
        "mine": {*MORE}, "real": {*MORE}, "untrained": {*MORE}, "shuffled": {"topk_accuracy", "micro_f1"},
    }  # fmt: skip
    assert "-images-mine-" in said
    assert "lacks micro_f1, near_duplicate_rate; it is measured again" in said
    assert "lacks micro_f1; it is measured again" in said
    assert len(list(tmp_path.glob("*.json"))) == 4


def test_a_record_with_more_than_that_is_kept(tmp_path, capsys, monkeypatch):
    before = written(tmp_path, scorer_with(MORE, "7" * 64))
    monkeypatch.setattr(Scorer, "scores", lambda *_: pytest.fail("scored again"))
    assert written(tmp_path, scorer_with(MORE, "7" * 64)) == before
    assert written(tmp_path, scorer_with(FEW)) == before
    assert "measured again" not in capsys.readouterr().err


@pytest.mark.parametrize("before", [None, "6" * 64])
def test_a_record_without_the_second_judge_of_now_is_measured_again(tmp_path, capsys, before):
    written(tmp_path, scorer_with(FEW, before))
    found = written(tmp_path, scorer_with(FEW, "7" * 64))
    assert all(record.scores["topk_accuracy"].second.judge_sha256 == "7" * 64 for record in found.values())
    assert capsys.readouterr().err.count("lacks the second judge second; it is measured again") == 4


def test_the_untrained_row_of_another_model_is_measured_again(tmp_path, capsys):
    scorer = scorer_with(FEW)
    record_references(scorer, tmp_path)
    first = dataclasses.replace(scorer.task, models=("acgan_iclevr", *scorer.task.models))
    paths = record_references(dataclasses.replace(scorer, task=first), tmp_path)
    assert load_record(paths[-1]).reference.description.startswith("acgan_iclevr before its first update")
    said = capsys.readouterr().err
    assert said.count("measured again") == 1
    assert "is of cdcgan_iclevr before its first update, seed 0, now it is acgan_iclevr before" in said
