"""The alarm for copies of training images: on generators that copy, that vary, and that draw something else."""

import pytest
from builders.features import plain_features

from evaluators.base import TooFewImagesError
from evaluators.diversity import MemorisedRate
from evaluators.intervals import wilson_interval

TRAINING, HELD_OUT = plain_features(1_000, 0), plain_features(1_000, 1)


def score_of(generated, held_out=HELD_OUT):
    evaluator = MemorisedRate(lambda rows: rows)
    evaluator.update(TRAINING, None, real=True)
    evaluator.update(generated, None, real=False)
    evaluator.hold_out(held_out)
    return evaluator.compute()


def test_copies_with_a_little_noise_are_found():
    assert score_of(TRAINING[:500] + 0.01 * plain_features(500, 2)).value == 1


def test_fresh_images_of_the_same_kind_are_about_one_percent():
    assert 0.002 < score_of(plain_features(2_000, 3)).value < 0.025


def test_the_held_out_images_themselves_are_one_percent():
    assert score_of(HELD_OUT).value == pytest.approx(0.01)


def test_half_copies_are_half():
    mixed = plain_features(1_000, 4)
    mixed[:500] = TRAINING[:500]
    assert score_of(mixed).value == pytest.approx(0.5, abs=0.02)


def test_images_unlike_any_are_no_copies():
    assert score_of(plain_features(500, 5, shift=9.0)).value == 0


def test_without_held_out_images_it_says_so():
    with pytest.raises(ValueError, match="saw 1000 real and 5 generated images and 0 held-out ones"):
        score_of(plain_features(5, 1), HELD_OUT[:0])


def test_copies_are_found_where_real_images_are_copies_of_each_other_too():
    """Of a course's faces 2 % are twice in the data, once to train on and once held out."""
    held_out = HELD_OUT.clone()
    held_out[:30] = TRAINING[:30]
    assert score_of(TRAINING[:500], held_out).value == 1
    assert score_of(plain_features(2_000, 3), held_out).value < 0.03


def test_the_interval_knows_that_the_threshold_is_an_estimate():
    fresh = plain_features(2_000, 3)
    few, many = score_of(fresh, HELD_OUT[:200]), score_of(fresh, HELD_OUT)
    wilson = wilson_interval(many.value, 2_000)
    assert many.interval[0] <= wilson[0] <= wilson[1] < many.interval[1]
    assert few.interval[1] - few.interval[0] > many.interval[1] - many.interval[0]


def test_nineteen_of_twenty_intervals_hold_the_true_one_percent():
    """Generators as varied as the data, whose true rate is 1 %, by 100 held-out sets of 200."""
    inside = 0
    for seed in range(60):
        low, high = score_of(plain_features(400, 2 * seed + 11), plain_features(200, 2 * seed + 10)).interval
        inside += low <= 0.01 <= high
    assert inside >= 0.95 * 60 - 3


def test_one_percent_of_a_few_images_is_refused():
    with pytest.raises(TooFewImagesError, match=r"saw 99 real images that are no copies of others; .* at least 100"):
        score_of(plain_features(500, 3), HELD_OUT[:99])
