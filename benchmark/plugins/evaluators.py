"""Evaluators as the scorer makes and asks them: a fault of a plug-in's, or a score that cannot be, is one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from benchmark.plugins.faults import faults_of, is_ours
from benchmark.plugins.loading import reference_of
from benchmark.plugins.scores import possible
from evaluators.base import Evaluator, Score, TooFewImagesError


def new_evaluator(evaluator: type[Evaluator], network: Callable[[Tensor], Any] | None = None) -> Guarded:
    """A new evaluator, behind a :class:`Guarded`.

    Args:
        evaluator: its class.
        network: the one that it names; None for an evaluator without.

    Raises:
        UsageError: its constructor raises.
    """
    given = () if evaluator.network == "none" else (network,)
    with faults_of(f"evaluator {reference_of(evaluator)}, made with {len(given)} arguments,", evaluator):
        return Guarded(evaluator, evaluator(*given))


def defining_class(evaluator: type[Evaluator]) -> type:
    """The class whose file says what an evaluator computes: its own, or the metric's of torchmetrics."""
    return getattr(evaluator, "metric", evaluator) if is_ours(evaluator) else evaluator


class Guarded:
    """An evaluator with all that it has, whose scores are checked, whoever wrote it.

    Faults of one of another package are UsageErrors that name it.

    Whether there are too few images is known when it computes, not when it sees a batch.

    Args:
        of: its class.
        inner: the evaluator.
    """

    def __init__(self, of: type[Evaluator], inner: Evaluator) -> None:
        self.of, self.inner = of, inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self.inner, name)

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        with faults_of(f"evaluator {reference_of(self.of)}, update,", self.of):
            self.inner.update(images, condition, real=real)

    def hold_out(self, images: Tensor) -> None:
        with faults_of(f"evaluator {reference_of(self.of)}, hold_out,", self.of):
            self.inner.hold_out(images)

    def compute(self) -> Score:
        with faults_of(f"evaluator {reference_of(self.of)}, compute,", self.of, (TooFewImagesError,)):
            score = self.inner.compute()
        return possible(score, self.of)
