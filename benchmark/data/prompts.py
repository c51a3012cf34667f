"""Conditions in words: ``orange hair yellow eyes``, or ``red cube, gray sphere``."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from benchmark.data.datasets import DataSet
from benchmark.errors import UsageError


def condition_of(dataset: DataSet, prompt: str, *, whole: bool = True) -> Tensor:
    """The condition that words request: uint8 (C,), as the data set has it.

    Args:
        dataset: with attributes, of which each is named as ``<value> <attribute>`` (a single one also by its value
            alone), or with classes, which are separated by commas or new lines.
        prompt: the words, in capitals or not.
        whole: refuse words that leave an attribute out; else its first value stands for it.

    Raises:
        UsageError: the data set has no conditions, or a word is unknown, twice or missing.
    """
    if dataset.kind == "none":
        raise UsageError(f"{dataset.name} has no conditions here, so {prompt!r} says nothing; leave the words out")
    words = " ".join(prompt.lower().replace("_", " ").replace("\n", ", ").split())
    return (_classes if dataset.kind == "multi_label" else _attributes)(dataset, words, whole)


def _classes(dataset: DataSet, words: str, _whole: bool) -> Tensor:
    (classes,) = dataset.attributes.values()
    known = {name.lower().replace("_", " "): index for index, name in enumerate(classes)}
    condition = torch.zeros(len(classes), dtype=torch.uint8)
    for part in filter(None, (part.strip() for part in words.split(","))):
        if part not in known:
            raise UsageError(f"{part!r} is no class; give some of {', '.join(classes)}, separated by commas")
        condition[known[part]] = 1
    if not condition.any():
        raise UsageError(f"{words!r} names no class; give some of {', '.join(classes)}, separated by commas")
    return condition


def _attributes(dataset: DataSet, words: str, whole: bool) -> Tensor:
    left, chosen = f" {words.replace(',', ' ')} ", {}
    for attribute, values in dataset.attributes.items():
        named = "|".join(re.escape(value.lower()) for value in sorted(values, key=len, reverse=True))
        optional = "?" if len(dataset.attributes) == 1 else ""
        found = re.findall(rf" ({named})(?: {re.escape(attribute.lower())}){optional}(?= )", left)
        if len(found) > 1:
            raise UsageError(f"{words!r} names {attribute} {len(found)} times; name it once")
        if not found and whole:
            raise UsageError(f"{words!r} names no {attribute}; give '<value> {attribute}', of {', '.join(values)}")
        if found:
            lower = [value.lower() for value in values]
            chosen[attribute] = lower.index(found[0])
            left = re.sub(
                rf" {re.escape(found[0])}(?: {re.escape(attribute.lower())}){optional}(?= )", "", left, count=1
            )
    if left.strip():
        raise UsageError(f"{left.strip()!r} is not understood; {_example(dataset)}")
    if not chosen:
        raise UsageError(f"{words!r} names no attribute; {_example(dataset)}")
    return torch.tensor([chosen.get(attribute, 0) for attribute in dataset.attributes], dtype=torch.uint8)


def _example(dataset: DataSet) -> str:
    parts = [f"<{attribute}: {', '.join(values)}> {attribute}" for attribute, values in dataset.attributes.items()]
    return f"give {' '.join(parts)}"
