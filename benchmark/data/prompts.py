"""Conditions in words: ``orange hair yellow eyes``, or ``red cube, gray sphere``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from benchmark.data.datasets import DataSet
from benchmark.data.disk_files import composed
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
    words = _spaced(prompt.replace("\n", ", "))
    return (_classes if dataset.kind == "multi_label" else _attributes)(dataset, words, whole)


def _classes(dataset: DataSet, words: str, _whole: bool) -> Tensor:
    (classes,) = dataset.attributes.values()
    condition = torch.zeros(len(classes), dtype=torch.uint8)
    for part in filter(None, (part.strip() for part in words.split(","))):
        if not _alike(part, classes):
            raise UsageError(f"{part!r} is no class; give some of {', '.join(classes)}, separated by commas")
        condition[_meant(part, classes)] = 1
    if not condition.any():
        raise UsageError(f"{words!r} names no class; give some of {', '.join(classes)}, separated by commas")
    return condition


def _attributes(dataset: DataSet, words: str, whole: bool) -> Tensor:
    left, chosen = f" {words.replace(',', ' ')} ", {}
    for attribute, values in dataset.attributes.items():
        named = "|".join(re.escape(_spaced(value)) for value in sorted(values, key=len, reverse=True))
        optional = "?" if len(dataset.attributes) == 1 else ""
        pattern = re.compile(rf" ({named})(?: {re.escape(_spaced(attribute))}){optional}(?= )", re.IGNORECASE)
        found = pattern.findall(left)
        if len(found) > 1:
            raise UsageError(f"{words!r} names {attribute} {len(found)} times; name it once")
        if not found and whole:
            raise UsageError(f"{words!r} names no {attribute}; give '<value> {attribute}', of {', '.join(values)}")
        if found:
            chosen[attribute] = _meant(found[0], values)
            left = pattern.sub("", left, count=1)
    if left.strip():
        raise UsageError(f"{left.strip()!r} is not understood; {_example(dataset)}")
    if not chosen:
        raise UsageError(f"{words!r} names no attribute; {_example(dataset)}")
    return torch.tensor([chosen.get(attribute, 0) for attribute in dataset.attributes], dtype=torch.uint8)


def _spaced(text: str) -> str:
    """Words with one blank between them, also where there is an underscore."""
    return " ".join(composed(text).replace("_", " ").split())


def _alike(word: str, names: Sequence[str]) -> list[int]:
    """The places of the names that a word spells, in capitals or not."""
    return [index for index, name in enumerate(names) if re.fullmatch(re.escape(_spaced(name)), word, re.IGNORECASE)]


def _meant(word: str, names: Sequence[str]) -> int:
    """The place of the name that a word spells; of several that differ in capitals, the one with the word's own.

    Raises:
        UsageError: the word could mean several.
    """
    alike = _alike(word, names)
    exact = [index for index in alike if _spaced(names[index]) == word]
    if len(exact or alike) > 1:
        listed = " or ".join(repr(names[index]) for index in alike)
        raise UsageError(f"{word!r} can mean {listed}; write the one that you mean as it stands there")
    return (exact or alike)[0]


def _example(dataset: DataSet) -> str:
    parts = [f"<{attribute}: {', '.join(values)}> {attribute}" for attribute, values in dataset.attributes.items()]
    return f"give {' '.join(parts)}"
