"""Ruined faces: on real faces, on the same with their parts exchanged, and on other images."""

import pytest
import torch

from benchmark.data.synthetic.anime_faces import render
from benchmark.scoring.detectors import load as load_detector
from evaluators.base import TooFewImagesError
from evaluators.ruined_faces import RuinedFaceRate

TRAINING, HELD_OUT, FACES = render(range(1_000))[0], render(range(1_000, 1_200))[0], render(range(1_200, 1_300))[0]


def score(images, detector):
    evaluator = RuinedFaceRate(detector)
    evaluator.update(TRAINING, None, real=True)
    evaluator.hold_out(HELD_OUT)
    evaluator.update(images, None, real=False)
    return evaluator.compute().value


def everywhere(images):
    return torch.ones(len(images), dtype=torch.bool)


def test_real_faces_are_hardly_ever_ruined():
    assert score(FACES, load_detector()) <= 0.05


def test_faces_with_their_quarters_exchanged_are_ruined():
    quarters = FACES.roll((32, 32), dims=(2, 3))
    assert score(quarters, load_detector()) >= 0.95


def test_a_layout_like_no_real_face_is_ruined_although_the_detector_finds_a_face():
    flat = torch.zeros_like(FACES)
    flat[:, 0, :, ::16] = 255
    flat[:, 1, :32] = 255
    assert score(flat, everywhere) == 1
    assert score(FACES, everywhere) <= 0.05


def test_texture_alone_ruins_no_face():
    noise = torch.randint(-30, 31, FACES.shape, generator=torch.Generator().manual_seed(0))
    assert score((FACES.int() + noise).clamp(0, 255).to(torch.uint8), everywhere) <= 0.05


def test_an_image_without_a_face_is_ruined_whatever_its_layout():
    assert score(FACES, lambda images: torch.zeros(len(images), dtype=torch.bool)) == 1


def test_too_few_held_out_images_are_refused_with_the_numbers():
    evaluator = RuinedFaceRate(everywhere)
    evaluator.update(TRAINING[:9], None, real=True)
    evaluator.update(FACES[:5], None, real=False)
    evaluator.hold_out(HELD_OUT[:99])
    with pytest.raises(TooFewImagesError, match=r"saw 9 real, 5 .* 99 held-out ones; it needs .* 100 held-out ones"):
        evaluator.compute()
