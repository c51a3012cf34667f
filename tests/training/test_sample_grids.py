"""Sample grids show conditions of all kinds, in whatever order the images lie."""

import dataclasses

import torch
from builders.data import toy_data
from builders.runs import narrow

from benchmark.data.datasets import dataset_of
from benchmark.definitions.model_settings import find_model, model_config
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training.sample_grids import IMAGES, grid_plan, save_grid, spread

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


def test_a_grid_leaves_the_random_state_alone_also_with_a_generator_that_draws_noise(tmp_path):
    """Else a run that was given a longer budget would draw other latents than one that had it from the beginning."""
    name = "cdcgan_pairs"
    model = find_model(name)[0](model_config(name, TASK, **narrow(name))).eval()
    noises = []
    model.generator.register_forward_hook(lambda *_: noises.append(torch.randn(3)))
    before = torch.random.get_rng_state()
    save_grid(
        model, model.generator, grid_plan(TASK, toy_data(dataset_of(TASK))), this_machine("cpu"), tmp_path / "a.png"
    )
    assert len(noises) == 1
    assert torch.equal(torch.random.get_rng_state(), before)
