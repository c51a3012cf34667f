"""Comparing two records image by image: both drew for the same conditions from the same latents."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmark.errors import UsageError
from benchmark.records.per_sample import load_per_sample
from benchmark.records.store import AGAIN, check_comparable, load_record
from benchmark.system.terminal import say
from evaluators.intervals import bootstrap_counts, middle95, resampled_spread

RESAMPLES = 2_000


def compare(first: Path, second: Path) -> list[dict[str, Any]]:
    """One row per score that both records tell by image or by resample: second minus first.

    Raises:
        UsageError: a file is no record or lacks the file next to it, or the two do not compare.
    """
    records = [load_record(path) for path in (first, second)]
    check_comparable(records)
    before, after = (load_per_sample(path).scores for path in (first, second))
    rows = []
    for name in sorted(records[0].scores.keys() & records[1].scores.keys()):
        entries = [record.scores[name] for record in records]
        if name not in before or name not in after:
            say(f"{name} is left out: a file next to a record lacks it; {AGAIN}")
            continue
        if entries[0].n != entries[1].n or len(before[name]) != len(after[name]):
            raise UsageError(
                f"{name} has n = {entries[0].n:,} in {first} and {entries[1].n:,} in {second}; "
                "give two models' records, or a model's and the untrained row's"
            )
        values = [entry.value for entry in entries]
        found = paired(before[name], after[name], values[1] - values[0])
        rows.append({"score": name, "first": values[0], "second": values[1], "n": entries[0].n} | found)
    return rows


def paired(before: Tensor, after: Tensor, difference: float) -> dict[str, Any]:
    """Difference of two scores of the same images, with its interval.

    Args:
        before: (N, 2), of each image the two numbers whose sums' ratio is the score; or float64 (R,), the score of
            each resample.
        after: as ``before``; image i has the same condition, and resample i has the same images.
        difference: of the two scores.

    Returns:
        The difference with its 95 % interval, how that was found, and the p of no difference by the exact McNemar
        test where every image is right or wrong, else None: then the interval alone tells.
    """
    if before.ndim == 1:
        half = resampled_spread(after, before)
        interval, method = (difference - half, difference + half), f"1.96 std of {len(before)} common resamples"
    else:
        interval = middle95(_ratios(after) - _ratios(before))
        method = f"paired bootstrap ({RESAMPLES}, seed 0)"
    binary = before.ndim == 2 and all(_right_or_wrong(outcomes) for outcomes in (before, after))
    return {
        "difference": difference,
        "ci95": list(interval),
        "method": method,
        "mcnemar_p": mcnemar(before[:, 0], after[:, 0]) if binary else None,
    }


def mcnemar(before: Tensor, after: Tensor) -> float:
    """The two-sided p of as many images won as lost, if either were as likely; 1 if none was won or lost.

    Args:
        before: zeros and ones (N,).
        after: as ``before``.

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated proportions"; exact.
    """
    from scipy.stats import binomtest

    won, lost = int((after > before).sum()), int((after < before).sum())
    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def _right_or_wrong(outcomes: Tensor) -> bool:
    hits, trials = outcomes.unbind(dim=1)
    return bool((trials == 1).all() and ((hits == 0) | (hits == 1)).all())


def _ratios(outcomes: Tensor) -> Tensor:
    """The ratio of the columns' sums over resamples of the rows: float64 (RESAMPLES,)."""
    hits, trials = (_resamples(len(outcomes)) @ outcomes.double()).unbind(dim=1)
    return hits / trials


@lru_cache(maxsize=1)
def _resamples(n: int) -> Tensor:
    """Weights of ``n`` rows in each resample: float64 (RESAMPLES, n)."""
    return bootstrap_counts(n, RESAMPLES, seed=0).double()
