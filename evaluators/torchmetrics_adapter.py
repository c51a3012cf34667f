"""Any metric of torchmetrics as an evaluator: ``torchmetrics.classification:MultilabelHammingDistance:threshold=0.3``.

The input of a metric follows from the arguments of its constructor and of its ``update``:

- ``num_labels``: the judge's answers, for conditions that are a multi-hot.
- ``num_classes``: the judge's answers, for conditions that are attributes.
- ``update(images, real)``: generated images next to real ones.
- ``update(preds, target)`` of torchmetrics.image: pairs of a translation and its source.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from evaluators.torchmetrics_classes import ClassMean
from evaluators.torchmetrics_numbers import quiet
from evaluators.torchmetrics_scores import (
    AnswerMetric,
    Declared,
    ImageSetMetric,
    KnownFeatures,
    PairMetric,
    SetMetric,
)

if TYPE_CHECKING:
    from torchmetrics import Metric

BACKBONE = "efficientnet_lite0"
ANY = (-math.inf, math.inf)
RANGES = {  # of metrics whose numbers go beyond the bounds of torchmetrics, which are those of its plots
    "KernelInceptionDistance": ANY,  # unbiased: of equal distributions about every second estimate is below 0
    "PeakSignalNoiseRatio": ANY,
    "StructuralSimilarityIndexMeasure": (-1.0, 1.0),
    "UniversalImageQualityIndex": (-1.0, 1.0),
    "CohenKappa": (-1.0, 1.0),
    "MatthewsCorrCoef": (-1.0, 1.0),
    "SpectralAngleMapper": (0.0, math.pi),
    "CoverageError": (0.0, math.inf),
    "HingeLoss": (0.0, math.inf),
}
CLASSES = 10  # that a metric of labels is tried with where the task's are not known
OWN = (
    "num_labels",
    "num_classes",
    "feature",
    "sync_on_compute",
    "dist_sync_on_step",
)  # set here, not by users


def is_metric(found: object) -> bool:
    """True for a class of torchmetrics, and for a subclass of one."""
    if not inspect.isclass(found) or "torchmetrics" not in {base.__module__.split(".")[0] for base in found.__mro__}:
        return False
    from torchmetrics import Metric

    return issubclass(found, Metric)


def setting(text: str) -> tuple[str, Any]:
    """``threshold=0.3`` as name and value: a whole number, a number, true, false, or a text.

    Raises:
        ValueError: no ``=``, or no name before it.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise ValueError(f"{text!r} is no setting; write name=value, such as threshold=0.3")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, {"true": True, "false": False}.get(value.lower(), value)


def adapted(metric: type[Metric], settings: Mapping[str, Any], sizes: tuple[int, ...] = ()) -> type[Declared]:
    """An evaluator class of a metric, tried on a few made-up answers or images.

    Args:
        metric: of torchmetrics, or a subclass.
        settings: of its constructor.
        sizes: values of each attribute of the task, or its number of classes; () if they are not known.

    Raises:
        ValueError: the metric has no direction or other input, or refuses the settings; the message says which.
    """
    takes = _constructor(metric)
    if unknown := sorted(settings.keys() - takes.keys() | settings.keys() & set(OWN)):
        allowed = ", ".join(name for name in takes if name not in OWN) or "none"
        raise ValueError(f"{metric.__name__} has no setting {unknown[0]!r} to choose; there are: {allowed}")
    if metric.higher_is_better is None:
        raise ValueError(
            f"{metric.__name__} does not say whether higher is better, so it cannot rank; give a "
            "subclass of it that sets higher_is_better to True or False"
        )
    base = _kind(metric, takes)
    declared = type(metric.__name__, (base,), _declarations(metric, settings, base, sizes))
    try:
        _tried(declared, sizes or (CLASSES,))
    except Exception as error:  # other people's code, which raises anything for wrong settings
        raise ValueError(f"{metric.__name__}: {' '.join(str(error).split())[:300]}") from error
    return declared


def _constructor(metric: type[Metric]) -> dict[str, inspect.Parameter]:
    found = inspect.signature(metric.__init__).parameters
    return {name: each for name, each in found.items() if name != "self" and each.kind is not each.VAR_KEYWORD}


def _kind(metric: type[Metric], takes: Mapping[str, Any]) -> type[Declared]:
    """The base class for a metric's input."""
    shown = tuple(name for name in inspect.signature(metric.update).parameters if name != "self")
    if "real" in shown:
        return SetMetric if "feature" in takes else ImageSetMetric
    if shown[:2] == ("preds", "target") and ("num_labels" in takes or "num_classes" in takes):
        return AnswerMetric
    if shown == ("preds", "target") and metric.__module__.startswith("torchmetrics.image"):
        return PairMetric
    raise ValueError(
        f"{metric.__name__} takes {', '.join(shown) or 'nothing'}; give a metric of labels (with num_labels or "
        "num_classes), of images next to real ones, or of pairs of images"
    )


def _declarations(
    metric: type[Metric], settings: Mapping[str, Any], base: type[Declared], sizes: tuple[int, ...]
) -> dict[str, Any]:
    """The class body of an evaluator."""
    labels = "num_labels" in _constructor(metric)
    more: dict[str, Any] = {}
    made = settings
    if base is AnswerMetric:
        more = {"condition_kinds": ("multi_label",) if labels else ("attributes",), "sizes": () if labels else sizes}
        more["class_mean"] = ClassMean.of(metric, settings)
        made = dict(settings) | ({"average": "none"} if more["class_mean"] else {})
    version = importlib.metadata.version("torchmetrics")
    return more | {
        "name": _name(metric, settings, base),
        "direction": "higher" if metric.higher_is_better else "lower",
        "unit": f"{metric.__name__} of torchmetrics",
        "value_range": _range(metric),
        "source": f"torchmetrics {version}, {metric.__module__}.{metric.__name__}",
        "metric": metric,
        "make": staticmethod(_maker(metric, made, base, labels)),
        "__doc__": f"{metric.__module__}.{metric.__name__}.",
        "__module__": __name__,
    }


def _range(metric: type[Metric]) -> tuple[float, float]:
    """The numbers that a metric can be; of one that is not in ``RANGES``, the bounds of its plots."""
    names = [base.__name__ for base in metric.__mro__ if base.__module__.startswith("torchmetrics.")]
    known = (bounds for name in names for end, bounds in RANGES.items() if name.endswith(end))
    low, high = metric.plot_lower_bound, metric.plot_upper_bound
    plotted = -math.inf if low is None else float(low), math.inf if high is None else float(high)
    return next(known, plotted)


def _name(metric: type[Metric], settings: Mapping[str, Any], base: type[Declared]) -> str:
    """``kernel_inception_distance:feature=efficientnet_lite0``: what tables call the score."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", metric.__name__).lower()
    shown = dict(settings) | ({"feature": BACKBONE} if base is SetMetric else {})
    return ":".join([words, *(f"{name}={value}" for name, value in sorted(shown.items()))])


def _maker(
    metric: type[Metric], settings: Mapping[str, Any], base: type[Declared], labels: bool
) -> Callable[..., Metric]:
    first = {AnswerMetric: "num_labels" if labels else "num_classes", SetMetric: "feature"}.get(base)

    def make(*given: Any) -> Metric:  # noqa: ANN401
        with quiet():
            return metric(**dict(settings), **dict(zip([first], given, strict=False)), sync_on_compute=False)

    return make


def _tried(declared: type[Declared], sizes: tuple[int, ...]) -> None:
    """Make the metric; compute a metric of labels on a few made-up ones of each number of classes."""
    if issubclass(declared, AnswerMetric):
        for size in sizes:
            draws, target = torch.Generator().manual_seed(0), torch.arange(2 * size) % size
            answers = torch.rand(2 * size, size, generator=draws).softmax(dim=1)
            hot = torch.nn.functional.one_hot(target, size)
            declared.of_part(answers, target if "attributes" in declared.condition_kinds else hot)
    elif declared.network == "backbone":
        declared.make(KnownFeatures(torch.zeros(2, 4), 4))
    else:
        declared.make()
