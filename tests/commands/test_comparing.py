"""Comparing two records image by image."""

import pytest
import torch
from builders.records import model_record
from scipy.stats import binom

from benchmark.cli import main
from benchmark.commands.compare import compare, mcnemar, paired
from benchmark.errors import UsageError
from benchmark.records.per_sample import PerSample, save_per_sample


def outcomes(hits, trials=None):
    hits = torch.as_tensor(hits)
    return torch.stack([hits, torch.ones_like(hits) if trials is None else torch.as_tensor(trials)], dim=1)


def coins(share, n=400, seed=0):
    return (torch.rand(n, generator=torch.Generator().manual_seed(seed)) < share).long()


def test_mcnemar_is_the_binomial_test_of_the_images_that_changed():
    before, after = torch.tensor([1] * 10 + [0] * 10), torch.tensor([1] * 9 + [0] + [1] * 6 + [0] * 4)
    assert mcnemar(before, after) == pytest.approx(2 * binom.cdf(1, 7, 0.5))
    assert mcnemar(before, before) == 1.0


def test_the_interval_holds_the_difference_of_the_two_rates():
    found = paired(outcomes([1, 0, 0, 1]), outcomes([1, 1, 1, 0]), 0.25)
    assert found["difference"] == 0.25
    assert found["ci95"][0] <= 0.25 <= found["ci95"][1]


def test_equal_records_do_not_differ():
    found = paired(outcomes(coins(0.5)), outcomes(coins(0.5)), 0.0)
    assert (found["difference"], found["ci95"], found["mcnemar_p"]) == (0.0, [0.0, 0.0], 1.0)


def test_pairs_tell_apart_what_the_two_intervals_do_not():
    before = coins(0.5)
    after = before.clone()
    after[before.logical_not().nonzero().flatten()[:20]] = 1  # 20 of 400 images better, none worse
    found = paired(outcomes(before), outcomes(after), 0.05)
    assert found["ci95"][0] > 0.02
    assert found["mcnemar_p"] < 1e-4


def test_images_of_several_objects_have_an_interval_and_no_mcnemar():
    trials = torch.tensor([1, 2, 3] * 100)
    found = paired(outcomes(trials - 1, trials), outcomes(trials, trials), 0.5)
    assert found["mcnemar_p"] is None
    assert found["ci95"] == pytest.approx([0.5, 0.5], abs=0.06)


def test_means_have_the_interval_of_resampled_images_and_no_mcnemar():
    rng = torch.Generator().manual_seed(0)
    before = torch.rand(400, generator=rng, dtype=torch.float64)
    after = before + 0.1 + 0.2 * torch.randn(400, generator=rng, dtype=torch.float64)
    found = paired(outcomes(before), outcomes(after), (after - before).mean().item())
    half = 1.96 * (after - before).std().item() / 20
    assert found["mcnemar_p"] is None
    assert found["ci95"] == pytest.approx([found["difference"] - half, found["difference"] + half], abs=0.1 * half)


def test_distances_are_paired_resample_by_resample():
    """Both are far from certain; that one is larger is not."""
    before = torch.tensor([50.0, 60.0, 70.0, 60.0], dtype=torch.float64)
    found = paired(before, before + torch.tensor([2.0, 2.5, 2.0, 1.5], dtype=torch.float64), 2.0)
    assert found["method"] == "1.96 std of 4 common resamples"
    assert found["ci95"] == pytest.approx([2 - 0.8, 2 + 0.8], abs=0.01)
    assert found["mcnemar_p"] is None


@pytest.fixture
def two(tmp_path):
    """Two records of other seeds with the files next to them."""
    return [
        saved(tmp_path, seed, {"topk_accuracy": outcomes(coins(share)).to(torch.uint8)})
        for seed, share in enumerate((0.2, 0.8))
    ]


def saved(folder, seed, scores):
    """A record of that seed, and what its scores are made of."""
    record = model_record(training={"seed": seed})
    digest = save_per_sample(folder / record.file_name, PerSample(scores=scores))
    return model_record(training={"seed": seed}, per_sample_sha256=digest).save(folder)


def test_the_command_compares_two_records(two, capsys):
    assert main(["compare", *map(str, two)]) == 0
    out = capsys.readouterr().out
    assert "topk_accuracy" in out
    assert "mcnemar_p" in out


def test_records_of_other_protocols_are_refused(two, tmp_path):
    other = model_record(protocol={"n_real": 7}).save(tmp_path / "other")
    with pytest.raises(UsageError, match="two records do not compare: n_real is 1000"):
        compare(two[0], other)


def test_a_missing_file_is_refused_by_name(two):
    two[1].with_suffix(".safetensors").unlink()
    with pytest.raises(UsageError, match=r"cannot read .*seed1-.*safetensors: No such file.*score the run again"):
        compare(*two)


def test_a_score_that_one_record_says_nothing_of_by_image_is_named(two, tmp_path, capsys):
    other = saved(tmp_path / "other", 2, {"exact_match": outcomes(coins(0.5))})
    assert compare(two[0], other) == []
    assert "topk_accuracy is left out" in capsys.readouterr().err
