"""The contract of every evaluator of the registry; an added one is covered at once."""

from __future__ import annotations

import inspect
import math
from contextlib import suppress

import pytest
import torch
from sklearn.metrics import accuracy_score

from benchmark.plugins.scores import possible
from evaluators import EVALUATORS
from evaluators.attribute_accuracy import EyeAccuracy, HairAccuracy, JointAccuracy, attribute_hits
from evaluators.base import Evaluator, JudgedEvaluator, TooFewImagesError
from evaluators.precision_recall import remember_last

N = 128
MULTI_LABEL = {
    name
    for name, found in EVALUATORS.items()
    if found.kind == "condition" and found.condition_kinds == ("multi_label",)
}


def projection(outputs):
    """A frozen random linear map from pixels: stands for a judge or a backbone."""
    weights = torch.randn(3 * 8 * 8, outputs, generator=torch.Generator().manual_seed(9)).double()
    return lambda images: ((images.flatten(1).double() / 127.5 - 1) @ weights / 8).float()


def random_images(seed):
    return torch.randint(256, (N, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def conditions(name):
    rng = torch.Generator().manual_seed(4)
    if name in MULTI_LABEL:
        ranks = torch.rand(N, 24, generator=rng).argsort(dim=1).argsort(dim=1)
        return (ranks < torch.randint(1, 4, (N, 1), generator=rng)).to(torch.uint8)
    if name == "intra_object_fd_judge":
        return torch.randint(2, (N, 4), generator=rng)
    if name == "intra_attribute_fd_judge":
        return torch.randint(3, (N, 2), generator=rng)
    columns = [torch.randint(size, (N,), generator=rng) for size in (12, 11)]
    return torch.stack(columns, dim=1)


def new(name) -> Evaluator:
    cls = EVALUATORS[name]
    if "features" in inspect.signature(cls).parameters:
        return cls(projection(2 if name.startswith("intra") else 6))
    if name in MULTI_LABEL:
        return cls(lambda images: projection(24)(images) - 2)  # mostly absent, as objects are
    if "detector" in inspect.signature(cls).parameters:
        return cls(lambda images: projection(1)(images)[:, 0] > 0)
    if "encoder" in inspect.signature(cls).parameters:
        return cls(lambda images: 0.15 * projection(8)(images))  # distances around 0.6
    if not inspect.signature(cls).parameters:
        return cls()
    return cls(projection(23))


def score(name, batch_size=N, seed=1):
    evaluator, condition = new(name), conditions(name)
    for images, real in ((random_images(0), True), (random_images(seed), False)):
        for batch, requested in zip(images.split(batch_size), condition.split(batch_size), strict=True):
            evaluator.update(batch, requested, real=real)
    evaluator.hold_out(random_images(8))
    return evaluator.compute()


@pytest.fixture(params=sorted(EVALUATORS))
def name(request):
    return request.param


def test_key_is_the_name_and_the_number_is_explained(name):
    cls = EVALUATORS[name]
    assert cls.name == name
    assert cls.direction in ("higher", "lower")
    assert cls.unit
    assert cls.source
    assert cls.version >= 1
    assert cls.value_range[0] < cls.value_range[1]
    assert inspect.getdoc(cls)


def test_score_does_not_depend_on_the_batch_size(name):
    whole, parts = score(name), score(name, batch_size=7)
    assert parts.value == pytest.approx(whole.value, rel=1e-9)
    assert parts.interval == pytest.approx(whole.interval, rel=1e-6)
    assert parts.n == whole.n


def test_same_images_same_score_and_others_another(name):
    assert score(name) == score(name)
    assert {score(name, seed=seed).value for seed in (1, 2, 3, 5)} != {score(name).value}


def test_score_lies_in_its_range_and_in_its_interval(name):
    result, (low, high) = score(name), EVALUATORS[name].value_range
    assert low <= result.value <= high
    assert low <= result.interval[0] <= result.value <= result.interval[1] <= high
    assert result.interval[0] < result.interval[1]
    assert math.isfinite(result.value)
    assert result.n >= (64 if name == "face_hits_of_64" else N)
    assert result.method != "none"


def test_a_score_is_one_that_records_and_comparisons_can_use(name):
    assert possible(score(name), EVALUATORS[name]).n > 0


def test_images_of_one_colour_give_such_a_score_or_too_few_images(name):
    evaluator, condition = new(name), conditions(name)
    gray = torch.full((N, 3, 8, 8), 128, dtype=torch.uint8)
    evaluator.update(gray, condition, real=True)
    evaluator.update(gray, condition, real=False)
    evaluator.hold_out(gray)
    with suppress(TooFewImagesError):  # as sharpness is relative to that of the real images
        assert possible(evaluator.compute(), EVALUATORS[name]).n > 0


def test_no_generated_images_are_refused_with_the_numbers(name):
    evaluator = new(name)
    evaluator.update(random_images(0), conditions(name), real=True)
    with pytest.raises(TooFewImagesError, match=rf"{name} saw .*\b0 generated images"):
        evaluator.compute()


@pytest.mark.parametrize("name", sorted(name for name in EVALUATORS if issubclass(EVALUATORS[name], JudgedEvaluator)))
def test_judged_evaluators_do_not_even_show_real_images_to_the_judge(name):
    def judge(images):
        raise AssertionError("requested about real images")

    EVALUATORS[name](judge).update(random_images(0), conditions(name), real=True)


def test_attribute_accuracies_agree_with_scikit_learn():
    logits, condition = projection(23)(random_images(1)), conditions("hair_accuracy")
    hair, eyes = logits[:, :12].argmax(dim=1), logits[:, 12:].argmax(dim=1)
    assert score("hair_accuracy").value == pytest.approx(accuracy_score(condition[:, 0], hair))
    assert score("eye_accuracy").value == pytest.approx(accuracy_score(condition[:, 1], eyes))
    assert score("joint_accuracy").value == pytest.approx(
        accuracy_score(condition[:, 0] * 11 + condition[:, 1], hair * 11 + eyes)
    )


def test_joint_needs_both_attributes():
    logits = torch.zeros(4, 23)
    condition = torch.tensor([[0, 0], [0, 5], [3, 0], [3, 5]])
    assert attribute_hits(logits, condition).tolist() == [
        [True, True], [True, False], [False, True], [False, False]
    ]  # fmt: skip
    for cls, value in ((HairAccuracy, 0.5), (EyeAccuracy, 0.5), (JointAccuracy, 0.25)):
        evaluator = cls(lambda images: logits)
        evaluator.update(random_images(0)[:4], condition, real=False)
        assert evaluator.compute().value == value


def test_logits_of_another_judge_are_refused_with_both_shapes():
    with pytest.raises(ValueError, match=r"logits are \(4, 24\) and the condition is \(4, 2\)"):
        attribute_hits(torch.zeros(4, 24), torch.zeros(4, 2, dtype=torch.long))


def test_a_remembered_answer_belongs_to_the_content_and_not_to_the_object():
    calls = []

    @remember_last
    def total(x, k):
        calls.append(1)
        return x.sum().item() * k

    x = torch.arange(4.0)
    assert total(x, 2) == total(x.clone(), 2) == 12
    assert len(calls) == 1
    x[0] = 5
    assert total(x, 2) == 22
    assert total(x, 3) == 33
    assert len(calls) == 3
