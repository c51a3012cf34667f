"""Condition scores over one pass: of all parts together, of each part alone, and by a second judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import torch
from torch import Tensor

from benchmark.records.per_sample import Answers
from benchmark.sampling import permutation
from benchmark.scoring.image_sets import Images
from evaluators.base import Evaluator, Score, TooFewImagesError
from evaluators.intervals import SecondOpinion, second_opinion


class ConditionScore:
    """One score's evaluators, for one pass over the images of all parts.

    Args:
        make: a new evaluator.
        parts: names of the parts.
        second: a new one with the second judge; None where there is none.
    """

    def __init__(self, make: Callable[[], Evaluator], parts: Sequence[str], second: Evaluator | None) -> None:
        self._total = make()
        self._each = {part: make() for part in parts} if len(parts) > 1 else {}
        self._second = second

    def evaluators_for(self, part: str) -> list[Evaluator]:
        """This score's evaluators that take in the images of a part."""
        return [each for each in (self._total, self._each.get(part), self._second) if each is not None]

    def compute(self) -> Score:
        """The score of all parts; if there are several, its groups have the score of each that has enough images.

        Raises:
            TooFewImagesError: all parts together have too few.
        """
        score, each = self._total.compute(), {}
        for part, single in self._each.items():
            with suppress(TooFewImagesError):
                each[part] = single.compute().value
        return replace(score, groups=score.groups | each)

    def opinion(self, first: Score) -> SecondOpinion | None:
        """The second judge's value next to the first one's; None without a second judge, or if its score is refused."""
        if self._second is None:
            return None
        try:
            return second_opinion(first, self._second.compute())
        except TooFewImagesError:
            return None


def evaluators_for_part(judged: Mapping[str, ConditionScore], part: str) -> list[Evaluator]:
    """The evaluators of all scores that take in the images of a part."""
    return [evaluator for each in judged.values() for evaluator in each.evaluators_for(part)]


class WithPermutedConditions:
    """An evaluator that is shown each image with another's condition, through the interface of an evaluator.

    Args:
        evaluator: a new one.
        parts: the sets of images that it will be shown, in this order; all conditions are permuted together.
    """

    def __init__(self, evaluator: Evaluator, parts: Iterable[Images]) -> None:
        conditions = torch.cat([part.conditions for part in parts])
        self._evaluator, self._left = evaluator, conditions[permutation(0, len(conditions))]

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        """Take in one batch."""
        others, self._left = self._left.tensor_split([len(images)])
        self._evaluator.update(images, others, real=real)

    def compute(self) -> Score | None:
        """The score; None if it is refused for too few images."""
        try:
            return self._evaluator.compute()
        except TooFewImagesError:
            return None


class JudgeAnswers:
    """The judge's answers to one part's images, collected through the interface of an evaluator.

    Args:
        judge: maps uint8 (N, 3, S, S) images to (N, K) logits.
    """

    def __init__(self, judge: Callable[[Tensor], Tensor]) -> None:
        self.judge = judge
        self._logits: list[Tensor] = []
        self._conditions: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        """Take in one batch."""
        self._logits.append(self.judge(images).float())
        self._conditions.append(condition)

    def answers(self, draws: int) -> Answers:
        """The answers, by draw of the part's conditions."""
        logits, conditions = torch.cat(self._logits), torch.cat(self._conditions)
        return Answers(logits.unflatten(0, (draws, -1)), conditions.unflatten(0, (draws, -1)))


class FirstImages:
    """The first images of a pass, collected through the interface of an evaluator."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._images: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        """Take in one batch."""
        missing = self.count - sum(map(len, self._images))
        if missing > 0:
            self._images.append(images[:missing])

    @property
    def images(self) -> Tensor:
        """The images: uint8 (N, 3, S, S)."""
        return torch.cat(self._images)
