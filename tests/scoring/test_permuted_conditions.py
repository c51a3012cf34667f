"""The main condition score of images under each other's conditions, the floor of a generator that ignores them."""

import dataclasses

import pytest
import torch
from builders.scorers import scorer_of

from benchmark.scoring.from_logits import follows_from_answers, permuted_score
from benchmark.scoring.recording import untrained
from benchmark.tasks import TASKS
from evaluators.attribute_accuracy import JointAccuracy
from evaluators.base import Evaluator, JudgedEvaluator
from evaluators.intervals import share
from evaluators.object_scores import TopKAccuracy


class Looking(Evaluator):
    """The share of images that the judge takes for the first requested attribute, asked a few images at a time."""

    name, direction, unit, value_range, source = "looking", "higher", "fraction of images", (0.0, 1.0), "a toy"
    network, kind, condition_kinds = "judge", "condition", ("attributes",)

    def __init__(self, judge):
        self.judge, self.hits, self.shown = judge, [], []

    def update(self, images, condition, *, real):
        assert (images.dtype, images.ndim) == (torch.uint8, 4)
        logits = torch.cat([self.judge(few) for few in images.split(7)])
        self.hits.append(logits[:, :12].argmax(dim=1) == condition[:, 0])

    def compute(self):
        return share(torch.cat(self.hits))


class OfAnswers(JudgedEvaluator):
    """The same from the answers alone."""

    name, unit, source, condition_kinds = "of_answers", "fraction of images", "a toy", ("attributes",)

    def outcomes(self, logits, condition):
        return logits[:, :12].argmax(dim=1) == condition[:, 0]

    def compute(self):
        return share(self.seen())


def scored(task, evaluator=None):
    """A scorer whose task is about an evaluator, and what it finds of an untrained model."""
    if evaluator:
        own = {evaluator.name: evaluator}
        task = dataclasses.replace(task, own_evaluators=own, main_score=evaluator.name, headline=(evaluator.name,))
    scorer = scorer_of(task)
    return scorer, scorer.model_scores(untrained(scorer))


@pytest.mark.parametrize("task", ["iclevr", "anime-faces"])
def test_the_floor_is_the_one_that_a_record_s_answers_give(task):
    scorer, found = scored(TASKS[task])
    assert found.permuted == permuted_score(scorer.task, found.per_sample.answers)
    assert found.permuted.n == found.scores[TASKS[task].main_score].n


def test_an_evaluator_that_looks_at_images_is_shown_images_under_other_conditions():
    _, looking = scored(TASKS["anime-faces"], Looking)
    _, of_answers = scored(TASKS["anime-faces"], OfAnswers)
    assert looking.permuted == of_answers.permuted
    assert looking.scores["looking"].value == of_answers.scores["of_answers"].value


def test_only_what_reads_nothing_but_answers_is_computed_from_them():
    class Brightest(OfAnswers):
        def update(self, images, condition, *, real):
            super().update(images[images.flatten(1).amax(dim=1) > 0], condition, real=real)

    class OfFeatures(OfAnswers):
        network = "judge_features"

    found = {each: follows_from_answers(each) for each in (TopKAccuracy, JointAccuracy, OfAnswers)}
    assert all(found.values())
    assert not any(map(follows_from_answers, (Looking, Brightest, OfFeatures)))


def test_where_no_judge_answers_there_is_no_such_floor():
    _, found = scored(TASKS["anime-faces-unconditional"])
    assert found.permuted is None
    scorer = scorer_of(TASKS["anime-faces"])
    assert scorer.scores({"held_out": scorer.held_out}, None).permuted is None, "real images have no generator"
