"""Eyes of two colours: on drawn faces whose eyes are alike, and on the same with another iris on one side."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmark.data.labels import EYES
from benchmark.data.synthetic.anime_faces import draw, traits_of
from benchmark.scoring import judges
from benchmark.tasks import TASKS
from evaluators.eye_colours import TwoColouredEyesRate, mirrored_halves


def faces(shift):
    """Drawn faces whose right eye is ``shift`` colours further than the left one."""
    images = []
    for index in range(60):
        traits = traits_of(index, seed=11)
        left, right = (draw(replace(traits, eyes=(traits.eyes + by) % len(EYES)), 64) for by in (0, shift))
        images.append(np.concatenate([left[:, :32], right[:, 32:]], axis=1))
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()


def rate(images):
    evaluator = TwoColouredEyesRate(judges.judge_network(TASKS["anime-faces"]).outputs)
    evaluator.update(images, None, real=False)
    return evaluator.compute().value


def test_it_is_a_score_of_hair_and_eyes_and_of_no_other_attributes():
    faces = TASKS["anime-faces"]
    assert TwoColouredEyesRate.name in faces.scores
    assert TwoColouredEyesRate.name not in replace(faces, condition_sizes=(4, 3)).scores


def test_halves_are_completed_with_their_own_mirror_images():
    row = torch.tensor([1, 2, 3, 4]).view(1, 1, 1, 4)
    left, right = mirrored_halves(row)
    assert left.flatten().tolist() == [1, 2, 2, 1]
    assert right.flatten().tolist() == [4, 3, 3, 4]


def test_faces_with_two_eyes_of_one_colour_are_rarely_counted():
    assert rate(faces(0)) <= 0.1


@pytest.mark.parametrize("shift", [3, 5])
def test_faces_with_eyes_of_two_colours_are_counted(shift):
    assert rate(faces(shift)) >= 0.9
