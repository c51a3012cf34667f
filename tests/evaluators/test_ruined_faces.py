"""Ruined faces: on real faces, on the same with their parts exchanged, and on other images."""

from functools import cache

import pytest
import torch

from benchmark.data.synthetic.anime_faces import render
from benchmark.scoring.detectors import find_detector
from evaluators.base import TooFewImagesError
from evaluators.ruined_faces import RuinedFaceRate


@cache
def drawn():
    """Faces to learn from, held-out ones, and more that are scored."""
    return render(range(1_300))[0].split([1_000, 200, 100])


@pytest.fixture(scope="module")
def drawn_faces():
    return drawn()[2]


def score(images, detector):
    training, held_out, _ = drawn()
    evaluator = RuinedFaceRate(detector)
    evaluator.update(training, None, real=True)
    evaluator.hold_out(held_out)
    evaluator.update(images, None, real=False)
    return evaluator.compute().value


def everywhere(images):
    return torch.ones(len(images), dtype=torch.bool)


def test_real_faces_are_hardly_ever_ruined(drawn_faces):
    assert score(drawn_faces, find_detector()) <= 0.05


def test_faces_with_their_quarters_exchanged_are_ruined(drawn_faces):
    quarters = drawn_faces.roll((32, 32), dims=(2, 3))
    assert score(quarters, find_detector()) >= 0.95


def test_a_layout_like_no_real_face_is_ruined_although_the_detector_finds_a_face(drawn_faces):
    flat = torch.zeros_like(drawn_faces)
    flat[:, 0, :, ::16] = 255
    flat[:, 1, :32] = 255
    assert score(flat, everywhere) == 1
    assert score(drawn_faces, everywhere) <= 0.05


def test_texture_alone_ruins_no_face(drawn_faces):
    noise = torch.randint(-30, 31, drawn_faces.shape, generator=torch.Generator().manual_seed(0))
    assert score((drawn_faces.int() + noise).clamp(0, 255).to(torch.uint8), everywhere) <= 0.05


def test_an_image_without_a_face_is_ruined_whatever_its_layout(drawn_faces):
    assert score(drawn_faces, lambda images: torch.zeros(len(images), dtype=torch.bool)) == 1


def test_too_few_held_out_images_are_refused_with_the_numbers(drawn_faces):
    evaluator = RuinedFaceRate(everywhere)
    evaluator.update(drawn()[0][:9], None, real=True)
    evaluator.update(drawn_faces[:5], None, real=False)
    evaluator.hold_out(drawn()[1][:99])
    with pytest.raises(TooFewImagesError, match=r"saw 9 real, 5 .* 99 held-out ones; it needs .* 100 held-out ones"):
        evaluator.compute()
