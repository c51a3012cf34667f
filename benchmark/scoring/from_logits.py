"""Scores of what a judge has answered already."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from benchmark.records.per_sample import Answers, pooled
from benchmark.sampling import permutation
from benchmark.tasks import Task
from evaluators import EVALUATORS
from evaluators.base import Score


def score_of(logits: Tensor, conditions: Tensor, name: str) -> Score:
    """One evaluator's score of a judge's answers.

    Args:
        logits: float32 (N, K).
        conditions: uint8 (N, C).
        name: of an evaluator that uses a judge.
    """
    evaluator = EVALUATORS[name](lambda _: logits)
    evaluator.update(logits, conditions, real=False)
    return evaluator.compute()


def scores_of(task: Task, logits: Tensor, conditions: Tensor) -> dict[str, Score]:
    """The task's condition scores."""
    return {name: score_of(logits, conditions, name) for name in task.condition_scores}


def permuted_score(task: Task, answers: Mapping[str, Answers]) -> Score | None:
    """The main score of images under each other's conditions, in a fixed random order; None without conditions."""
    if not answers:
        return None
    logits, conditions = pooled(answers)
    return score_of(logits, conditions[permutation(0, len(conditions))], task.main_score)
