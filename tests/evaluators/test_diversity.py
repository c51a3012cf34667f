"""Collapse and variety: against direct loops and on generators that are known to be bad."""

import pytest
import torch
from builders.features import plain_features

from evaluators.base import TooFewImagesError
from evaluators.diversity import (
    DiversityWithinCondition,
    NearDuplicateRate,
    NearDuplicateRateOf64,
    nearest_of,
    nearest_others,
    share_below,
    within_groups,
)


def score_of(cls, real, generated, condition=None):
    evaluator = cls(lambda rows: rows)
    evaluator.update(real, None, real=True)
    condition = torch.zeros(len(generated), 1) if condition is None else condition
    evaluator.update(generated, condition, real=False)
    return evaluator.compute()


def test_nearest_neighbours_agree_with_a_loop():
    x, y = plain_features(30, 0), plain_features(20, 1)
    others = [min((a - b).norm().item() for j, b in enumerate(x) if j != i) for i, a in enumerate(x)]
    assert nearest_others(x).tolist() == pytest.approx(others)
    assert nearest_of(x, y).tolist() == pytest.approx([min((a - b).norm().item() for b in y) for a in x])


def test_variety_is_the_mean_distance_within_each_condition():
    x = torch.tensor([[0.0], [2.0], [10.0], [11.0], [13.0], [99.0]], dtype=torch.float64)
    condition = torch.tensor([[0, 1], [0, 1], [1, 0], [1, 0], [1, 0], [1, 1]])
    assert sorted(within_groups(x, condition).tolist()) == [2.0, 2.0]  # |0 - 2|; the mean of 1, 3 and 2
    assert score_of(DiversityWithinCondition, x, x, condition).value == 2.0


def test_a_generator_that_ignores_its_latent_has_no_variety():
    x = plain_features(5, 0).repeat_interleave(4, dim=0)
    condition = torch.arange(5).repeat_interleave(4)[:, None]
    assert score_of(DiversityWithinCondition, x, x, condition).value == pytest.approx(0, abs=1e-6)


def test_as_varied_as_the_data_is_about_one_percent_near_duplicates():
    score = score_of(NearDuplicateRate, plain_features(2_000, 0), plain_features(2_000, 1))
    assert 0.003 < score.value < 0.025


def test_a_collapsed_generator_draws_near_duplicates_only():
    collapsed = plain_features(10, 1).repeat(100, 1) + 1e-3 * plain_features(1_000, 2)
    assert score_of(NearDuplicateRate, plain_features(1_000, 0), collapsed).value > 0.99


def test_more_generated_than_real_images_do_not_count_as_collapse():
    assert score_of(NearDuplicateRate, plain_features(500, 0), plain_features(5_000, 1)).value < 0.05


def test_a_collapse_is_seen_where_some_real_images_are_copies_of_each_other():
    real = plain_features(1_000, 0)
    real[:40] = real[40:80]
    collapsed = plain_features(10, 1).repeat(100, 1)
    assert score_of(NearDuplicateRate, real, collapsed).value == 1
    assert score_of(NearDuplicateRate, real, plain_features(1_000, 2)).value < 0.03


def test_one_percent_of_few_images_is_refused():
    with pytest.raises(TooFewImagesError, match="saw 99 real images that are no copies"):
        score_of(NearDuplicateRate, plain_features(99, 0), plain_features(500, 1))


@pytest.mark.parametrize("n", [100, 200, 299, 368, 400, 600, 999, 1_000])
def test_the_interval_holds_1_percent_for_images_like_real_ones_however_few_real_distances_there_are(n):
    random = torch.Generator().manual_seed(n)
    held = 0
    for _ in range(200):
        real, generated = (torch.rand(count, generator=random, dtype=torch.float64) + 1 for count in (n, 5_000))
        low, high = share_below(generated, real).interval
        held += low <= 0.01 <= high
    assert held / 200 >= 0.95


@pytest.mark.parametrize(("n", "is_empty"), [(367, True), (368, False)])
def test_of_few_real_distances_only_copies_are_surely_nearer_than_99_percent(n, is_empty):
    real = torch.linspace(1, 2, n, dtype=torch.float64)
    all_alike = (torch.full((500,), distance, dtype=torch.float64) for distance in (0.5, 0.0))
    nearer, copies = (share_below(distances, real).interval for distances in all_alike)
    assert (nearer[0] == 0) is is_empty
    assert copies[0] > 0.99


def few_ways(n, ways, seed):
    """Features that vary in ``ways`` directions alone, as widely as the data does."""
    weights = torch.randn(n, ways, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return weights @ plain_features(ways, 3) / ways**0.5


def test_a_sheet_as_varied_as_the_data_has_about_one_percent_near_duplicates():
    score = score_of(NearDuplicateRateOf64, plain_features(2_048, 0), plain_features(2_000, 1))
    assert 0.003 < score.value < 0.03
    assert score.n == 31 * 64


def test_a_collapse_is_seen_on_sheets_too():
    collapsed = plain_features(10, 1).repeat(100, 1) + 1e-3 * plain_features(1_000, 2)
    assert score_of(NearDuplicateRateOf64, plain_features(1_024, 0), collapsed).value > 0.99


def test_thousands_of_images_of_few_ways_are_near_duplicates_but_those_of_one_sheet_less_often():
    real, generated = plain_features(2_048, 0), few_ways(2_048, 4, 1)
    of_all, of_64 = score_of(NearDuplicateRate, real, generated), score_of(NearDuplicateRateOf64, real, generated)
    assert of_all.interval[0] > of_64.interval[1]


def test_sheets_are_taken_in_order_and_neighbours_on_another_sheet_do_not_count():
    x = plain_features(64, 1)
    assert score_of(NearDuplicateRateOf64, plain_features(2_048, 0), torch.cat([x, x])).value < 0.05
    assert score_of(NearDuplicateRate, plain_features(2_048, 0), torch.cat([x, x])).value == 1


def test_a_sheets_interval_is_wider_than_that_of_as_many_independent_images():
    repeated = torch.cat([plain_features(64, seed) if seed % 2 else plain_features(1, seed).repeat(64, 1)
                          for seed in range(20)])  # fmt: skip
    score = score_of(NearDuplicateRateOf64, plain_features(2_048, 99), repeated)
    assert score.value == pytest.approx(0.5, abs=0.03)
    assert score.interval[1] - score.interval[0] > 0.3
