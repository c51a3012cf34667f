"""Sample grids show conditions of all kinds, in whatever order the images lie."""

import dataclasses

import torch
from builders.data import toy_data

from benchmark.data.datasets import dataset_of
from benchmark.tasks import TASKS
from benchmark.training.sample_grids import IMAGES, grid_plan, spread

TASK = TASKS["anime-faces"]


def test_a_grid_of_images_in_the_order_of_their_labels_shows_all_labels():
    data = toy_data(dataset_of(TASK), count=2_000)
    in_order = dataclasses.replace(data, conditions=data.conditions[data.conditions[:, 0].sort().indices])
    hair = grid_plan(TASK, in_order).conditions[:, 0]
    assert len(hair) == IMAGES
    assert hair.unique().tolist() == list(range(12))


def test_indices_are_spread_over_all_and_fewer_are_all_taken():
    assert spread(torch.arange(100), 4).tolist() == [0, 25, 50, 75]
    assert spread(torch.arange(3), 4).tolist() == [0, 1, 2]
    assert spread(torch.arange(0), 4).tolist() == []
