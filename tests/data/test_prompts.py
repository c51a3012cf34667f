"""Conditions in words: read as they are written."""

import pytest
import torch

from benchmark.data.datasets import DATASETS
from benchmark.data.prompts import condition_of

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
