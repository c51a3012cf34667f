"""Conditions in words: read as they are written."""

import dataclasses

import pytest
import torch

from benchmark.data.datasets import DATASETS
from benchmark.data.prompts import condition_of
from benchmark.errors import UsageError

FACES, SCENES = DATASETS["anime-faces"], DATASETS["iclevr"]


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_words_of_a_condition_give_the_condition_again(dataset):
    sizes = dataset.sizes
    for row in range(20):
        random = torch.Generator().manual_seed(row)
        if dataset.kind == "multi_label":
            condition = (torch.rand(sizes[0], generator=random) < 0.2).to(torch.uint8)
            condition[row % sizes[0]] = 1
        else:
            condition = torch.tensor([int(torch.randint(n, (1,), generator=random)) for n in sizes], dtype=torch.uint8)
        assert condition_of(dataset, dataset.describe(condition)).equal(condition)


def test_order_commas_and_capitals_do_not_matter():
    expected = condition_of(FACES, "blue hair green eyes")
    assert expected.tolist() == [8, 7]
    assert condition_of(FACES, "Green Eyes,\nBLUE hair").equal(expected)
    assert condition_of(SCENES, "red cube, cyan sphere").nonzero().flatten().tolist() == [1, 14]


def of_ones_own(kind, **attributes):
    return dataclasses.replace(FACES, kind=kind, attributes=attributes)


@pytest.mark.parametrize("words", ["light_blue hair_colour small size", "Light Blue hair colour, small size"])
def test_an_underscore_is_a_blank_in_names_as_in_words(words):
    mine = of_ones_own("attributes", hair_colour=("red", "light_blue"), size=("small", "blue"))
    assert condition_of(mine, words).tolist() == [1, 0]


@pytest.mark.parametrize("kind", ["attributes", "multi_label"])
def test_names_that_differ_in_capitals_alone_are_told_apart(kind):
    letters = ("A", "a", "b")
    found = [condition_of(of_ones_own(kind, letter=letters), word).tolist() for word in ("A", "a", "B")]
    assert found == ([[0], [1], [2]] if kind == "attributes" else [[1, 0, 0], [0, 1, 0], [0, 0, 1]])


def test_a_word_that_two_names_spell_alike_is_refused():
    with pytest.raises(UsageError, match="'LIGHT' can mean 'Light' or 'light'; write the one"):
        condition_of(of_ones_own("attributes", shade=("Light", "light")), "LIGHT")
