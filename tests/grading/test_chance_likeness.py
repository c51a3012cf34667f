"""Flags of repeated images and of copies: chance likenesses raise none, however many draws there are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from benchmark.data.datasets import DATASETS
from benchmark.grading.evidence.chance import FEW, most_copies, most_repeated, single_objects
from benchmark.grading.evidence.fingerprints import groups_of_same
from benchmark.grading.evidence.flags import TrainingImages, copies_training, repeats_itself
from benchmark.grading.evidence.near_duplicates import copied_from, sketches
from benchmark.grading.marking.marking import Marks, image_names

RENDER = DATASETS["iclevr"].render
TRAINING = RENDER(range(300), 0)[0].numpy()  # a third of them has one object, a third two, a third three
KNOWN = TrainingImages(sketches(TRAINING), [f"scene_{index}" for index in range(len(TRAINING))])
CALLED = [f"image_{index}" for index in range(32)]  # of images that are handed in
CONDITIONS = 32


@cache
def rendered(count, objects):
    """New scenes of so many objects, and what they show."""
    return RENDER(range(30_000 + objects - 1, 30_000 + objects - 1 + 3 * count, 3), 0)


def drawn(draws, *, single):
    """Scenes rendered anew, of which so many conditions request one object and the others three."""
    one, three = rendered(draws * single, 1), rendered(CONDITIONS - single, 3)
    three = (part.repeat_interleave(draws, dim=0) for part in three)  # alike, and a fraction of the time
    images, conditions = (torch.cat(parts) for parts in zip(one, three, strict=True))
    return Marks(images.numpy(), conditions.to(torch.uint8), conditions.float(), {}, draws)


def flags(marks):
    """Both flags of one list."""
    first = groups_of_same(marks.images[:: marks.draws])
    single = single_objects(marks.conditions[:: marks.draws], "multi_label")
    called = image_names(marks, CALLED)
    return (
        repeats_itself("test", marks, first, single, called),
        copies_training("test", marks, first, single, called, KNOWN),
    )


@pytest.mark.parametrize(("draws", "single"), [(1, 6), (10, 6), (40, 6), (1, CONDITIONS), (10, CONDITIONS)])
def test_scenes_that_are_rendered_anew_are_not_flagged_whatever_the_number_of_draws(draws, single):
    marks = drawn(draws, single=single)
    assert flags(marks) == (None, None)
    if draws == 40 or (draws > 1 and single == CONDITIONS):  # a count of all draws would have flagged them
        assert (copied_from(marks.images, KNOWN.sketches) >= 0).sum() > FEW


@pytest.mark.parametrize("draws", [1, 10])
def test_training_images_are_flagged_and_named_mirrored_or_not_whatever_the_number_of_draws(draws):
    marks = drawn(draws, single=6)
    marks.images[: 3 * draws : draws] = TRAINING[2:11:3]
    assert flags(marks)[1] is None
    marks.images[: 12 * draws : draws] = TRAINING[2:38:3]
    marks.images[12 * draws : 27 * draws : draws] = TRAINING[41:86:3, ..., ::-1]
    evidence = flags(marks)[1].evidence
    first, second = ("image_0", "image_1") if draws == 1 else ("0", "10")
    found = f"27 of 32 different images are copies of training data: {first} of 'scene_2', {second} of 'scene_5', "
    assert evidence.startswith(f"test: {found}")
    marks.images[: 12 * draws] = marks.images[12 * draws : 24 * draws]  # the mirrored ones
    mirrored = flags(marks)[1].evidence
    assert f"{first} of 'scene_41', {second} of 'scene_44', " in mirrored
    assert evidence.endswith("the first counts") == (draws > 1)


def test_a_collapsed_generator_that_hits_a_training_image_by_chance_is_no_copier():
    marks = drawn(1, single=6)
    marks.images[:] = TRAINING[2]
    repeated, copied = flags(marks)
    assert repeated.evidence == "test: 32 of 32 images are the same as another, such as image_0 and image_1"
    assert copied is None


@pytest.mark.parametrize("draws", [1, 10])
def test_one_image_for_many_conditions_is_flagged_and_for_a_few_not(draws):
    marks = drawn(draws, single=6)
    marks.images[: FEW * draws : draws] = TRAINING[2]
    assert flags(marks)[0] is None
    marks.images[: 16 * draws : draws] = np.repeat(TRAINING[2:14:3], 4, axis=0)
    some = "image_0 and image_1" if draws == 1 else "0 and 10"
    assert f"16 of 32 images are the same as another, such as {some}" in flags(marks)[0].evidence


def test_the_number_by_chance_grows_with_the_conditions_of_one_object():
    none, all_single = np.zeros(CONDITIONS, dtype=bool), np.ones(CONDITIONS, dtype=bool)
    assert (most_copies(none), most_copies(all_single), most_copies(np.ones(3, dtype=bool))) == (5, 10, FEW)
    assert (most_repeated(none), most_repeated(all_single)) == (FEW, 10)


def test_conditions_that_are_no_lists_of_objects_request_no_single_one():
    conditions = torch.tensor([[1, 0], [2, 5]], dtype=torch.uint8)
    assert single_objects(conditions, "attributes").tolist() == [False, False]
    assert single_objects(conditions.clamp(max=1), "multi_label").tolist() == [True, False]
