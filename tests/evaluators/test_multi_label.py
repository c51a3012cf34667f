"""Multi-label scores: against direct loops and scikit-learn."""

from __future__ import annotations

import pytest
import torch
from builders.multi_label import random_case, score_of
from sklearn.metrics import f1_score as sklearn_f1

from evaluators.multi_label import (
    average_precisions,
    class_counts,
    confusion_counts,
    f1_score,
    f1_scores,
    macro_f1_score,
    topk_found,
    topk_hits,
)  # fmt: skip
from evaluators.object_scores import ExactMatch, MicroF1, TopKAccuracy, TopKAccuracyPerImage


def course_rule(logits, condition):
    """The course's evaluator, written as a loop: hits and requested objects of each image."""
    pairs = []
    for row, k_of_image in zip(logits.tolist(), condition.tolist(), strict=True):
        k = sum(k_of_image)
        largest = sorted(range(len(row)), key=lambda c: -row[c])[:k]
        pairs.append((sum(k_of_image[c] for c in largest), k))
    return pairs


def test_topk_hits_agree_with_the_course_rule():
    logits, condition = random_case()
    assert topk_hits(logits, condition).tolist() == [hits for hits, _ in course_rule(logits, condition)]


def test_topk_found_marks_requested_objects_only():
    logits, condition = random_case()
    assert not (topk_found(logits, condition) & (condition == 0)).any()


def test_topk_accuracy_is_also_given_by_the_number_of_requested_objects():
    logits, condition = random_case()
    pairs = course_rule(logits, condition)
    expected = {
        f"requested {k}": sum(h for h, k_of_image in pairs if k_of_image == k)
        / sum(k_of_image for _, k_of_image in pairs if k_of_image == k)
        for k in (1, 2, 3)
    }
    assert score_of(TopKAccuracy, logits, condition).groups == pytest.approx(expected)


def test_equal_logits_never_give_more_than_k_objects():
    condition = torch.tensor([[0, 1, 0, 1], [1, 0, 0, 0]])
    assert topk_hits(torch.zeros(2, 4), condition).tolist() == [1, 1]


def test_the_three_accuracies_agree_with_the_course_rule():
    logits, condition = random_case()
    pairs = course_rule(logits, condition)
    micro = sum(h for h, _ in pairs) / sum(k for _, k in pairs)
    assert score_of(TopKAccuracy, logits, condition).value == pytest.approx(micro)
    assert score_of(TopKAccuracy, logits, condition).n == sum(k for _, k in pairs)
    mean = sum(h / k for h, k in pairs) / len(pairs)
    assert score_of(TopKAccuracyPerImage, logits, condition).value == pytest.approx(mean)
    exact = sum(h == k for h, k in pairs) / len(pairs)
    assert score_of(ExactMatch, logits, condition).value == pytest.approx(exact)


def test_per_image_and_micro_differ_when_images_ask_for_different_numbers():
    condition = torch.tensor([[1, 0, 0, 0], [1, 1, 1, 0]])
    logits = torch.tensor([[9.0, 0, 0, 0], [0, 0, 1, 9.0]])  # 1 of 1, then 2 of 3 (ties go to the first class)
    assert score_of(TopKAccuracy, logits, condition).value == pytest.approx(3 / 4)
    assert score_of(TopKAccuracyPerImage, logits, condition).value == pytest.approx((1 + 2 / 3) / 2)


def test_micro_f1_agrees_with_scikit_learn():
    logits, condition = random_case()
    expected = sklearn_f1(condition.numpy(), (logits > 0).numpy(), average="micro")
    score = score_of(MicroF1, logits, condition)
    assert score.value == pytest.approx(expected)
    assert score.interval[0] < expected < score.interval[1]


def test_micro_f1_counts_objects_that_nobody_requested():
    condition = torch.tensor([[1, 0, 0]])
    clean = f1_score(confusion_counts(torch.tensor([[5.0, -5, -5]]), condition))
    spurious = f1_score(confusion_counts(torch.tensor([[5.0, 4, 4]]), condition))
    assert (clean, spurious) == pytest.approx((1.0, 0.5))


def test_a_row_that_asks_for_nothing_is_refused_by_its_index():
    with pytest.raises(ValueError, match="condition 1 requests no object"):
        topk_hits(torch.zeros(2, 3), torch.tensor([[1, 0, 0], [0, 0, 0]]))


def test_answers_of_another_task_are_refused_with_both_shapes():
    with pytest.raises(ValueError, match=r"logits are \(2, 23\) and the condition is \(2, 24\)"):
        confusion_counts(torch.zeros(2, 23), torch.ones(2, 24))


def test_micro_f1_agrees_with_torchmetrics():
    from torchmetrics.functional.classification import multilabel_f1_score

    logits, condition = random_case(seed=3)
    theirs = multilabel_f1_score(logits, condition.long(), num_labels=24, average="micro")
    assert score_of(MicroF1, logits, condition).value == pytest.approx(theirs.item(), rel=1e-6)


def test_macro_f1_average_precision_and_exact_match_agree_with_torchmetrics():
    """Ours stay: their resamples weigh images, and a score does not wait for torchmetrics to be imported."""
    from torchmetrics.functional import classification as theirs

    random = torch.Generator().manual_seed(3)
    condition = (torch.rand(200, 5, generator=random) < 0.4).long()
    condition[condition.sum(dim=1) == 0, 0] = 1
    logits = torch.randn(200, 5, generator=random) + 2 * condition - 1
    probabilities, best = logits.sigmoid(), topk_found_anywhere(logits, condition)
    assert macro_f1_score(class_counts(logits, condition)) == pytest.approx(
        theirs.multilabel_f1_score(probabilities, condition, num_labels=5).item(), abs=1e-6
    )
    assert average_precisions(logits, condition).mean().item() == pytest.approx(
        theirs.multilabel_average_precision(probabilities, condition, num_labels=5).item(), abs=1e-6
    )
    exact = (topk_hits(logits, condition) == condition.sum(dim=1)).double().mean().item()
    assert exact == pytest.approx(theirs.multilabel_exact_match(best, condition, num_labels=5).item(), abs=1e-6)


def topk_found_anywhere(logits, condition):
    """The k largest outputs of each row as a multi-hot, whether they were requested or not."""
    ranks = logits.argsort(dim=1, descending=True).argsort(dim=1)
    return (ranks < condition.sum(dim=1, keepdim=True)).long()


def test_the_f1_of_every_row_of_counts_is_that_of_the_row():
    counts = torch.randint(50, (20, 3), generator=torch.Generator().manual_seed(0))
    assert f1_scores(counts).tolist() == [f1_score(row) for row in counts]
