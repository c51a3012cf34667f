"""Paired differences of scores: both records drew their images for the same conditions from the same latents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from benchmark.records.statistics import is_right_or_wrong, mcnemar_p
from evaluators.intervals import bootstrap_counts, middle95, resampled_spread

RESAMPLES = 2_000
AT_ONCE = 50  # resamples whose counts are float64 at a time


def paired_difference(before: Tensor, after: Tensor, difference: float) -> dict[str, Any]:
    """The difference of a score between two records, paired by image, with its interval.

    Args:
        before: (N, 2), of each image the two numbers whose sums' ratio is the score; or float64 (R,), the score of
            each resample.
        after: as ``before``; image i has the same condition, and resample i has the same images.
        difference: of the two scores.

    Returns:
        The difference with its 95 % interval and the interval's method; and, where every image is right or wrong, the
        p-value of the exact McNemar test, else None.
    """
    return paired_differences({"": (before, after, difference)})[""]


def paired_differences(scores: Mapping[str, tuple[Tensor, Tensor, float]]) -> dict[str, dict[str, Any]]:
    """The results of :func:`paired_difference` for several scores, by name.

    Scores of equally many images share their resamples.

    Args:
        scores: the arguments of :func:`paired_difference`, by name.
    """
    ratios = _ratios({name: pair for name, (*pair, _) in scores.items() if pair[0].ndim == 2})
    return {name: _paired(before, after, by, ratios.get(name)) for name, (before, after, by) in scores.items()}


def _paired(before: Tensor, after: Tensor, difference: float, ratios: Tensor | None) -> dict[str, Any]:
    if ratios is None:
        half = resampled_spread(after, before)
        interval, method = (difference - half, difference + half), f"1.96 std of {len(before)} common resamples"
    else:
        differences = ratios[:, 1] - ratios[:, 0]
        known = differences[differences.isfinite()]  # a resample may have no face, of which sharpness is a mean
        interval = middle95(known)
        of_all = "" if len(known) == RESAMPLES else f"{len(known)} of "
        method = f"paired bootstrap ({of_all}{RESAMPLES}, seed 0)"
    binary = ratios is not None and all(is_right_or_wrong(outcomes.numpy()) for outcomes in (before, after))
    return {
        "difference": difference,
        "ci95": list(interval),
        "method": method,
        "mcnemar_p": _mcnemar_p(before[:, 0], after[:, 0]) if binary else None,
    }


def _mcnemar_p(before: Tensor, after: Tensor) -> float:
    return float(mcnemar_p(torch.stack([before, after]).double().numpy())[0, 1])


def _ratios(pairs: Mapping[str, Sequence[Tensor]]) -> dict[str, Tensor]:
    """Of each pair the ratios of the columns' sums over resamples of the rows: float64 (RESAMPLES, 2)."""
    found: dict[str, Tensor] = {}
    for n in sorted({len(before) for before, _ in pairs.values()}):
        same = {name: torch.cat(list(pair), dim=1) for name, pair in pairs.items() if len(pair[0]) == n}
        values = torch.cat(list(same.values()), dim=1).double()
        sums = torch.cat([some.double() @ values for some in _resamples(n).split(AT_ONCE)])
        ratios = (sums[:, 0::2] / sums[:, 1::2]).unflatten(1, (-1, 2))
        found |= dict(zip(same, ratios.unbind(dim=1), strict=True))
    return found


@lru_cache(maxsize=8)
def _resamples(n: int) -> Tensor:
    """Counts of ``n`` rows in each resample: uint8 (RESAMPLES, n); a record has scores of several numbers of images."""
    return bootstrap_counts(n, RESAMPLES, seed=0).to(torch.uint8)
