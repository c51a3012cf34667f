"""Scores computed from logits that a judge has already given."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.plugins.evaluators import new_evaluator
from benchmark.records.per_sample import Answers, pool_answers
from benchmark.sampling import permutation
from benchmark.tasks import Task
from evaluators import EVALUATORS
from evaluators.base import Evaluator, Score, TooFewImagesError


def score_of(logits: Tensor, conditions: Tensor, name: str, *, resamples: int | None = None) -> Score:
    """One bundled evaluator's score of a judge's answers.

    Args:
        logits: float32 (N, K).
        conditions: uint8 (N, C).
        name: of an evaluator that uses a judge.
        resamples: of a bootstrap, where the evaluator has one and its interval does not matter; its own by default.
    """
    return _score(EVALUATORS[name], logits, conditions, resamples)


def _score(evaluator_class: type[Evaluator], logits: Tensor, conditions: Tensor, resamples: int | None = None) -> Score:
    evaluator = new_evaluator(evaluator_class, lambda _: logits)
    if resamples is not None and hasattr(evaluator, "resamples"):
        evaluator.inner.resamples = resamples
    evaluator.update(logits, conditions, real=False)
    return evaluator.compute()


def draws_of(answers: Answers, name: str) -> list[Score]:
    """One score for each latent draw of a part of the sample set, as :func:`score_of`."""
    return [score_of(*draw, name) for draw in zip(answers.logits, answers.conditions, strict=True)]


def scores_of(task: Task, logits: Tensor, conditions: Tensor) -> dict[str, Score]:
    """The task's condition scores."""
    return {name: _score(task.evaluator(name), logits, conditions) for name in task.condition_scores}


def permuted_score(task: Task, answers: Mapping[str, Answers]) -> Score | None:
    """The main condition score of images under each other's, in a fixed random order.

    Returns:
        None if no condition score is read from a judge's answers, or if the main one is refused for too few images.
    """
    if not answers or task.main_condition_score is None:
        return None
    logits, conditions = pool_answers(answers)
    evaluator = task.evaluator(task.main_condition_score)
    try:
        return _score(evaluator, logits, conditions[permutation(0, len(conditions))])
    except TooFewImagesError:
        return None
