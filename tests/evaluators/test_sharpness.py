"""Sharpness: against OpenCV, and on real images that were blurred, and disturbed, by a known amount."""

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional

from benchmark.data.synthetic.anime_faces import render
from evaluators.base import TooFewImagesError
from evaluators.sharpness import Sharpness, laplacian_variances

FACES = render(range(60), seed=3)[0]


def score(generated, detector=lambda images: torch.ones(len(images), dtype=torch.bool)):
    evaluator = Sharpness(detector)
    evaluator.update(FACES, None, real=True)
    evaluator.update(generated, None, real=False)
    return evaluator.compute()


def blurred(images, side):
    return functional.avg_pool2d(images.float(), side, stride=1, padding=side // 2).round().to(torch.uint8)


def test_the_variance_is_that_of_opencv_without_the_border():
    for image, found in zip(FACES[:5], laplacian_variances(FACES[:5]), strict=True):
        luma = image.permute(1, 2, 0).numpy().astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
        inner = cv2.Laplacian(luma, cv2.CV_32F, ksize=1)[1:-1, 1:-1]
        assert found.item() == pytest.approx(inner.var(ddof=1), rel=1e-4)


def test_other_real_images_are_as_sharp_as_real_images():
    result = score(render(range(60, 160), seed=3)[0])
    assert result.interval[0] < 1 < result.interval[1]


def test_blurred_faces_are_less_sharp_the_more_they_are_blurred_and_noise_goes_above_1():
    little, much = score(blurred(FACES, 3)), score(blurred(FACES, 5))
    assert much.interval[1] < little.interval[0]
    assert little.interval[1] < 1
    noise = torch.randint(-40, 41, FACES.shape, generator=torch.Generator().manual_seed(0))
    assert score((FACES.int() + noise).clamp(0, 255).to(torch.uint8)).interval[0] > 1


def test_images_without_a_face_do_not_count():
    half = torch.cat([FACES, torch.randint_like(FACES, 256)])
    faces = torch.arange(len(half)) < len(FACES)
    result = score(half, lambda images: faces)
    assert result.value == pytest.approx(1)
    hits, trials = result.outcomes.sum(dim=0)
    assert (hits / trials).item() == pytest.approx(result.value)
    with pytest.raises(TooFewImagesError, match="saw 60 real images and 120 generated images, 0 of them with a face"):
        score(half, lambda images: torch.zeros(len(images), dtype=torch.bool))


def test_real_images_of_one_colour_each_are_no_measure():
    evaluator = Sharpness(lambda images: torch.ones(len(images), dtype=torch.bool))
    evaluator.update(torch.full_like(FACES, 100), None, real=True)
    evaluator.update(FACES, None, real=False)
    with pytest.raises(TooFewImagesError, match="60 real images, each of one colour"):
        evaluator.compute()
