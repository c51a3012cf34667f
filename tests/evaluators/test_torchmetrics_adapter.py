"""Metrics of torchmetrics as evaluators: their input, direction and interval."""

import math

import pytest
import torch
import torchmetrics
from scipy import stats
from torchmetrics import classification, image, text

from evaluators.base import TooFewImagesError
from evaluators.frechet import FrechetDistanceEfficientNetLite0
from evaluators.object_scores import MicroF1
from evaluators.torchmetrics_adapter import adapted, is_metric, setting
from evaluators.torchmetrics_numbers import jackknifed, quiet


@pytest.fixture(scope="module")
def answers():
    """Logits and conditions of 300 images and 6 classes."""
    random = torch.Generator().manual_seed(0)
    condition = (torch.rand(300, 6, generator=random) < 0.3).long()
    condition[:, 0] = 1 - condition[:, 1:].any(dim=1).long()
    return torch.randn(300, 6, generator=random) + 3 * condition - 1.5, condition


def judged(evaluator, logits, condition):
    """The score of images that a judge answers so."""
    made = evaluator(lambda images: logits[images[:, 0, 0, 0].long()])
    for indices in torch.arange(len(logits)).split(90):
        made.update(indices.reshape(-1, 1, 1, 1), condition[indices], real=False)
    made.update(torch.zeros(3, 1, 1, 1), condition[:3], real=True)
    return made.compute()


@pytest.mark.parametrize("metric", ["MultilabelHammingDistance", "MultilabelAveragePrecision", "MultilabelExactMatch"])
def test_a_metric_of_labels_gives_what_torchmetrics_gives(answers, metric):
    logits, condition = answers
    expected = getattr(classification, metric)(num_labels=6)(logits.sigmoid(), condition).item()
    found = judged(adapted(getattr(classification, metric), {}), logits, condition)
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert found.n == 300
    assert found.interval[0] < found.value < found.interval[1]


def test_its_interval_is_as_wide_as_that_of_the_same_score_by_other_maths(answers):
    found = judged(adapted(classification.MultilabelF1Score, {"average": "micro"}), *answers)
    own = judged(MicroF1, *answers)
    assert found.value == pytest.approx(own.value, abs=1e-6)
    width = own.interval[1] - own.interval[0]
    assert found.interval[1] - found.interval[0] == pytest.approx(width, rel=0.15)
    assert found.resampled.std().item() == pytest.approx(width / 3.92, rel=0.15)


def of_one_class(exceptions):
    """Cohen's kappa of a judge that answers the first class for 40 images, some of which were to show another."""
    logits = torch.tensor([[5.0, -5.0, -5.0]]).repeat(40, 1)
    condition = torch.zeros(40, 1, dtype=torch.long)
    condition[:exceptions] = 1
    return judged(adapted(classification.MulticlassCohenKappa, {}, (3,)), logits, condition)


def test_resamples_of_which_a_metric_has_no_number_do_not_widen_its_interval_to_the_whole_range():
    few = of_one_class(2)  # in 13 % of the resamples, all images are of one class, and kappa is 0 / 0
    assert (few.value, few.interval) == (0.0, (0.0, 0.0))
    assert few.method.startswith("basic bootstrap over images (1")
    assert few.method.endswith(" of 200 resamples, seed 0)")
    assert few.resampled is None, "there is no number to pair with another record's"
    enough = of_one_class(20)
    assert enough.method == "basic bootstrap over images (200, seed 0)"
    assert len(enough.resampled) == 200


def test_a_metric_without_a_number_for_most_resamples_has_no_interval(monkeypatch):
    numbers = iter([0.5] + [0.4] * 99 + [math.nan] * 101)
    declared = adapted(classification.MulticlassCohenKappa, {}, (3,))
    monkeypatch.setattr(declared, "of", lambda self, seen: next(numbers))
    found = judged(declared, torch.zeros(40, 3), torch.zeros(40, 1, dtype=torch.long))
    assert (found.value, found.interval, found.resampled) == (0.5, None, None)
    assert found.method == "none: 99 of 200 resamples have a number"


def test_answers_all_between_0_and_1_are_logits_all_the_same():
    """Torchmetrics would take them for probabilities."""
    logits = torch.tensor([[0.4, 0.9], [0.3, 0.1]]).repeat(20, 1)
    found = judged(adapted(classification.MultilabelHammingDistance, {}), logits, torch.ones(40, 2, dtype=torch.long))
    assert found.value == 0.0


def test_a_metric_of_classes_is_the_mean_over_the_attributes():
    random = torch.Generator().manual_seed(0)
    logits, condition = (
        torch.randn(90, 7, generator=random),
        torch.stack([torch.arange(90) % 4, torch.arange(90) % 3], 1),
    )
    evaluator = adapted(classification.MulticlassAccuracy, {"average": "micro"}, (4, 3))
    rates = [
        (part.argmax(dim=1) == column).double().mean().item()
        for part, column in zip(logits.split((4, 3), dim=1), condition.T, strict=True)
    ]
    assert judged(evaluator, logits, condition).value == pytest.approx(sum(rates) / 2, abs=1e-6)
    assert evaluator.condition_kinds == ("attributes",)


def test_a_metric_of_the_largest_answers_is_tried_with_as_many_classes_as_there_are():
    random = torch.Generator().manual_seed(0)
    logits, condition = torch.randn(90, 7, generator=random), (torch.arange(90) % 7)[:, None]
    evaluator = adapted(classification.MulticlassAccuracy, {"top_k": 5, "average": "micro"}, (7,))
    rate = (logits.topk(5, dim=1).indices == condition).any(dim=1).double().mean().item()
    assert judged(evaluator, logits, condition).value == pytest.approx(rate, abs=1e-6)
    assert adapted(classification.MulticlassAccuracy, {"top_k": 5}), "of no task in particular"
    with pytest.raises(ValueError, match=r"MulticlassAccuracy: .*top_k"):
        adapted(classification.MulticlassAccuracy, {"top_k": 5}, (7, 3))


def averaged(metric, settings, logits, condition, sizes=()):
    return judged(adapted(getattr(classification, metric), settings, sizes), logits, condition)


@pytest.mark.parametrize("metric", ["AUROC", "Recall", "F1Score", "JaccardIndex", "AveragePrecision"])
def test_a_class_that_nobody_requests_is_left_out_of_the_mean_and_the_method_says_so(answers, metric):
    logits, condition = answers
    condition = condition.clone()
    condition[:, 5] = 0
    name = f"Multilabel{metric}"
    expected = averaged(name, {}, logits[:, :5], condition[:, :5])
    found = averaged(name, {}, logits, condition)
    assert found.value == pytest.approx(expected.value, abs=1e-6)
    assert found.interval == pytest.approx(expected.interval, abs=1e-6)
    assert ("; 5 of 6 classes, others requested by no image" in found.method, "classes" in expected.method) == (1, 0)
    library = getattr(classification, name)(num_labels=5)(logits[:, :5].sigmoid(), condition[:, :5]).item()
    assert expected.value == pytest.approx(library, abs=1e-6), "where all occur, the number is the library's"


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_auroc_leaves_out_a_class_that_every_image_requests(answers, average):
    logits, condition = answers
    always = condition.clone()
    always[:, 5] = 1
    found = averaged("MultilabelAUROC", {"average": average}, logits, always)
    library = classification.MultilabelAUROC(num_labels=5, average=average)(logits[:, :5].sigmoid(), condition[:, :5])
    assert found.value == pytest.approx(library.item(), abs=1e-6)
    assert found.method.endswith("; 5 of 6 classes, others requested by no image or by all")
    recall = averaged("MultilabelRecall", {}, logits, always)
    assert "classes" not in recall.method


def test_a_metric_that_knows_classes_that_nobody_requests_keeps_them(answers):
    logits, condition = answers
    condition = condition.clone()
    condition[:, 5] = 0
    for metric in (classification.MultilabelAccuracy, classification.MultilabelHammingDistance):
        found = judged(adapted(metric, {}), logits, condition)
        expected = metric(num_labels=6)(logits.sigmoid(), condition).item()
        assert found.value == pytest.approx(expected, abs=1e-6)
        assert "classes" not in found.method


@pytest.mark.parametrize("metric", ["AUROC", "Accuracy", "Recall"])
def test_a_value_that_nobody_requests_is_left_out_of_the_mean_over_values(metric):
    random = torch.Generator().manual_seed(0)
    logits, condition = torch.randn(90, 4, generator=random), (torch.arange(90) % 3)[:, None]
    found = averaged(f"Multiclass{metric}", {}, logits, condition, (4,))
    chances, target = logits.softmax(dim=1), condition[:, 0]
    with quiet():
        each = getattr(classification, f"Multiclass{metric}")(num_classes=4, average="none")(chances, target)
    assert found.value == pytest.approx(each[:3].mean().item(), abs=1e-6)
    assert "; 3 of 4 classes, others requested by no image" in found.method


def test_a_mean_over_no_class_at_all_is_a_refused_score():
    with pytest.raises(TooFewImagesError, match="no class to take the mean over: every class is requested by no image"):
        averaged("MultilabelAUROC", {}, torch.randn(9, 2), torch.ones(9, 2, dtype=torch.long))


def test_an_ignored_class_is_left_out_of_the_mean():
    random = torch.Generator().manual_seed(0)
    logits, condition = torch.randn(90, 3, generator=random), (torch.arange(90) % 3)[:, None]
    found = averaged("MulticlassRecall", {"ignore_index": 0}, logits, condition, (3,))
    hits = logits.argmax(dim=1) == condition[:, 0]
    rates = [hits[condition[:, 0] == value].double().mean().item() for value in (1, 2)]
    assert found.value == pytest.approx(sum(rates) / 2, abs=1e-6)


def set_score(evaluator, real, generated):
    made = evaluator(lambda rows: rows)
    made.update(real, None, real=True)
    made.update(generated, None, real=False)
    return made.compute()


@pytest.fixture(scope="module")
def sets():
    random = torch.Generator().manual_seed(0)
    return torch.randn(400, 6, generator=random), 0.8 * torch.randn(300, 6, generator=random) + 0.5


def test_a_metric_of_sets_gets_the_backbones_features_and_an_interval(sets):
    evaluator = adapted(image.fid.FrechetInceptionDistance, {})
    found, own = set_score(evaluator, *sets), set_score(FrechetDistanceEfficientNetLite0, *sets)
    assert found.value == pytest.approx(own.value, rel=1e-3)
    width = own.interval[1] - own.interval[0]
    assert width / 1.5 < found.interval[1] - found.interval[0] < 1.5 * width
    assert evaluator.network == "backbone"
    assert evaluator.name == "frechet_inception_distance:feature=efficientnet_lite0"  # never fid


def test_a_metric_that_draws_subsets_gives_the_same_each_time_and_leaves_the_random_state_alone(sets):
    evaluator = adapted(image.kid.KernelInceptionDistance, {"subset_size": 50, "subsets": 10})
    first, state = set_score(evaluator, *sets), torch.random.get_rng_state()
    torch.manual_seed(5)
    assert set_score(evaluator, *sets) == first
    torch.random.set_rng_state(state)
    set_score(evaluator, *sets)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_few_images_have_no_interval(sets):
    found = set_score(adapted(image.fid.FrechetInceptionDistance, {}), sets[0], sets[1][:12])
    assert (found.interval, found.method) == (None, "none: fewer images than groups to leave out")


def test_the_interval_over_20_groups_is_student_s_t_not_the_normal_one():
    """Of a mean, the jackknife over groups of one size is the textbook interval of the groups' means."""
    rows = torch.rand(20, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    groups = [torchmetrics.MeanMetric().set_dtype(torch.float64) for _ in rows]
    for group, row in zip(groups, rows, strict=True):
        group.update(row)
    value, n, interval, method = jackknifed(torchmetrics.MeanMetric().set_dtype(torch.float64), groups, 180)
    means = rows.mean(dim=1).numpy()
    assert interval == pytest.approx(stats.t.interval(0.95, 19, means.mean(), stats.sem(means)), abs=1e-9)
    assert (value, n) == (pytest.approx(means.mean()), 180)
    assert method == "2.09 jackknife standard errors over 20 groups of images (Student's t)"


def test_a_metric_of_pairs_is_shown_what_was_made_of_each_source():
    random = torch.Generator().manual_seed(0)
    sources = torch.randint(0, 256, (40, 3, 16, 16), generator=random, dtype=torch.uint8)
    made = (sources.float() * torch.linspace(0.3, 1, 40).reshape(-1, 1, 1, 1)).to(torch.uint8)
    evaluator = adapted(image.StructuralSimilarityIndexMeasure, {"data_range": 1.0})
    one = evaluator()
    one.update(sources, None, real=True)
    one.update(made, None, real=False)
    expected = image.StructuralSimilarityIndexMeasure(data_range=1.0)(made / 255, sources / 255).item()
    found = one.compute()
    assert found.value == pytest.approx(expected, abs=1e-5)
    assert found.interval[0] < found.value < found.interval[1]
    assert (evaluator.made, evaluator.direction, evaluator.kind) == ("redrawn", "higher", "transfer")


def test_a_metric_says_its_direction_range_and_source():
    distance = adapted(classification.MultilabelHammingDistance, {"threshold": 0.3})
    assert (distance.direction, distance.value_range) == ("lower", (0.0, 1.0))
    assert distance.name == "multilabel_hamming_distance:threshold=0.3"
    assert torchmetrics.__version__ in distance.source
    assert adapted(image.fid.FrechetInceptionDistance, {}).value_range == (0.0, math.inf)


def test_an_unbiased_distance_below_0_is_a_score_whose_interval_holds_it(sets):
    from benchmark.records.entries import score_entry

    evaluator = adapted(image.kid.KernelInceptionDistance, {"subset_size": 50, "subsets": 10})
    half = torch.arange(400) % 2 == 0
    found = set_score(evaluator, 1e-2 * sets[0][half], 1e-2 * sets[0][~half])
    assert found.value < 0
    assert found.interval[0] < found.value < found.interval[1]
    assert score_entry(evaluator, found).value_range == (None, None)


@pytest.mark.parametrize(
    ("metric", "bounds"),
    [
        (image.StructuralSimilarityIndexMeasure, (-1.0, 1.0)),
        (classification.MultilabelMatthewsCorrCoef, (-1.0, 1.0)),
        (classification.MulticlassCohenKappa, (-1.0, 1.0)),
        (classification.MultilabelCoverageError, (0.0, math.inf)),
        (classification.MultilabelRecall, (0.0, 1.0)),
    ],
)
def test_a_metric_s_range_is_that_of_its_numbers_not_of_its_plots(metric, bounds):
    assert adapted(metric, {}).value_range == bounds


class Undecided(classification.MultilabelHammingDistance):
    """Says no direction."""

    higher_is_better = None


@pytest.mark.parametrize(
    ("metric", "settings", "reason"),
    [
        (
            classification.MultilabelHammingDistance,
            {"treshold": 0.3},
            "no setting 'treshold' to choose; there are: thr",
        ),
        (classification.MultilabelHammingDistance, {"num_labels": 3}, "no setting 'num_labels' to choose"),
        (classification.MultilabelHammingDistance, {"threshold": 7}, "threshold.* but got 7"),
        (classification.MultilabelHammingDistance, {"average": "none"}, "one number, such as average=macro"),
        (Undecided, {}, "cannot rank; give a subclass of it that sets higher_is_better to True or False"),
        (text.BLEUScore, {}, "give a metric of labels"),
        (image.InceptionScore, {}, "takes imgs"),
    ],
)
def test_a_metric_that_cannot_score_is_refused_in_one_line(metric, settings, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        adapted(metric, settings)
    assert "\n" not in str(caught.value)


def test_settings_are_numbers_truth_values_or_texts():
    assert [setting(text) for text in ("a=3", "a=0.5", "a=false", "a=macro")] == [
        ("a", 3), ("a", 0.5), ("a", False), ("a", "macro")
    ]  # fmt: skip
    with pytest.raises(ValueError, match="'macro' is no setting; write name=value"):
        setting("macro")


def test_only_metrics_of_torchmetrics_are_taken_for_such():
    assert is_metric(Undecided)
    assert not is_metric(MicroF1)
    assert not is_metric(text)


def test_a_metric_that_refuses_few_images_is_a_refused_score():
    random = torch.Generator().manual_seed(0)
    real, generated = torch.randn(40, 8, generator=random), torch.randn(60, 8, generator=random)
    assert set_score(adapted(image.KernelInceptionDistance, {"subset_size": 20, "subsets": 3}), real, generated).n == 60
    with pytest.raises(TooFewImagesError, match=r"KernelInceptionDistance refuses these images: .*subset_size"):
        set_score(adapted(image.KernelInceptionDistance, {"subset_size": 50, "subsets": 3}), real, generated)
