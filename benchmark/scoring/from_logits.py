"""Scores computed from logits that a judge has already given."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from torch import Tensor

from benchmark.plugins.evaluators import new_evaluator
from benchmark.records.per_sample import Answers, pool_answers
from benchmark.sampling import permutation
from benchmark.tasks import Task
from evaluators import EVALUATORS
from evaluators.base import Evaluator, JudgedEvaluator, Score, TooFewImagesError


def score_of(logits: Tensor, conditions: Tensor, name: str, *, resamples: int | None = None) -> Score:
    """One bundled evaluator's score of a judge's answers; see :func:`score_by`."""
    return score_by(EVALUATORS[name], logits, conditions, resamples)


def score_by(
    evaluator_class: type[Evaluator], logits: Tensor, conditions: Tensor, resamples: int | None = None
) -> Score:
    """An evaluator's score of a judge's answers.

    Args:
        evaluator_class: one that :func:`follows_from_answers`.
        logits: float32 (N, K).
        conditions: uint8 (N, C).
        resamples: of a bootstrap, where the evaluator has one and its interval does not matter; its own by default.
    """
    evaluator = new_evaluator(evaluator_class, lambda _: logits)
    if resamples is not None and hasattr(evaluator, "resamples"):
        evaluator.inner.resamples = resamples
    evaluator.update(logits, conditions, real=False)
    return evaluator.compute()


def follows_from_answers(evaluator: type[Evaluator]) -> bool:
    """True for an evaluator that reads nothing but the judge's logits and the conditions, so that these suffice.

    Of an image itself a record keeps nothing. An evaluator of another package that looks at images has an ``update``
    of its own.
    """
    return (
        issubclass(evaluator, JudgedEvaluator)
        and evaluator.network == "judge"
        and evaluator.update is JudgedEvaluator.update
    )


def answered_scores(task: Task) -> tuple[str, ...]:
    """The task's condition scores that follow from the judge's answers."""
    return tuple(name for name in task.condition_scores if follows_from_answers(task.evaluator(name)))


def draws_of(answers: Answers, name: str) -> list[Score]:
    """One score for each latent draw of a part of the sample set, as :func:`score_of`."""
    return [score_of(*draw, name) for draw in zip(answers.logits, answers.conditions, strict=True)]


def scores_of(task: Task, logits: Tensor, conditions: Tensor) -> dict[str, Score]:
    """The task's condition scores that follow from the judge's answers, without those that are refused for too few."""
    found = {}
    for name in answered_scores(task):
        with suppress(TooFewImagesError):
            found[name] = score_by(task.evaluator(name), logits, conditions)
    return found


def permuted_score(task: Task, answers: Mapping[str, Answers]) -> Score | None:
    """The main condition score of images under each other's, in a fixed random order, as the scorer computed it.

    Args:
        task: any whose main condition score :func:`follows_from_answers`.
        answers: of its judge.

    Returns:
        None if no condition score is read from a judge's answers, or if the main one is refused for too few images.
    """
    if not answers or task.main_condition_score is None:
        return None
    logits, conditions = pool_answers(answers)
    evaluator = task.evaluator(task.main_condition_score)
    try:
        return score_by(evaluator, logits, conditions[permutation(0, len(conditions))])
    except TooFewImagesError:
        return None
