"""The better of two values of a score."""

import pytest

from benchmark.records.better import better_direction, direction_in_words, sort_key


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [(0.4, 0.7, "higher"), (4.4, 3.3, "lower"), (0.9, 1.3, "lower"), (0.6, 1.1, "higher")],
)
def test_of_two_sharpnesses_the_one_nearer_to_real_images_is_better(one, other, better):
    assert (
        better_direction("sharpness", "higher", one, other)
        == better_direction("sharpness", "higher", other, one)
        == better
    )
    high, low = max(one, other), min(one, other)
    least = min((high, low), key=lambda value: sort_key("sharpness", "higher", value))
    assert least == (high if better == "higher" else low)


@pytest.mark.parametrize(("direction", "best"), [("higher", 4.4), ("lower", 3.3)])
def test_other_scores_keep_the_direction_that_their_evaluator_declares(direction, best):
    assert better_direction("topk_accuracy", direction, 4.4, 3.3) == direction
    assert min((4.4, 3.3), key=lambda value: sort_key("topk_accuracy", direction, value)) == best


def test_what_is_better_is_said_in_words():
    assert direction_in_words("sharpness", "higher") == "nearer to 1"
    assert direction_in_words("topk_accuracy", "higher") == "higher"
