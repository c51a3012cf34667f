"""Ranks by paired tests: what single images did tells rows apart that intervals cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from builders.leaderboards import entry, ranked_by, run, with_scores
from builders.records import SCORE, declared
from scipy.stats import binomtest, ttest_ind

from benchmark.leaderboard.averages import Cell, average
from benchmark.leaderboard.columns import column_of
from benchmark.leaderboard.output_files import check, load_tables, write
from benchmark.leaderboard.paired import holm, p_values
from benchmark.leaderboard.ranks import rank_rows
from benchmark.leaderboard.tables import build
from benchmark.records.differences import paired_difference as compared
from benchmark.records.per_sample import PerSample, per_sample_path, save_per_sample
from benchmark.records.statistics import mcnemar_p

N = 640


def cell(value, half=0.05):
    return Cell(value=value, interval=(value - half, value + half), deviation=None)


def right_or_wrong(rng, rate, like=None, flips=0):
    """Outcomes (N, 2) of images that are right at a rate; or those of ``like`` with some images lost."""
    hits = (rng.random(N) < rate).astype(np.float32) if like is None else like[:, 0].copy()
    hits[np.flatnonzero(hits)[:flips]] = 0
    return np.stack([hits, np.ones_like(hits)], axis=1)


def saved(folder, name, outcomes, **changes):
    """A record whose main score is made of these outcomes, with the file next to it."""
    value = float(outcomes[:, 0].sum() / outcomes[:, 1].sum())
    record = run(name, value, 0.04, **changes)
    per_sample = PerSample(scores={"topk_accuracy": torch.from_numpy(outcomes)})
    digest = save_per_sample(folder / record.file_name, per_sample)
    record.model_copy(update={"per_sample_sha256": digest}).save(folder)
    return folder / record.file_name


@pytest.mark.parametrize(("lost", "expected"), [(4, [1, 1]), (20, [1, 2])])
def test_rows_whose_intervals_overlap_are_told_apart_by_the_images_that_one_lost(tmp_path, lost, expected):
    base = right_or_wrong(np.random.default_rng(0), 0.6)
    saved(tmp_path, "first", base)
    saved(tmp_path, "second", right_or_wrong(None, None, like=base, flips=lost))
    (table,) = load_tables(tmp_path)
    assert [(row.name, row.rank) for row in table.rows] == list(zip(["first", "second"], expected, strict=True))


def test_rows_of_several_seeds_are_not_compared_image_by_image(tmp_path):
    base = right_or_wrong(np.random.default_rng(0), 0.6)
    saved(tmp_path, "first", base)
    for seed in range(2):
        saved(tmp_path, "second", right_or_wrong(None, None, like=base, flips=20), seed=seed)
    (table,) = load_tables(tmp_path)
    assert [row.rank for row in table.rows] == [1, 1]


def of_seeds(values, half=0.001):
    """The cell of seeds with these values, each with a short interval over its images."""
    return average([entry(value, (value - half, value + half)) for value in values])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([0.70, 0.74, 0.72], [0.60, 0.66, 0.61]),
        ([0.70, 0.71, 0.72, 0.70], [0.50, 0.66]),
        ([0.70, 0.74, 0.72], [0.60]),
        ([0.60], [0.70, 0.74]),
    ],
)
def test_seeds_are_compared_by_welch_or_by_student_where_a_row_has_one(first, second):
    found = p_values([of_seeds(first), of_seeds(second)], [None, None], [len(first), len(second)])
    expected = ttest_ind(first, second, equal_var=min(len(first), len(second)) == 1).pvalue
    assert found[0, 1] == found[1, 0] == pytest.approx(expected)


def test_two_seeds_prove_less_than_the_normal_distribution_says(tmp_path):
    for seed, value in enumerate((0.50, 0.52)):
        run("second", value, 0.001, seed=seed).save(tmp_path)
    run("first", 0.57, 0.001).save(tmp_path)  # 3.5 standard errors away; with one degree of freedom p is 0.18
    (table,) = load_tables(tmp_path)
    assert [row.rank for row in table.rows] == [1, 1]
    run("first", 0.95, 0.001).save(tmp_path / "far")
    for seed, value in enumerate((0.50, 0.52)):
        run("second", value, 0.001, seed=seed).save(tmp_path / "far")
    (table,) = load_tables(tmp_path / "far")
    assert [row.rank for row in table.rows] == [1, 2]


def test_seeds_that_happen_to_agree_are_told_apart_by_their_images_alone():
    wide, short = ([of_seeds([value] * 3, half) for value in (0.5, 0.6)] for half in (0.2, 0.01))
    assert p_values(wide, [None, None], [3, 3])[0, 1] == pytest.approx(0.488, abs=1e-3)  # z = 0.1 / 0.144
    assert p_values(short, [None, None], [3, 3])[0, 1] < 1e-9
    assert p_values([wide[0], wide[0]], [None, None], [3, 3])[0, 1] == 1


def test_a_table_of_single_seeds_keeps_its_tests_by_image_beside_a_row_of_several():
    base = right_or_wrong(np.random.default_rng(0), 0.6)
    worse = right_or_wrong(None, None, like=base, flips=20)
    cells, outcomes = [cell(0.60), cell(0.57), of_seeds([0.2, 0.3])], [base, worse, None]
    assert p_values(cells, outcomes, [1, 1, 2])[0, 1] == p_values(cells[:2], outcomes[:2])[0, 1] < 1e-4


@pytest.mark.parametrize(("alike", "expected"), [(2, [1, 1]), (30, [1, 2])])
def test_sheets_are_the_units_of_a_ranking_by_near_duplicates(tmp_path, alike, expected):
    name = "near_duplicate_rate_of_64"
    for model, count in (("first", 0), ("second", alike)):
        hits = torch.zeros(40, 64)
        hits[:count] = 1
        outcomes = torch.stack([hits.flatten(), torch.ones(40 * 64)], dim=1)
        record = with_scores(run(model), {name: declared(name) | {"value": count / 40, "interval": (0, 1)}})
        digest = save_per_sample(tmp_path / record.file_name, PerSample(scores={name: outcomes}))
        ranked_by(name, record.model_copy(update={"per_sample_sha256": digest})).save(tmp_path)
    (table,) = load_tables(tmp_path)
    assert [row.rank for row in table.rows] == expected


@pytest.mark.parametrize(("contents", "words"), [(b"other", "sha256"), (None, "cannot read")])
def test_a_file_with_a_fault_ranks_by_intervals_and_the_check_reports_it(tmp_path, contents, words):
    base = right_or_wrong(np.random.default_rng(0), 0.6)
    saved(tmp_path / "records", "first", base)
    path = saved(tmp_path / "records", "second", right_or_wrong(None, None, like=base, flips=20))
    write(tmp_path / "records", tmp_path / "tables")
    assert [row.rank for row in load_tables(tmp_path / "records")[0].rows] == [1, 2]
    per_sample_path(path).unlink()
    if contents is not None:
        per_sample_path(path).write_bytes(contents)
    assert [row.rank for row in load_tables(tmp_path / "records")[0].rows] == [1, 1]
    assert any(words in line for line in check(tmp_path / "records", tmp_path / "tables"))


def test_mcnemar_is_the_exact_binomial_test_of_each_pair():
    rng = np.random.default_rng(1)
    hits = (rng.random((4, 60)) < [[0.9], [0.8], [0.5], [0.5]]).astype(float)
    hits[3] = hits[2]
    found = mcnemar_p(hits)
    for i in range(4):
        for j in range(4):
            won, lost = int((hits[i] > hits[j]).sum()), int((hits[i] < hits[j]).sum())
            expected = binomtest(won, won + lost).pvalue if won + lost else 1.0
            assert found[i, j] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("form", ["ratio", "resampled"])
def test_paired_values_differ_where_the_bootstrap_of_compare_says_so(form):
    rng = np.random.default_rng(2)
    shared = rng.normal(1.0, 0.5, N)
    noisy = shared + rng.normal(0.0, 0.05, N)
    apart = noisy + 0.02
    outcomes = [np.stack([values, np.ones(N)], axis=1) for values in (shared, noisy, apart)]
    if form == "resampled":
        weights = rng.multinomial(N, [1 / N] * N, size=200) / N
        outcomes = [weights @ values[:, 0] for values in outcomes]
    values = [float(one.mean() if one.ndim == 1 else one[:, 0].mean()) for one in outcomes]
    found = p_values([cell(value) for value in values], outcomes)
    for i, j in ((0, 1), (1, 2), (0, 2)):
        low, high = compared(*(torch.from_numpy(outcomes[k]) for k in (i, j)), values[j] - values[i])["ci95"]
        assert (found[i, j] < 0.05) == (not low <= 0 <= high), (i, j)
    assert (found[0, 1] < 0.05, found[1, 2] < 0.05) == (False, True)


def test_rows_without_outcomes_and_rows_of_other_lengths_are_compared_by_intervals():
    outcomes = right_or_wrong(np.random.default_rng(0), 0.6)
    cells = [cell(0.6), cell(0.6), cell(0.5), cell(0.4)]
    found = p_values(cells, [outcomes, outcomes[: N // 2], None, outcomes])
    assert found[0, 1] == 1.0
    assert found[0, 2] == pytest.approx(0.00557, abs=1e-4)  # z = 0.1 / (0.05 / 1.96 * sqrt(2)) = 2.77
    assert found[0, 3] == 1.0  # the same images are right


def test_holm_is_what_his_paper_does_by_hand():
    p = np.ones((3, 3))
    for (i, j), value in {(0, 1): 0.01, (0, 2): 0.04, (1, 2): 0.03}.items():
        p[i, j] = p[j, i] = value
    found = holm(p)
    assert (found[0, 1], found[1, 2], found[0, 2]) == pytest.approx((0.03, 0.06, 0.06))
    assert (found == found.T).all()


@pytest.mark.parametrize(
    ("score", "expected"), [("precision_efficientnet_lite0", [1, 2]), ("recall_efficientnet_lite0", [1, 1])]
)
def test_shares_of_real_images_rank_no_rows_apart_since_their_intervals_are_over_real_images(score, expected):
    record = run("first", scores={score: SCORE | declared(score) | {"groups": {}}})
    rows = build([run("first", 0.9), run("second", 0.2)])[0].rows
    rows = [replace(row, scores={score: cell(value, 0.01)}) for row, value in zip(rows, (0.9, 0.2), strict=True)]
    assert [row.rank for row in rank_rows(rows, column_of(score, [record]))] == expected
