"""Conditions in words, as people type them: the inverse of ``DataSet.describe``."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.data.datasets import DataSet
from benchmark.errors import UsageError


def encode(dataset: DataSet, words: str) -> Tensor:
    """A condition in words: uint8 (classes,) multi-hot, or (attributes,) indices.

    Args:
        dataset: says which words there are.
        words: of objects "red cube, blue sphere"; of attributes "blue hair green eyes", in any order. Commas, new lines
            and capitals do not matter.

    Raises:
        UsageError: a word is unknown, an attribute is missing, or something is there twice; the allowed are named.
    """
    groups = phrases(dataset)
    found = _found(words, [phrase for group in groups for phrase in group])
    if dataset.kind == "multi_label":
        (group,) = groups
        return torch.tensor([phrase in found for phrase in group], dtype=torch.uint8)
    chosen = [[index for index, phrase in enumerate(group) if phrase in found] for group in groups]
    for name, indices in zip(dataset.attributes, chosen, strict=True):
        if len(indices) != 1:
            raise UsageError(f"condition {words!r} names {len(indices)} values of {name}; name one of each attribute")
    return torch.tensor([index for (index,) in chosen], dtype=torch.uint8)


def phrases(dataset: DataSet) -> list[list[str]]:
    """The words of each class, in lower case; of each attribute's values in turn."""
    if dataset.kind == "multi_label":
        return [[value.lower() for value in values] for values in dataset.attributes.values()]
    return [[f"{value} {name}".lower() for value in values] for name, values in dataset.attributes.items()]


def _found(words: str, known: list[str]) -> list[str]:
    """The known phrases that the words consist of."""
    left, found = words.lower().replace(",", " ").split(), []
    while left:
        match = [phrase for phrase in known if left[: len(phrase.split())] == phrase.split()]
        if not match or match[0] in found:
            what = f"{match[0]!r} is there twice" if match else f"{' '.join(left[:2])!r} is unknown"
            raise UsageError(f"condition {words!r}: {what}; known: {', '.join(known) or 'none, for it has none'}")
        found.append(match[0])
        del left[: len(match[0].split())]
    return found
