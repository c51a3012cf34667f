"""Comparing two records picture by picture: both drew for the same conditions from the same latents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.outcomes import load_outcomes
from benchmark.record_files import check_comparable, load_record
from evaluators.statistics import bootstrap_interval

RESAMPLES = 2_000


def compare(first: Path, second: Path) -> list[dict[str, Any]]:
    """One row per score that both records have outcomes of: second minus first.

    Raises:
        UsageError: a file is no record or lacks its outcomes, or the two do not compare.
    """
    records = [load_record(path) for path in (first, second)]
    check_comparable(records)
    before, after = load_outcomes(first), load_outcomes(second)
    shared = sorted(before.keys() & after.keys())
    for name in shared:
        if len(before[name]) != len(after[name]):
            raise UsageError(
                f"{name} looked at {len(before[name]):,} pictures in {first} and at {len(after[name]):,} in {second}; "
                "give two models' records, or a model's and the untrained row's"
            )
    return [{"score": name} | paired(before[name], after[name]) for name in shared]


def paired(before: Tensor, after: Tensor) -> dict[str, Any]:
    """The difference of two rates over the same pictures, with a paired bootstrap's interval and a test's p.

    Args:
        before: uint8 (N, 2), hits and trials of each picture.
        after: as ``before``; picture i was asked for the same.

    Returns:
        Both rates, their difference, its 95 % interval, n, and the p of no difference by the exact McNemar test
        where every picture is one trial, else None: then the interval alone tells.
    """
    before, after = before.double(), after.double()

    def difference(times: Tensor) -> float:
        return _rate(after, times) - _rate(before, times)

    once = torch.ones(len(before))
    low, high = bootstrap_interval(difference, len(before), resamples=RESAMPLES)
    binary = bool((before[:, 1] == 1).all() and (after[:, 1] == 1).all())
    return {
        "first": _rate(before, once),
        "second": _rate(after, once),
        "difference": difference(once),
        "ci95": [low, high],
        "n": len(before),
        "mcnemar_p": mcnemar(before[:, 0], after[:, 0]) if binary else None,
    }


def mcnemar(before: Tensor, after: Tensor) -> float:
    """The two-sided p of as many pictures won as lost, if either were as likely; 1 if none was won or lost.

    Args:
        before: zeros and ones (N,).
        after: as ``before``.

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated proportions"; exact.
    """
    from scipy.stats import binomtest

    won, lost = int((after > before).sum()), int((after < before).sum())
    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def _rate(outcomes: Tensor, times: Tensor) -> float:
    hits, trials = times.double() @ outcomes
    return (hits / trials).item()
