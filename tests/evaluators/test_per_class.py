"""Scores over classes against scikit-learn, and what nobody requested."""

import numpy as np
import pytest
import torch
from builders.multi_label import random_case, score_of
from sklearn.metrics import average_precision_score
from sklearn.metrics import f1_score as sklearn_f1

from evaluators.intervals import bootstrap_counts
from evaluators.multi_label import average_precisions, class_counts, macro_f1_score
from evaluators.object_scores import MacroF1, MeanAveragePrecision, SpuriousObjectRate


def test_macro_f1_agrees_with_scikit_learn():
    logits, condition = random_case()
    expected = sklearn_f1(condition.numpy(), (logits > 0).numpy(), average="macro")
    assert score_of(MacroF1, logits, condition).value == pytest.approx(expected)


def test_mean_average_precision_agrees_with_scikit_learn():
    logits, condition = random_case()
    expected = average_precision_score(condition.numpy(), logits.numpy(), average="macro")
    assert score_of(MeanAveragePrecision, logits, condition).value == pytest.approx(expected)


def test_average_precision_with_equal_logits_and_repeated_images_agrees_with_scikit_learn():
    logits, condition = random_case(n=80, classes=5, seed=3)
    logits = logits.round()  # many ties
    times = torch.randint(0, 4, (80,), generator=torch.Generator().manual_seed(1))
    ours = average_precisions(logits, condition, times)
    for column, value in enumerate(ours.tolist()):
        requested, scores = condition[:, column].numpy(), logits[:, column].numpy()
        assert value == pytest.approx(average_precision_score(requested, scores, sample_weight=times.numpy()))


def test_counting_an_image_twice_is_the_same_as_seeing_it_twice():
    logits, condition = random_case(n=40)
    times = torch.arange(40) % 3
    again = torch.arange(40).repeat_interleave(times)
    assert torch.equal(class_counts(logits, condition, times), class_counts(logits[again], condition[again]))


def test_classes_that_nobody_requested_for_are_left_out():
    logits, condition = random_case(n=50, classes=4)
    wide = torch.cat([logits, -torch.ones(50, 2)], dim=1)
    requested = torch.cat([condition, torch.zeros(50, 2, dtype=torch.uint8)], dim=1)
    for cls in (MacroF1, MeanAveragePrecision):
        assert score_of(cls, wide, requested).value == pytest.approx(score_of(cls, logits, condition).value)
    assert macro_f1_score(class_counts(wide, requested)) < 1


def test_a_spurious_object_is_one_that_is_seen_and_was_not_requested():
    condition = torch.tensor([[1, 0, 0], [1, 0, 0], [0, 1, 1], [0, 1, 1]])
    logits = torch.tensor([[1.0, -1, -1], [1, 1, -1], [-1, -1, -1], [-1, -1, 1]])
    score = score_of(SpuriousObjectRate, logits, condition)
    assert (score.value, score.n) == (0.25, 4)


@pytest.mark.parametrize("evaluator", [MacroF1, MeanAveragePrecision])
def test_the_interval_is_the_percentiles_mirrored_at_the_value(evaluator):
    logits, condition = random_case(n=200, classes=5, seed=3)
    score, mean = score_of(evaluator, logits, condition), evaluator(None)
    values = [mean.over_classes(logits, condition, times) for times in bootstrap_counts(200, 200, 0)]
    low, high = np.quantile(values, [0.025, 0.975])
    assert score.interval == pytest.approx((min(score.value, 2 * score.value - high), 2 * score.value - low))
    assert 0 < score.interval[1] - score.interval[0] < 0.3


def test_the_interval_of_an_unskilled_judge_holds_what_chance_gives():
    """Average precision at chance is the share of images that show the class; resampling alone lifts it."""
    held = 0
    for seed in range(10):
        _, condition = random_case(n=640, seed=seed)
        logits = torch.randn(condition.shape, generator=torch.Generator().manual_seed(seed))
        low, high = score_of(MeanAveragePrecision, logits, condition).interval
        chance = condition.float().mean().item()
        held += low <= chance + 0.003 and chance <= high
    assert held >= 9
