"""Frechet distance class by class: against the plain distance of each class, and on generators that mix classes up."""

import pytest
import torch
from builders.features import distance, features

from evaluators.frechet import FrechetDistanceJudge
from evaluators.intra_frechet import IntraAttributeFrechetDistance, IntraObjectFrechetDistance

N = 200
OBJECTS = torch.arange(3 * N)[:, None] % 3 == torch.arange(3)  # every third image shows the same one of three
ATTRIBUTES = torch.stack([torch.arange(3 * N) % 3, torch.arange(3 * N) % 2], dim=1)


def of_three_classes(seed):
    return features(3 * N, seed=seed) + 10 * (torch.arange(3 * N) % 3)[:, None]


def score_of(cls, real, generated, conditions, requested=None):
    evaluator = cls(lambda rows: rows)
    evaluator.update(real, conditions, real=True)
    evaluator.update(generated, conditions if requested is None else requested, real=False)
    return evaluator.compute()


def test_score_is_the_mean_of_the_classes_own_distances():
    real, generated = of_three_classes(1), of_three_classes(2) * 1.1
    score = score_of(IntraObjectFrechetDistance, real, generated, OBJECTS)
    each = [distance(real[index::3], generated[index::3]) for index in range(3)]
    assert list(score.groups.values()) == pytest.approx(each, rel=1e-9)
    assert score.value == pytest.approx(sum(each) / 3, rel=1e-9)
    assert score.interval[0] < score.value < score.interval[1]


def test_every_value_of_every_attribute_is_a_class():
    real, generated = of_three_classes(1), of_three_classes(2)
    score = score_of(IntraAttributeFrechetDistance, real, generated, ATTRIBUTES)
    assert list(score.groups) == [
        *(f"attribute 0 value {value}" for value in range(3)), *(f"attribute 1 value {value}" for value in range(2))
    ]  # fmt: skip
    assert score.groups["attribute 1 value 0"] == pytest.approx(distance(real[::2], generated[::2]), rel=1e-9)


def test_right_images_of_wrong_classes_fool_the_plain_distance_only():
    real, generated = of_three_classes(1), of_three_classes(2).roll(1, dims=0)
    plain = score_of(FrechetDistanceJudge, real, generated, OBJECTS)
    intra = score_of(IntraObjectFrechetDistance, real, generated, OBJECTS)
    assert plain.value < 10
    assert intra.value > 100


def test_a_class_that_is_too_small_is_named_with_both_numbers():
    match = (
        r"intra_object_fd_judge saw 200 real and 12 generated images of object 1; features of 12 dimensions need "
        r"at least 13 of each; give more generated ones, or take the kernel distance"
    )
    some = torch.cat([torch.arange(3 * N)[::3], torch.arange(3 * N)[1::3][:12]])
    with pytest.raises(ValueError, match=match):
        score_of(IntraObjectFrechetDistance, features(3 * N), features(3 * N)[some], OBJECTS, OBJECTS[some])


def test_a_class_that_is_requested_for_but_not_real_is_refused_and_one_of_neither_is_left_out():
    none = torch.zeros(3 * N, 1, dtype=torch.bool)
    wider = torch.cat([OBJECTS, none], dim=1)
    score = score_of(IntraObjectFrechetDistance, features(3 * N), features(3 * N, seed=1), wider)
    assert len(score.groups) == 3
    requested = torch.cat([OBJECTS, ~none], dim=1)
    with pytest.raises(ValueError, match="saw 0 real and 600 generated images of object 3"):
        score_of(IntraObjectFrechetDistance, features(3 * N), features(3 * N, seed=1), wider, requested)


def test_influences_say_how_far_a_class_moves_without_one_of_its_images():
    real, generated = of_three_classes(1), of_three_classes(2) * 1.1
    score = score_of(IntraObjectFrechetDistance, real, generated, OBJECTS)
    each = score.outcomes[:, 0]
    assert each.mean().item() == pytest.approx(score.value, rel=1e-12)
    without = [
        distance(real[::3], torch.cat([mine[:i], mine[i + 1 :]])) for i, mine in [(i, generated[::3]) for i in range(N)]
    ]
    falls = sum(without) / N - torch.tensor(without, dtype=torch.float64)
    expected = (N - 1) * falls  # times N of this class over N of all, times the mean over three classes
    torch.testing.assert_close(each[::3] - score.value, expected, rtol=1e-4, atol=1e-4)


def test_standard_error_of_the_mean_is_that_of_its_independent_classes():
    real, generated = of_three_classes(1), of_three_classes(2) * 1.1
    score = score_of(IntraObjectFrechetDistance, real, generated, OBJECTS)
    alone = []
    for index in range(3):
        plain = FrechetDistanceJudge(lambda rows: rows)
        plain.update(real[index::3], OBJECTS, real=True)
        plain.update(generated[index::3], OBJECTS, real=False)
        alone.append(half(plain.compute()))
    assert half(score) == pytest.approx(sum(width**2 for width in alone) ** 0.5 / 3, rel=0.01)


def half(score):
    return (score.interval[1] - score.interval[0]) / 2
