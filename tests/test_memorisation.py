"""The alarm for copies of training pictures: on generators that copy, that vary, and that draw something else."""

import pytest
from test_distances import features

from evaluators.memorisation import MemorisedRate

TRAINING, HELD_OUT = features(1_000, 0), features(1_000, 1)


def score_of(generated, held_out=HELD_OUT):
    evaluator = MemorisedRate(lambda rows: rows)
    evaluator.update(TRAINING, None, real=True)
    evaluator.update(generated, None, real=False)
    evaluator.hold_out(held_out)
    return evaluator.compute()


def test_copies_with_a_little_noise_are_found():
    assert score_of(TRAINING[:500] + 0.01 * features(500, 2)).value == 1


def test_fresh_pictures_of_the_same_kind_are_about_one_percent():
    assert 0.002 < score_of(features(2_000, 3)).value < 0.025


def test_the_held_out_pictures_themselves_are_one_percent():
    assert score_of(HELD_OUT).value == pytest.approx(0.01)


def test_half_copies_are_half():
    mixed = features(1_000, 4)
    mixed[:500] = TRAINING[:500]
    assert score_of(mixed).value == pytest.approx(0.5, abs=0.02)


def test_pictures_unlike_any_are_no_copies():
    assert score_of(features(500, 5, shift=9.0)).value == 0


def test_without_held_out_pictures_it_says_so():
    with pytest.raises(ValueError, match="saw 1000 real and 5 generated images and 0 held-out ones"):
        score_of(features(5, 1), HELD_OUT[:0])
