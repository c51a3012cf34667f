"""The better of two values of a score."""

import pytest

from benchmark.records.better import better_direction, direction_in_words, sort_key
from evaluators import EVALUATORS


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [(0.4, 0.7, "higher"), (4.4, 3.3, "lower"), (0.9, 1.3, "lower"), (0.6, 1.1, "higher")],
)
def test_of_two_sharpnesses_the_one_nearer_to_real_images_is_better(one, other, better):
    sharpness = EVALUATORS["sharpness"]
    assert better_direction(sharpness, one, other) == better_direction(sharpness, other, one) == better
    high, low = max(one, other), min(one, other)
    least = min((high, low), key=lambda value: sort_key(sharpness, value))
    assert least == (high if better == "higher" else low)


@pytest.mark.parametrize(("score", "best"), [("topk_accuracy", 4.4), ("fd_judge", 3.3)])
def test_other_scores_keep_the_direction_that_their_evaluator_declares(score, best):
    evaluator = EVALUATORS[score]
    assert better_direction(evaluator, 4.4, 3.3) == evaluator.direction
    assert min((4.4, 3.3), key=lambda value: sort_key(evaluator, value)) == best


def test_the_better_values_are_named_in_words():
    assert direction_in_words(EVALUATORS["sharpness"]) == "nearer to 1"
    assert direction_in_words(EVALUATORS["topk_accuracy"]) == "higher"
