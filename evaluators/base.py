"""The contract of an evaluator: it sees real and generated images batch by batch, then gives one score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number with its uncertainty over the images; it says nothing about other training seeds."""

    value: float
    n: int  # what the value is an average over: images, asked objects
    interval: tuple[float, float] | None = None  # 95 %
    method: str = "none"  # how the interval was found: "wilson", "bootstrap (20, seed 0)", ...
    groups: dict[str, float] = field(default_factory=dict)  # the same number for parts, such as condition lists
    outcomes: Tensor | None = field(default=None, compare=False, repr=False)  # (N, 2): of each image, or condition, two
    # numbers whose sums' ratio is the value, such as hits and trials; None where the value is no such ratio
    resampled: Tensor | None = field(default=None, compare=False, repr=False)  # float64 (R,): the value of bootstrap
    # resamples, which are the same for as many other images; None where there are outcomes


class TooFewImagesError(ValueError):
    """A score would mean nothing with so few images; the message gives the numbers and what to do instead."""


Network = Literal["judge", "judge_features", "backbone", "inception", "detector", "none"]


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
    network: ClassVar[Network]  # what it is made with: see there
    version: ClassVar[int] = 1  # raise it when the same images would score differently

    @abstractmethod
    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        """Take in one batch.

        Args:
            images: uint8 (N, 3, S, S), 0 to 255.
            condition: as the data set hands it over: multi-hot (N, classes), or value indices
                (N, attributes); what the images show (real) or were asked to show (generated).
            real: whether the batch comes from the data set or from the generator.
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
