"""Images whose conditions a model cannot express: left out with the count, or else nothing changes."""

import dataclasses

import pytest
import torch
from builders.data import toy_data
from layers_of import NAMES, config_of

from benchmark.data.datasets import DATASETS
from benchmark.data.labels import EYES
from benchmark.data.packed import content_digest
from benchmark.definitions.model_data import expressible
from benchmark.definitions.model_settings import find_model

FACES = toy_data(DATASETS["anime-faces"])
GRAY = FACES.conditions[:, 1] == EYES.index("gray")
VARIANT = "cdcgan_pairs:without_gray_eyes"


def of_variant(data):
    return expressible(data, DATASETS[data.dataset], VARIANT, config_of(VARIANT))


def test_gray_eyes_are_left_out_for_the_model_that_has_no_pair_for_them_and_it_is_said(capsys):
    kept = of_variant(FACES)
    assert 0 < GRAY.sum() < len(FACES)
    assert kept.images_left_out == GRAY.sum()
    assert torch.equal(kept.images, FACES.images[~GRAY])
    assert torch.equal(kept.conditions, FACES.conditions[~GRAY])
    assert kept.names == tuple(name for name, gray in zip(FACES.names, GRAY, strict=True) if not gray)
    assert kept.title == f"toy without {GRAY.sum()} images"
    line = capsys.readouterr().err
    assert line.startswith(f"toy: {GRAY.sum()} of 96 images are left out, for {VARIANT} cannot express conditions")
    assert "gray eyes" in line


def test_what_is_left_has_the_digest_of_a_data_set_that_never_had_more():
    alone = dataclasses.replace(
        FACES, images=FACES.images[~GRAY], conditions=FACES.conditions[~GRAY], names=of_variant(FACES).names
    )
    assert of_variant(FACES).digest == content_digest(alone)
    assert of_variant(FACES).digest != content_digest(FACES)


def test_an_image_stays_in_its_split():
    kept = of_variant(FACES)
    names = {split: {FACES.names[i] for i in FACES.indices(split)} for split in ("train", "held_out")}
    assert all(kept.names[i] in names[split] for split in names for i in kept.indices(split))


def test_of_data_without_gray_eyes_nothing_is_left_out(capsys):
    """Course B's data has none."""
    course_b = dataclasses.replace(FACES, conditions=FACES.conditions.clamp(min=1))
    assert of_variant(course_b) is course_b
    assert (course_b.images_left_out, course_b.title) == (0, "toy")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", [name for name in NAMES if name != VARIANT])
def test_every_other_model_takes_the_data_as_it_is(name):
    kind = find_model(name)[0].condition_kinds[0]
    data = toy_data(DATASETS["iclevr" if kind == "multi_label" else "anime-faces"])
    data = data.unconditional() if kind == "none" else data
    assert expressible(data, DATASETS[data.dataset], name, config_of(name)) is data


def test_rows_of_condition_lists_are_left_out_like_images(capsys):
    """A list of which nothing is left is no more."""
    lists = {"mixed": torch.tensor([[3, 0], [4, 7]]), "gray": torch.tensor([[5, 0]]), "other": torch.tensor([[1, 2]])}
    clean = FACES.conditions.clamp(min=1)
    kept = of_variant(dataclasses.replace(FACES, conditions=clean, condition_lists=lists))
    assert {name: rows.tolist() for name, rows in kept.condition_lists.items()} == {
        "mixed": [[4, 7]],
        "other": [[1, 2]],
    }
    assert kept.images_left_out == 0
    assert kept.digest != FACES.digest
    assert "0 of 96 images" in capsys.readouterr().err
