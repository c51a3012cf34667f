"""Each evaluator's interval, computed once more from its definition with NumPy and SciPy."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist, pdist
from scipy.stats import norm
from sklearn.metrics import average_precision_score, f1_score

from evaluators.base import TooFewImagesError
from evaluators.diversity import DiversityWithinCondition
from evaluators.frechet import FrechetDistanceJudge
from evaluators.image_translation import IdentityDistance, ReconstructionDistance
from evaluators.intervals import mean
from evaluators.intra_frechet import IntraObjectFrechetDistance
from evaluators.kid import KernelDistanceEfficientNetLite0
from evaluators.object_scores import (
    ExactMatch,
    MacroF1,
    MeanAveragePrecision,
    MicroF1,
    TopKAccuracy,
    TopKAccuracyPerImage,
)
from evaluators.precision_recall import Density

Z = norm.ppf(0.975)
N, CLASSES = 90, 8


def resamples(n, count):
    """Rows of each resample, drawn as torch draws them from seed 0."""
    rng = torch.Generator().manual_seed(0)
    return [torch.randint(n, (n,), generator=rng).numpy() for _ in range(count)]


def normal(n, seed, dimension=3, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, (n, dimension))


@pytest.fixture(scope="module")
def judged():
    """Logits that are right for most images and wrong for the others, and what was requested."""
    rng = np.random.default_rng(0)
    requested = np.zeros((N, CLASSES), dtype=np.uint8)
    for row in requested:
        row[rng.choice(CLASSES, rng.integers(1, 4), replace=False)] = 1
    right = np.where(rng.random((N, 1)) < 0.7, 1.0, -1.0)
    return right * (requested * 2.0 - 1) + 0.8 * rng.normal(size=requested.shape), requested


def score_of_answers(cls, judged):
    logits, requested = map(torch.from_numpy, judged)
    evaluator = cls(lambda _: logits)
    evaluator.update(logits, requested, real=False)
    return evaluator.compute()


def score_of_features(evaluator, real, generated, conditions=(None, None)):
    for rows, condition, kind in ((real, conditions[0], True), (generated, conditions[1], False)):
        evaluator.update(torch.from_numpy(rows), condition, real=kind)
    return evaluator.compute()


def around(value, half):
    return pytest.approx([max(0.0, value - half), value + half], rel=1e-6)


def wilson(rate, n):
    centre, half = rate + Z**2 / 2 / n, Z * np.sqrt(rate * (1 - rate) / n + Z**2 / 4 / n**2)
    return pytest.approx([(centre - half) / (1 + Z**2 / n), (centre + half) / (1 + Z**2 / n)], rel=1e-6)


def found_and_requested(judged):
    """Of each image: how many of the requested objects are among the k largest logits, and k."""
    logits, requested = judged
    trials = requested.sum(axis=1)
    hits = [row[np.argsort(-line)[:k]].sum() for line, row, k in zip(logits, requested, trials, strict=True)]
    return np.array(hits, dtype=float), trials.astype(float)


def test_micro_f1_has_the_percentiles_of_a_thousand_resamples(judged):
    logits, requested = judged
    values = [f1_score(requested[rows], logits[rows] > 0, average="micro") for rows in resamples(N, 1000)]
    assert score_of_answers(MicroF1, judged).interval == pytest.approx(np.percentile(values, [2.5, 97.5]), rel=1e-9)


def test_scores_by_class_have_their_percentiles_mirrored_at_the_value(judged):
    logits, requested = judged
    for cls, score in (
        (MacroF1, lambda rows: f1_score(requested[rows], logits[rows] > 0, average="macro")),
        (MeanAveragePrecision, lambda rows: average_precision_score(requested[rows], logits[rows], average="macro")),
    ):
        low, high = np.percentile([score(rows) for rows in resamples(N, 200)], [2.5, 97.5])
        found = score_of_answers(cls, judged)
        assert found.interval == pytest.approx([2 * found.value - high, min(1.0, 2 * found.value - low)], rel=1e-9)


def test_object_accuracy_counts_the_trials_that_would_vary_as_much(judged):
    hits, trials = found_and_requested(judged)
    rate, n = hits.sum() / trials.sum(), len(hits)
    variance = ((hits - rate * trials) ** 2).sum() / trials.sum() ** 2 * n / (n - 1)
    independent = rate * (1 - rate) / variance
    score = score_of_answers(TopKAccuracy, judged)
    assert independent < 0.9 * trials.sum()  # else objects and images would give the same
    assert score.interval == wilson(rate, independent)


def test_accuracy_per_image_has_the_variance_of_the_shares(judged):
    hits, trials = found_and_requested(judged)
    shares = hits / trials
    rate = shares.mean()
    score = score_of_answers(TopKAccuracyPerImage, judged)
    assert score.interval == wilson(rate, rate * (1 - rate) / (shares.var(ddof=1) / len(shares)))


def test_exact_match_is_a_rate_of_images(judged):
    hits, trials = found_and_requested(judged)
    assert score_of_answers(ExactMatch, judged).interval == wilson((hits == trials).mean(), N)


def frechet(real, generated):
    covariances = [np.cov(rows, rowvar=False) for rows in (real, generated)]
    shift = real.mean(axis=0) - generated.mean(axis=0)
    return shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * sqrtm(covariances[0] @ covariances[1]).real)


def leaving_out(value_without, n):
    """Tukey's jackknife: the standard error from the values without each of ``n`` rows."""
    values = np.array([value_without(index) for index in range(n)])
    return math.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum())


def test_frechet_distance_has_the_jackknifes_standard_error():
    real, generated = normal(80, 0), normal(60, 1, shift=0.5)
    error = leaving_out(lambda index: frechet(real, np.delete(generated, index, axis=0)), 60)
    score = score_of_features(FrechetDistanceJudge(lambda rows: rows), real, generated)
    assert score.interval == around(frechet(real, generated), Z * error)


def test_distance_by_class_has_the_jackknifes_standard_error_of_the_mean_over_classes():
    real, generated = normal(160, 0), normal(120, 1, shift=0.5)
    classes = [np.arange(len(rows)) % 2 for rows in (real, generated)]

    def mean_over_classes(rows, of_rows):
        return np.mean([frechet(real[classes[0] == k], rows[of_rows == k]) for k in range(2)])

    errors = [
        leaving_out(
            lambda index, own=generated[classes[1] == k], k=k: frechet(
                real[classes[0] == k], np.delete(own, index, axis=0)
            ),
            60,
        )
        for k in range(2)
    ]
    conditions = [torch.nn.functional.one_hot(torch.from_numpy(index)) for index in classes]
    score = score_of_features(IntraObjectFrechetDistance(lambda rows: rows), real, generated, conditions)
    assert score.value == pytest.approx(mean_over_classes(generated, classes[1]))
    error = (
        math.hypot(*errors) / 2 * math.sqrt(60 * 59 * 4 / (120 * 119))
    )  # over n - 1 of all images, not of each class
    assert score.interval == around(score.value, Z * error)


def kernel_distance(real, generated):
    def off_diagonal(kernel):
        return (kernel.sum() - np.trace(kernel)) / len(kernel) / (len(kernel) - 1)

    kernels = [(x @ y.T / x.shape[1] + 1) ** 3 for x, y in ((real, real), (generated, generated), (real, generated))]
    return off_diagonal(kernels[0]) + off_diagonal(kernels[1]) - 2 * kernels[2].mean()


def test_kernel_distance_has_the_jackknifes_standard_error_and_pseudo_values():
    real, generated = normal(30, 0), normal(25, 1, shift=0.5)
    without_real = [kernel_distance(np.delete(real, i, axis=0), generated) for i in range(30)]
    without_generated = [kernel_distance(real, np.delete(generated, i, axis=0)) for i in range(25)]
    error = np.sqrt(np.var(without_real) * 29 + np.var(without_generated) * 24)
    value = kernel_distance(real, generated)
    score = score_of_features(KernelDistanceEfficientNetLite0(lambda rows: rows), real, generated)
    assert score.interval == pytest.approx([value - Z * error, value + Z * error], rel=1e-6)
    assert score.outcomes[:, 0].numpy() == pytest.approx(25 * value - 24 * np.array(without_generated), rel=1e-6)


def test_density_has_the_standard_error_of_its_images():
    real, generated = normal(50, 0), normal(40, 1)
    radius = np.sort(cdist(real, real), axis=1)[:, 5]
    each = (cdist(generated, real) <= radius).sum(axis=1) / 5
    score = score_of_features(Density(lambda rows: rows), real, generated)
    assert score.interval == around(each.mean(), Z * each.std(ddof=1) / np.sqrt(40))


def test_diversity_has_the_standard_error_of_its_conditions():
    generated, condition = normal(60, 0), np.arange(60) % 7
    means = [pdist(generated[condition == k]).mean() for k in range(7)]
    evaluator = DiversityWithinCondition(lambda rows: rows)
    score = score_of_features(evaluator, generated, generated, [torch.from_numpy(condition[:, None])] * 2)
    assert score.n == 60
    assert score.interval == around(np.mean(means), Z * np.std(means, ddof=1) / np.sqrt(7))


@pytest.mark.parametrize("cls", [ReconstructionDistance, IdentityDistance])
def test_pixel_distances_have_the_standard_error_of_their_images(cls):
    sources, made = np.random.default_rng(0).integers(0, 256, (2, 12, 3, 4, 4)).astype(np.uint8)
    each = np.abs(sources.astype(float) - made).mean(axis=(1, 2, 3)) / 255
    score = score_of_features(cls(), sources, made)
    assert score.interval == around(each.mean(), Z * each.std(ddof=1) / np.sqrt(12))


def test_the_mean_of_a_single_number_is_refused_since_it_has_no_standard_error():
    with pytest.raises(TooFewImagesError, match="needs at least 2 numbers, and there are 1"):
        mean(torch.tensor([0.5]).double(), "images")
    low, high = mean(torch.tensor([0.5, 0.7]).double(), "images").interval
    assert low < 0.6 < high
