"""Conditions in words: read as they are written, and refused where they cannot be meant."""

import pytest
import torch

from benchmark.data.condition_words import encode
from benchmark.data.datasets import DATASETS
from benchmark.errors import UsageError

FACES, SCENES, PHOTOGRAPHS = DATASETS["anime-faces"], DATASETS["iclevr"], DATASETS["celeba"]


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_words_of_a_condition_give_the_condition_again(dataset):
    sizes = dataset.sizes
    for row in range(20):
        random = torch.Generator().manual_seed(row)
        if dataset.kind == "multi_label":
            condition = (torch.rand(sizes[0], generator=random) < 0.2).to(torch.uint8)
        else:
            condition = torch.tensor([int(torch.randint(n, (1,), generator=random)) for n in sizes], dtype=torch.uint8)
        assert encode(dataset, dataset.describe(condition)).equal(condition)


def test_order_commas_and_capitals_do_not_matter():
    expected = encode(FACES, "blue hair green eyes")
    assert expected.tolist() == [8, 7]
    assert encode(FACES, "Green Eyes,\nBLUE hair").equal(expected)
    assert encode(SCENES, "red cube, cyan sphere").nonzero().flatten().tolist() == [1, 14]


@pytest.mark.parametrize(
    ("dataset", "words", "message"),
    [
        (FACES, "blue hair", "names 0 values of eyes; name one of each attribute"),
        (FACES, "blue hair red hair red eyes", "names 2 values of hair"),
        (FACES, "blue hair blue hair red eyes", "'blue hair' is there twice"),
        (FACES, "silver hair red eyes", "'silver hair' is unknown; known: orange hair, white hair"),
        (SCENES, "red cube blue", "'blue' is unknown; known: gray cube"),
        (PHOTOGRAPHS, "red_hair", "known: black_hair, blond_hair"),
        (FACES.unconditional(), "red hair", "known: none, for it has none"),
    ],
)
def test_words_that_cannot_be_meant_are_refused_with_the_allowed(dataset, words, message):
    with pytest.raises(UsageError, match=message):
        encode(dataset, words)
