"""Evaluators around a metric of torchmetrics: of the judge's answers, of pairs of images, of sets of images.

``torchmetrics_adapter.adapted`` makes the classes that are used; they know their metric.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from evaluators.base import Evaluator, FeaturedEvaluator, JudgedEvaluator, Score, TooFewImagesError
from evaluators.image_translation import TransferEvaluator, paired
from evaluators.intervals import bootstrap_values, middle95

if TYPE_CHECKING:
    from torchmetrics import Metric

RESAMPLES = 200
GROUPS = 20
T95 = 2.093024054408263  # Student's t with one degree of freedom fewer than groups holds 95 % within so much


class Declared(Evaluator):
    """Base of the classes that ``adapted`` makes of a metric."""

    make: ClassVar[Callable[..., Metric]]  # a new metric

    def score(self, value: float, n: int, interval: tuple[float, float] | None, method: str, **more: Any) -> Score:  # noqa: ANN401
        """The score, its interval within the metric's range.

        Raises:
            TooFewImagesError: the value is no number, as of classes that were never requested.
        """
        if not math.isfinite(value):
            raise TooFewImagesError(f"{self.name} of {n} images is {value}; it needs more images")
        low, high = self.value_range
        within = interval and (max(low, min(interval[0], value)), min(high, max(interval[1], value)))
        return Score(value=value, n=n, interval=within, method=method, **more)


class AnswerMetric(Declared, JudgedEvaluator):
    """A metric of the judge's answers and the requested labels, with the basic bootstrap over images.

    A multi-label metric gets probabilities (sigmoid) and the multi-hot; a multi-class one gets the probabilities
    (softmax) and the requested value of each attribute, and the score is the mean over the attributes. Some
    resamples have no number, as if all images are of one class; those are left out.

    Source of the interval: Davison & Hinkley 1997, "Bootstrap methods and their application", eq. 5.6.
    """

    sizes: ClassVar[tuple[int, ...]]  # values of each attribute; () for a multi-hot

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        """Logits, then the condition: float (N, K + C)."""
        return torch.cat([logits.float(), condition.float()], dim=1)

    def compute(self) -> Score:
        seen = self.seen()
        value = self.of(seen)
        resampled = bootstrap_values(
            lambda times: self.of(seen.repeat_interleave(times, dim=0)), len(seen), resamples=RESAMPLES
        )
        known = resampled[resampled.isfinite()]
        if 2 * len(known) < RESAMPLES:
            return self.score(value, len(seen), None, f"none: {len(known)} of {RESAMPLES} resamples have a number")
        low, high = middle95(known)
        interval = 2 * value - high, 2 * value - low
        if len(known) == RESAMPLES:
            method = f"basic bootstrap over images ({RESAMPLES}, seed 0)"
            return self.score(value, len(seen), interval, method, resampled=resampled)
        method = f"basic bootstrap over images ({len(known)} of {RESAMPLES} resamples, seed 0)"
        return self.score(value, len(seen), interval, method)

    def of(self, seen: Tensor) -> float:
        """The score of some images, (M, K + C)."""
        if not self.sizes:
            logits, condition = seen.chunk(2, dim=1)
            return result_of(self.make(logits.shape[1]), logits.sigmoid(), condition.long())
        logits, condition = seen[:, : sum(self.sizes)].split(self.sizes, dim=1), seen[:, sum(self.sizes) :].long()
        found = [
            result_of(self.make(size), part.softmax(dim=1), column)
            for size, part, column in zip(self.sizes, logits, condition.unbind(dim=1), strict=True)
        ]
        return sum(found) / len(found)


class PairMetric(Declared, TransferEvaluator):
    """A metric of pairs of a translation and its source, float32 (N, 3, S, S) in [0, 1]."""

    network = "none"
    made = "redrawn"

    def __init__(self) -> None:
        self._images: dict[bool, list[Tensor]] = {True: [], False: []}

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        self._images[real].append(images.cpu())

    def compute(self) -> Score:
        sources, made = (images.float() / 255 for images in paired(self.name, self._images))
        groups = [
            _updated(self.make(), *pair) for pair in zip(_groups(made), _groups(sources), strict=True) if len(pair[0])
        ]
        return self.score(*jackknifed(self.make(), groups, len(made)))


class SetMetric(Declared, FeaturedEvaluator):
    """A metric of generated images next to real ones, in the features of EfficientNet-Lite0."""

    def compute(self) -> Score:
        return self._compute(self.real().float(), self.generated().float())

    def _compute(self, real: Tensor, generated: Tensor) -> Score:
        if min(len(real), len(generated)) < 2:
            raise TooFewImagesError(f"{self.name} saw {len(real)} real and {len(generated)} generated images")
        start = self.metric_of(real, real=True, width=real.shape[1])
        groups = [self.metric_of(rows, real=False, width=real.shape[1]) for rows in _groups(generated) if len(rows)]
        return self.score(*jackknifed(start, groups, len(generated)))

    def metric_of(self, rows: Tensor, *, real: bool, width: int) -> Metric:
        """A new metric, updated with some images as features of them."""
        known = KnownFeatures(rows, width)
        return _updated(self.make(known), torch.zeros(len(rows), 3, 1, 1, dtype=torch.uint8), real=real)


class ImageSetMetric(SetMetric):
    """A metric of generated images next to real ones, uint8 (N, 3, S, S), with features of its own."""

    network = "none"

    def __init__(self) -> None:
        super().__init__(lambda images: images)

    def compute(self) -> Score:
        return self._compute(*(torch.cat(self._features[real]) for real in (True, False)))

    def metric_of(self, rows: Tensor, *, real: bool, width: int) -> Metric:
        return _updated(self.make(), rows, real=real)


class KnownFeatures(nn.Module):
    """A feature extractor that returns features computed before, for any images."""

    def __init__(self, rows: Tensor, width: int) -> None:
        super().__init__()
        self.rows, self.num_features = rows, width

    def forward(self, images: Tensor) -> Tensor:
        return self.rows


def result_of(metric: Metric, *shown: Tensor) -> float:
    """The number that a metric gives of one batch."""
    return number(_updated(metric, *shown))


def number(metric: Metric) -> float:
    """A metric's number; of the pair of a mean and a standard deviation, the mean. The same each time.

    Raises:
        TooFewImagesError: the metric refuses what it was shown, as fewer images than its ``subset_size``.
        ValueError: it gives several numbers.
    """
    with quiet(), torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        try:
            found = metric.compute()
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise TooFewImagesError(f"{type(metric).__name__} refuses these images: {reason}") from error
    found = found[0] if isinstance(found, tuple) else found
    if not isinstance(found, Tensor) or found.numel() != 1:
        given = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
        raise ValueError(f"it gives {given}; choose settings that give one number, such as average=macro")
    return found.item()


def jackknifed(start: Metric, groups: Sequence[Metric], n: int) -> tuple[float, int, tuple[float, float] | None, str]:
    """Value, images, interval and method of a metric whose states add up, each group of images left out once.

    The standard error is itself an estimate, of few groups, so the interval is Student's t.

    Args:
        start: has seen what is in no group.
        groups: each has seen its images alone.
        n: images in all groups.

    Source: Shao & Wu 1989, "A general theory for jackknife variance estimation", eq. 1.3.
    """
    value = number(_merged(start, groups))
    if len(groups) < GROUPS:
        return value, n, None, "none: fewer images than groups to leave out"
    left = [number(_merged(start, [*groups[:i], *groups[i + 1 :]])) for i in range(len(groups))]
    each = torch.tensor(left, dtype=torch.float64)
    half = T95 * math.sqrt((len(left) - 1) * each.var(correction=0).item())
    method = f"{T95:.2f} jackknife standard errors over {len(left)} groups of images (Student's t)"
    return value, n, (value - half, value + half), method


@contextmanager
def quiet():  # noqa: ANN201
    """Without torchmetrics' remarks on memory and on classes that were not requested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _merged(start: Metric, groups: Sequence[Metric]) -> Metric:
    total = copy.deepcopy(start)
    for group in groups:
        total.merge_state(group)
    return total


def _updated(metric: Metric, *shown: Tensor, **more: bool) -> Metric:
    with quiet(), torch.no_grad():
        metric.update(*shown, **more)
    return metric


def _groups(rows: Tensor) -> list[Tensor]:
    """The rows in 20 groups of about one size: row i is in group i modulo 20."""
    return [rows[first::GROUPS] for first in range(GROUPS)]
