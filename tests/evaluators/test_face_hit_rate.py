"""The share of images with a face, and the report's form of it."""

from __future__ import annotations

import pytest
import torch

from evaluators.base import TooFewImagesError
from evaluators.face_hit_rate import FaceHitRate, FaceHitsOf64
from evaluators.intervals import wilson_interval


def shown(cls, hits, batch=7):
    """The evaluator after images whose first pixel tells whether there is a face."""
    evaluator = cls(lambda images: images[:, 0, 0, 0] > 0)
    images = torch.tensor(hits, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 4, 4)
    for part in images.split(batch):
        evaluator.update(part, part[:, 0, 0], real=False)
    return evaluator


def test_the_rate_is_the_share_of_hits_with_wilsons_interval():
    score = shown(FaceHitRate, [1] * 52 + [0] * 12).compute()
    assert (score.value, score.n) == (52 / 64, 64)
    assert score.interval == pytest.approx(wilson_interval(52 / 64, 64))
    assert score.interval == pytest.approx((0.700256, 0.889354), abs=1e-6)  # by hand
    assert score.outcomes.tolist() == [[1, 1]] * 52 + [[0, 1]] * 12


def test_the_reports_form_counts_the_first_64_only():
    hits = [1] * 52 + [0] * 12
    score = shown(FaceHitsOf64, [*hits, *[1] * 100]).compute()
    assert (score.value, score.n) == (52, 64)
    assert score.interval == pytest.approx(tuple(64 * end for end in wilson_interval(52 / 64, 64)))
    assert shown(FaceHitsOf64, [*[0] * 100, *hits]).compute().value == 0


def test_fewer_images_than_the_number_needs_are_refused_with_both():
    with pytest.raises(TooFewImagesError, match="face_hits_of_64 saw 63 generated images; it needs at least 64"):
        shown(FaceHitsOf64, [1] * 63).compute()
    assert shown(FaceHitRate, [1] * 63).compute().value == 1
    with pytest.raises(TooFewImagesError, match="face_hit_rate saw 0 generated images; it needs at least 1"):
        FaceHitRate(lambda images: images).compute()


@pytest.mark.parametrize("cls", [FaceHitRate, FaceHitsOf64])
def test_real_images_are_not_even_shown_to_the_detector(cls):
    def detector(images):
        raise AssertionError("requested about real images")

    cls(detector).update(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(2, 1), real=True)
