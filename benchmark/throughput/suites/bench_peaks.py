"""Speeds that the machine reaches at most; other rows are shown as a share of them."""

import pytest

from benchmark.throughput.side import Side


@pytest.mark.benchmark(group="peaks")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_arithmetic(timed, precision):
    timed(Side("ours", "peaks.arithmetic", {"precision": precision}), unit="GFLOP")


@pytest.mark.benchmark(group="peaks")
def test_copy(timed):
    timed(Side("ours", "peaks.copy"), unit="MB")
