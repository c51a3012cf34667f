"""The contract of an evaluator: it sees real and generated images batch by batch, then gives one score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor

from evaluators.large_tensors import stacked


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number with its uncertainty over the images; it says nothing about other training seeds."""

    value: float
    n: int  # images, requested objects or pairs that were seen; a mean over faces alone may leave some of them out
    interval: tuple[float, float] | None = None  # 95 %
    method: str = "none"  # how the interval was found: "wilson", "bootstrap (20, seed 0)", ...
    groups: dict[str, float] = field(default_factory=dict)  # the same number for parts, such as condition lists
    # (N, 2): two numbers of each image or condition, such as hits and trials; the value is the ratio of their sums.
    # None where the value is no such ratio.
    outcomes: Tensor | None = field(default=None, compare=False, repr=False)
    # float64 (R,): the value of each bootstrap resample; equally many images are resampled alike. None with outcomes.
    resampled: Tensor | None = field(default=None, compare=False, repr=False)


class TooFewImagesError(ValueError):
    """A score would mean nothing with so few images; the message gives the numbers and what to do instead."""


# The network whose outputs an evaluator is made with, as its only argument: a function of uint8 (N, 3, S, S) images.
# It gives of a judge the logits, float (N, K): one of each class, or of each value of one attribute after another;
# softmax or sigmoid makes probabilities of them. "judge_features", "backbone", "inception": features, float (N, D).
# "detector": whether there is a face, bool (N,). "face_encoder": whose it is, float (N, 128), NaN without a face.
# "none": the evaluator is made without arguments.
Network = Literal["judge", "judge_features", "backbone", "inception", "detector", "face_encoder", "none"]
# condition: a judge looks for what was requested; transfer: pairs of a source and its translation; face: a detector
# looks for faces; fidelity: generated images next to real ones.
Kind = Literal["condition", "transfer", "face", "fidelity"]


class Evaluator(ABC):
    """Sees real and generated images batch by batch, then gives one score.

    A subclass declares what its number means; the record and the leaderboard read it from here
    and from nowhere else. One instance serves one run: it is made, updated, computed, dropped.
    """

    name: ClassVar[str]  # column in the leaderboard, key in the record
    direction: ClassVar[Literal["higher", "lower"]]  # which is better
    unit: ClassVar[str]
    value_range: ClassVar[tuple[float, float]]
    source: ClassVar[str]  # paper and reference implementation
    network: ClassVar[Network]
    kind: ClassVar[Kind] = "fidelity"
    condition_kinds: ClassVar[tuple[str, ...]] = ("multi_label", "attributes", "none")  # of tasks that show it
    condition_sizes: ClassVar[tuple[int, ...] | None] = None  # of attributes that it has a meaning for; None: any
    inputs: ClassVar[tuple[str, ...]] = ("latents", "images")  # of the generators that it scores
    # The share of images that repeat each other, or the distance to the data; one evaluator of each tells a collapse.
    tells_collapse: ClassVar[Literal["repetition", "distance"] | None] = None
    best_value: ClassVar[float | None] = None  # of a score that gets worse on either side of it
    images_of_a_unit: ClassVar[int] = 1  # consecutive images that depend on each other, such as those of one sheet
    has_independent_images: ClassVar[bool] = True  # False: two runs are not compared image by image
    # True for a share of the real images. Its interval is over them, while the generated images are fixed: it does not
    # say how much the score would differ for other generated images.
    is_over_real_images: ClassVar[bool] = False
    depends_on_count: ClassVar[bool] = False  # its expected value depends on the number of images
    version: ClassVar[int] = 1  # raise it when the same images would score differently

    @abstractmethod
    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        """Take in one batch.

        Args:
            images: uint8 (N, 3, S, S), 0 to 255.
            condition: as the data set hands it over: multi-hot (N, classes), or value indices
                (N, attributes); what the images show (real) or were to show (generated).
            real: True if the batch comes from the data set, False if it comes from the generator.
        """

    def hold_out(self, images: Tensor) -> None:
        """Take in a batch of real images that no generator was trained on; most evaluators have no use for them.

        Args:
            images: uint8 (N, 3, S, S), 0 to 255.
        """
        return

    @abstractmethod
    def compute(self) -> Score:
        """The score of everything seen so far.

        Raises:
            TooFewImagesError: of either kind; the message gives both numbers.
        """


class FeaturedEvaluator(Evaluator):
    """Keeps the features of all images.

    Args:
        features: maps uint8 (N, 3, S, S) images to float (N, D) features.
    """

    network = "backbone"

    def __init__(self, features: Callable[[Tensor], Tensor]) -> None:
        self.features = features
        self._features: dict[bool, list[Tensor]] = {True: [], False: []}

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        self._features[real].append(self.features(images).cpu())

    def real(self) -> Tensor:
        """Features of all real images so far: float64 (N, D)."""
        return stacked(self._features[True])

    def generated(self) -> Tensor:
        """Features of all generated images so far: float64 (M, D)."""
        return stacked(self._features[False])


def check_images(name: str, real: int, generated: int, least: int) -> None:
    """Raise TooFewImagesError, giving both numbers, if there are fewer than ``least`` images of either kind."""
    if min(real, generated) < least:
        raise TooFewImagesError(
            f"{name} saw {real} real and {generated} generated images; it needs at least {least} of each"
        )


def check_generated(name: str, generated: int, least: int = 1) -> None:
    """Raise TooFewImagesError, giving the number, if there are fewer than ``least`` generated images."""
    if generated < least:
        raise TooFewImagesError(f"{name} saw {generated} generated images; it needs at least {least}")


class JudgedEvaluator(Evaluator):
    """Keeps one row of outcomes per generated image, which follows from the judge's logits and the condition alone.

    Unless a subclass has an ``update`` of its own, its score can be computed again from the logits that lie next to a
    record: ``breakdown`` and ``validate`` do so.

    Args:
        judge: maps uint8 (N, 3, S, S) images to float (N, K) logits; several evaluators may share one.
    """

    direction = "higher"
    network = "judge"
    kind = "condition"
    value_range = (0.0, 1.0)

    def __init__(self, judge: Callable[[Tensor], Tensor]) -> None:
        self.judge = judge
        self._outcomes: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        if not real:
            logits = self.judge(images)
            self._outcomes.append(self.outcomes(logits, condition.to(logits.device)).cpu())

    @abstractmethod
    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        """One row of values per generated image: (N, ...), of any dtype; the score follows from all rows."""

    def seen(self) -> Tensor:
        """The outcomes of all generated images so far, in order.

        Raises:
            TooFewImagesError: there were none.
        """
        check_generated(self.name, sum(map(len, self._outcomes)))
        return torch.cat(self._outcomes)
