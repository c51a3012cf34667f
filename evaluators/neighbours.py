"""Nearest neighbours among features, and pairs within given radii: as exact as float64, at the speed of float32.

Distances are computed in float32 first. Only those that are too close to call, one in thousands, are computed again in
float64; what comes out is what float64 says. Nothing ever holds all pairs: memory grows with the images, not with their
square.
"""

from __future__ import annotations

import torch
from torch import Tensor

from evaluators.large_tensors import empty, rows_at_once

ROWS = 1_000  # of a matrix of distances at once; fewer of a large one
PAIRS = 512  # computed again at once: what fits in a CPU's cache
EXACT = "donot_use_mm_for_euclid_dist"  # differences, not products of matrices, which lose small distances
SPARE = 3  # candidates besides the neighbours requested
ROUNDING = 2e-5  # float32's error in a squared distance is far below this share of the squared norms' sum


class Pairs:
    """All pairs of rows of two sets of features, a stretch of rows at a time.

    Args:
        x: float64 (N, D).
        y: float64 (M, D).
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        centre = y.mean(dim=0)  # small norms, small errors
        self.x, self.y = x, y
        self._y, self._y_norms = _centred(y, centre)
        self._x, self._x_norms = (self._y, self._y_norms) if x is y else _centred(x, centre)

    def stretches(self) -> list[slice]:
        """Of the rows of ``x``, in order."""
        step = rows_at_once(len(self.y), ROWS)
        return [slice(start, start + step) for start in range(0, len(self.x), step)]

    def rough(self, rows: slice) -> Tensor:
        """Squared distances as float32 has them: (n, M)."""
        sums = self._x_norms[rows, None] + self._y_norms
        return torch.addmm(sums, self._x[rows], self._y.T, alpha=-2)

    def doubt(self, rows: slice) -> Tensor:
        """Bound of each row's rounding error: (n, 1)."""
        return ROUNDING * (self._x_norms[rows, None] + self._y_norms.max())

    def exact(self, first: Tensor, second: Tensor) -> Tensor:
        """Distances of rows ``first`` (P,) of x to some rows of y each, ``second`` (P, K): float64 (P, K)."""
        size = max(1, PAIRS // second.shape[1])
        parts = zip(first.split(size), second.split(size), strict=True)
        return torch.cat([torch.linalg.vector_norm(self.x[i, None] - self.y[j], dim=2) for i, j in parts])

    def within(self, rows: slice, rough: Tensor, radii: Tensor) -> Tensor:
        """Mask of pairs nearer than a radius: bool (n, M).

        Args:
            rows: a stretch of ``x``.
            rough: its :meth:`rough` distances.
            radii: float64 (n, 1), of the rows, or (M,), of the others.
        """
        margin = rough - radii.square().float()
        inside, unclear = margin < 0, (margin.abs() <= self.doubt(rows)).nonzero()
        i, j = unclear.unbind(dim=1)
        inside[i, j] = self.exact(i + rows.start, j[:, None])[:, 0] < radii.expand(rough.shape)[i, j]
        return inside


def _centred(features: Tensor, centre: Tensor) -> tuple[Tensor, Tensor]:
    """Features about a centre, float32 (N, D), and their squared norms, (N,)."""
    centred, norms = empty(*features.shape, dtype=torch.float32), torch.empty(len(features))
    for to, squares, rows in zip(centred.split(ROWS), norms.split(ROWS), features.split(ROWS), strict=True):
        torch.sum(to.copy_(rows - centre).square(), dim=1, out=squares)
    return centred, norms


def nearest(x: Tensor, among: Tensor, count: int) -> Tensor:
    """Distances of each row of (N, D) to the nearest ``count`` rows of (M, D), in order: float64 (N, count).

    Where the next one is no clear loser in float32, all distances of that row are computed again.
    """
    pairs, found = Pairs(x, among), []
    wanted = min(count + SPARE, len(among))
    for rows in pairs.stretches():
        rough, indices = pairs.rough(rows).topk(wanted, largest=False, sorted=True)
        first = torch.arange(rows.start, rows.start + len(rough))
        distances = pairs.exact(first, indices).sort(dim=1).values[:, :count]
        if wanted < len(among):  # else these are all
            unclear = rough[:, -1] - rough[:, count - 1] <= 2 * pairs.doubt(rows)[:, 0]
            distances[unclear] = (
                torch.cdist(x[rows][unclear], among, compute_mode=EXACT).topk(count, largest=False).values
            )
        found.append(distances)
    return torch.cat(found)
