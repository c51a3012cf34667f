"""The mean over classes of a metric of torchmetrics, of those classes of which it has a number.

torchmetrics counts a class that no image requests as 0 in its means: its recall, and what is made of recall, is 0 / 0.
AUROC also has no meaning for a class that every image requests. With ``average="none"``, torchmetrics gives a
number for each class; the mean of those that have a meaning is taken here, as ``macro_f1`` takes it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor
from torch.nn.functional import one_hot

if TYPE_CHECKING:
    from torchmetrics import Metric

KNOW_ALL = (  # endings of metrics that have a number for a class that no image requests, too
    "MultilabelAccuracy",
    "MultilabelHammingDistance",
    "Specificity",
    "NegativePredictiveValue",
)
NEED_OTHERS = ("AUROC", "LogAUC")  # metrics that compare images that request a class with images that do not


@dataclass(frozen=True)
class ClassMean:
    """The mean of a metric's numbers of single classes."""

    average: Literal["macro", "weighted"]  # by the images that request a class
    needs_others: bool
    ignored: int | None  # ignore_index

    @classmethod
    def of(cls, metric: type[Metric], settings: Mapping[str, Any]) -> ClassMean | None:
        """The mean that a metric takes by its settings; None if it takes none, or has a number for every class."""
        takes = inspect.signature(metric.__init__).parameters
        if "average" not in takes or not metric.compute.__module__.startswith("torchmetrics."):
            return None
        names = [base.__name__ for base in metric.__mro__ if base.__module__.startswith("torchmetrics.")]
        average = settings.get("average", takes["average"].default)
        if average not in ("macro", "weighted") or any(name.endswith(KNOW_ALL) for name in names):
            return None
        return cls(average, any(name.endswith(NEED_OTHERS) for name in names), settings.get("ignore_index"))

    def requests(self, target: Tensor, size: int) -> Tensor:
        """Counts of the images that request each class: int64 (size,), 0 for one that is left out.

        Args:
            target: multi-hot (N, size), or int64 (N,) of classes.
            size: classes.
        """
        hot = target if target.ndim == 2 else one_hot(target, size)
        counted = (target != (-1 if self.ignored is None else self.ignored)).reshape(len(target), -1)
        some, others = ((counted & (hot == wanted)).sum(dim=0) for wanted in (1, 0))
        return some * (others > 0) if self.needs_others else some

    def mean(self, each: Tensor, target: Tensor) -> float:
        """The mean of the numbers (C,) of classes under some images' targets; NaN if all classes are left out."""
        requests = self.requests(target, len(each))
        kept = requests > 0
        weights = (requests if self.average == "weighted" else kept)[kept].to(each.dtype)
        return (each[kept] @ weights / weights.sum()).item()

    @property
    def missing(self) -> str:
        """The reason for which classes are left out."""
        return "requested by no image or by all" if self.needs_others else "requested by no image"
