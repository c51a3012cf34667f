"""Features of many images: in files instead of memory, a part at a time, and with the same scores."""

import gc
from pathlib import Path

import pytest
import torch
from builders.features import features

from evaluators import EVALUATORS, frechet, large_tensors, mind
from evaluators.large_tensors import empty, rows_at_once, stacked

MATRICES = [name for name in EVALUATORS if name.endswith("_efficientnet_lite0") or "duplicate" in name]


def files():
    """Deleted files that this process has mapped."""
    return sum("(deleted)" in line for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines())


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists what a process has mapped")
def test_a_large_matrix_lies_in_a_file_that_goes_with_it_and_a_small_one_in_memory(monkeypatch):
    monkeypatch.setattr(large_tensors, "LARGE", 100)
    gc.collect()
    before = files()
    small, large = empty(100, 3, dtype=torch.float64), empty(101, 3, dtype=torch.float32)
    assert (small.dtype, large.dtype, large.shape) == (torch.float64, torch.float32, (101, 3))
    assert files() == before + 1
    large[:] = 7
    view = large[50:]
    del large
    assert (view == 7).all()
    del view
    gc.collect()
    assert files() == before


@pytest.mark.parametrize("large", [5, 1_000])
def test_parts_are_stacked_in_order_as_float64(monkeypatch, large):
    monkeypatch.setattr(large_tensors, "LARGE", large)
    parts = list(features(20).float().split(7))
    assert torch.equal(stacked(parts), torch.cat(parts).double())
    assert stacked([]).shape == (0, 0)


def test_fewer_rows_of_a_wider_matrix_are_held_at_once():
    assert [rows_at_once(columns, 1_000) for columns in (0, 10, 10_000, 100_000)] == [1_000, 1_000, 1_000, 100]
    assert rows_at_once(10**9, 1_000) == 1


def score(name, real, generated):
    evaluator = EVALUATORS[name](lambda images: images)
    conditions = torch.arange(len(real))[:, None] % 3
    for part, condition in zip(real.split(90), conditions.split(90), strict=True):
        evaluator.update(part, condition, real=True)
    evaluator.hold_out(real[:120] + 1)
    for part, condition in zip(generated.split(70), conditions[: len(generated)].split(70), strict=True):
        evaluator.update(part, condition, real=False)
    return evaluator.compute()


@pytest.mark.parametrize("name", MATRICES)
def test_scores_do_not_depend_on_what_is_held_at_once(monkeypatch, name):
    real, generated = features(400, 1).float(), features(350, 2, shift=0.3).float()
    expected = score(name, real, generated)
    monkeypatch.setattr(large_tensors, "LARGE", 60)
    monkeypatch.setattr(large_tensors, "PAIRS", 4_000)
    monkeypatch.setattr(frechet, "LARGE", 60)
    monkeypatch.setattr(frechet, "ROWS", 50)
    monkeypatch.setattr(mind, "MOVES", 5_000)
    found = score(name, real, generated)
    assert found.value == pytest.approx(expected.value, rel=1e-9, abs=1e-12)
    assert found.interval == pytest.approx(expected.interval, rel=1e-7, abs=1e-9)
