"""Rates at which a judge finds the requested hair colour, the requested eye colour, and both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor

from evaluators.base import JudgedEvaluator, Score
from evaluators.intervals import share

SIZES = (12, 11)  # hair and eye colours; also the order of the judge's outputs


def attribute_hits(logits: Tensor, condition: Tensor, sizes: tuple[int, ...] = SIZES) -> Tensor:
    """Attributes of each image that a judge finds as requested: the largest output of each attribute's group.

    Args:
        logits: float (N, sum(sizes)), one group after another.
        condition: indices (N, len(sizes)), whole numbers below the sizes.
        sizes: classes of each attribute.

    Returns:
        bool (N, len(sizes)).

    Raises:
        ValueError: the shapes do not fit the sizes; the message gives them.
    """
    if tuple(logits.shape) != (len(condition), sum(sizes)) or tuple(condition.shape[1:]) != (len(sizes),):
        given = f"logits are {tuple(logits.shape)} and the condition is {tuple(condition.shape)}"
        raise ValueError(f"{given}; attributes of {sizes} values need (N, {sum(sizes)}) and (N, {len(sizes)})")
    answers = [group.argmax(dim=1) for group in logits.split(list(sizes), dim=1)]
    return torch.stack(answers, dim=1) == condition


class _AttributeAccuracy(JudgedEvaluator):
    """Share of images with every attribute of ``columns`` as requested."""

    columns: tuple[int, ...]
    condition_kinds = ("attributes",)
    condition_sizes = SIZES
    unit = "fraction of images"

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        return attribute_hits(logits, condition, self.condition_sizes)[:, self.columns].all(dim=1)

    def compute(self) -> Score:
        return share(self.seen())


class HairAccuracy(_AttributeAccuracy):
    """Share of images whose hair has the requested one of 12 colours."""

    name = "hair_accuracy"
    columns = (0,)
    source = "R1, claim 1.2, and R5, claim 5.3, which judge it by eye"


class EyeAccuracy(_AttributeAccuracy):
    """Share of images whose eyes have the requested one of 11 colours."""

    name = "eye_accuracy"
    columns = (1,)
    source = "R1, claim 1.2, and R5, claim 5.3, which judge it by eye"


class JointAccuracy(_AttributeAccuracy):
    """Share of images with both hair and eyes as requested."""

    name = "joint_accuracy"
    columns = (0, 1)
    source = "R1, claim 1.2, and R5, claim 5.3, which judge it by eye"


OWN = "the judge's most likely value is the one requested"


@cache
def accuracies_of(names: tuple[str, ...], sizes: tuple[int, ...]) -> Mapping[str, type[JudgedEvaluator]]:
    """Evaluators of any attributes: ``<attribute>_accuracy`` for each; of several also ``every_attribute_accuracy``.

    Args:
        names: of the attributes, in the order of the judge's outputs.
        sizes: number of values of each.
    """
    columns = {f"{name}_accuracy": (column,) for column, name in enumerate(names)}
    if len(names) > 1:
        columns["every_attribute_accuracy"] = tuple(range(len(names)))
    return {
        name: type(name, (_AttributeAccuracy,), {
            "__doc__": f"Share of images with the requested {name.removesuffix('_accuracy')}.", "name": name,
            "columns": chosen, "condition_sizes": sizes, "source": OWN,
        })
        for name, chosen in columns.items()
    }  # fmt: skip
