"""Images that show none of the classes: no judge can be right about them, so they are refused before any work."""

import dataclasses

import pytest
from builders.data import toy_data
from builders.scorers import MACHINE

from benchmark.commands.judge import check, train
from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError
from benchmark.scoring.judges import judgeable
from benchmark.scoring.scorer import scorer_of
from benchmark.tasks import TASKS
from evaluators.judges.training import JudgeSettings

ICLEVR = TASKS["iclevr"]
WORDS = "toy has 2 images of 96 without any of the classes, first '5'; a judge needs one in each: label them, or leave"


def data_without(rows):
    """Packed images of which some show nothing."""
    data = toy_data(dataset_of(ICLEVR))
    conditions = data.conditions.clone()
    conditions[rows] = 0
    return dataclasses.replace(data, conditions=conditions)


def test_they_are_counted_and_the_first_is_named():
    with pytest.raises(UsageError, match=WORDS):
        judgeable(ICLEVR, data_without([5, 60]))
    judgeable(ICLEVR, data_without([]))


def test_a_task_without_a_judge_may_have_them():
    judgeable(dataclasses.replace(ICLEVR, judge=None), data_without([5, 60]))


def test_the_first_value_of_an_attribute_is_a_label():
    task = TASKS["anime-faces"]
    data = toy_data(dataset_of(task))
    data.conditions[3] = 0
    judgeable(task, data)


def test_every_way_to_a_judge_refuses_them(monkeypatch, tmp_path):
    data = data_without([5, 60])
    for place in (train, check):
        monkeypatch.setattr(place, "open_data", lambda *_: data)
    ways = [
        lambda: scorer_of(ICLEVR, data, "smoke", MACHINE),
        lambda: check.check_judge("iclevr", "toy", "all", None),
        lambda: train.train("iclevr", ["toy"], "1/1", tmp_path / "j.safetensors", 0, JudgeSettings(updates=1)),
    ]
    for way in ways:
        with pytest.raises(UsageError, match=WORDS):
            way()
