"""Plots of a leaderboard as PNG and SVG: what a score cost, how seeds spread, how far the judge can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.leaderboard.cells import title
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.tables import Table
from benchmark.records.record import Record
from benchmark.records.rounding import is_fraction
from benchmark.system.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNDATED = {"png": {"Software": None}, "svg": {"Date": None}}  # metadata that savefig leaves out
BINS = 10
COSTS: Mapping[str, tuple[str, Callable[[Record], float]]] = {
    "seconds": ("seconds of training", lambda record: record.training.seconds),
    "images": ("real images seen in training", lambda record: record.training.images_seen),
}


def draw(table: Table, records: Mapping[str, Record], stem: Path) -> list[Path]:
    """Plots of one table: the score that ranks against seconds and images, and its spread over the seeds.

    Args:
        table: plots are of its models.
        records: by file name.
        stem: the paths without their endings.

    Returns:
        Paths of the files; there is no plot of seeds where every row has one.
    """
    column = table.main_column
    if column is None:
        return []
    runs = [(row.name, [records[name] for name in row.records]) for row in table.rows if row.kind == "model"]
    runs = [(name, [one for one in same if column.name in one.scores]) for name, same in runs]
    runs = [(name, same) for name, same in runs if same]
    several = [(name, same) for name, same in runs if len(same) > 1]
    painted = {key: partial(draw_costs, runs=runs, column=column, cost=key) for key in COSTS if runs}
    painted |= {"seeds": partial(draw_seeds, runs=several, column=column)} if several else {}
    return [path for key, paint in painted.items() for path in save(stem.with_name(f"{stem.name}-{key}"), paint)]


def draw_costs(axes: Axes, runs: Sequence[tuple[str, list[Record]]], column: Column, cost: str) -> None:
    """Each run as a point with its 95 % interval; one colour a model."""
    words, of = COSTS[cost]
    for name, same in runs:
        values, low, high = scaled_scores(same, column)
        spread = np.maximum(0, [values - low, high - values])
        axes.errorbar(list(map(of, same)), values, yerr=spread, fmt="o", capsize=3, label=without_formulas(name))
    axes.set(xlabel=words, ylabel=without_formulas(title(column)))
    axes.legend(fontsize="small")


def without_formulas(text: str) -> str:
    """Text with its dollar signs escaped, so that matplotlib reads no formula in it."""
    return text.replace("$", r"\$")


def draw_seeds(axes: Axes, runs: Sequence[tuple[str, list[Record]]], column: Column) -> None:
    """The seeds of each model as points, their mean as a line."""
    for at, (_, same) in enumerate(runs):
        values, _, _ = scaled_scores(same, column)
        axes.plot([at] * len(values), values, "o", alpha=0.7)
        axes.hlines(values.mean(), at - 0.25, at + 0.25)
    axes.set_xticks(range(len(runs)), [without_formulas(name) for name, _ in runs], rotation=30, ha="right")
    axes.set(ylabel=without_formulas(title(column)))


def scaled_scores(records: Sequence[Record], column: Column) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values and the ends of their intervals, in the unit of the table's cells."""
    scores = [record.scores[column.name] for record in records]
    ends = [(one.value, *(one.interval or (one.value, one.value))) for one in scores]
    values, low, high = np.array(ends).T * (100 if is_fraction(column.unit) else 1)
    return values, low, high


def calibration(stem: Path, chances: np.ndarray, right: np.ndarray, words: str) -> list[Path]:
    """A judge's accuracy on real images by the probability that it gives its own answer.

    Args:
        stem: the paths without their endings.
        chances: (N,), 0 to 1, of the answer that the judge gives.
        right: bool (N,), whether that answer is the image's label.
        words: what the answers are about.
    """
    return save(stem, lambda axes: draw_reliability(axes, chances, right, words))


def draw_reliability(axes: Axes, chances: np.ndarray, right: np.ndarray, words: str) -> None:
    """A reliability diagram with the expected calibration error, over ten bins of equal width.

    Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599, fig. 1 and eq. 3.
    """
    found, rates, counts = bin_chances(chances, right)
    error = (counts * abs(found - rates)).sum() / counts.sum()
    axes.plot([0, 1], [0, 1], linestyle="--", color="gray", label="calibrated")
    axes.plot(found, rates, marker="o", label=f"judge, expected calibration error {100 * error:.1f} %")
    axes.set(xlabel="chance that the judge gives its answer", ylabel="share of right answers", title=words)
    axes.legend(fontsize="small")


def agreement(stem: Path, found: Mapping[str, Sequence[tuple[float, float]]], words: str) -> list[Path]:
    """A judge's scores against scores that somebody else gave the same images.

    Args:
        stem: the paths without their endings.
        found: given score and the judge's score of each list, by kind of list.
        words: name of the score.
    """
    return save(stem, lambda axes: draw_agreement(axes, found, words))


def draw_agreement(axes: Axes, found: Mapping[str, Sequence[tuple[float, float]]], words: str) -> None:
    """One point a list; where the judge agrees it lies on the line."""
    axes.plot([0, 1], [0, 1], linestyle="--", color="gray", label="the same")
    for kind, pairs in found.items():
        mean = sum(abs(ours - theirs) for theirs, ours in pairs) / len(pairs)
        label = f"{without_formulas(kind)}: {len(pairs)} lists, mean difference {mean:.3f}"
        axes.plot(*zip(*pairs, strict=True), "o", alpha=0.6, label=label)
    axes.set(xlabel=f"{without_formulas(words)} as given", ylabel=f"{without_formulas(words)} by the judge")
    axes.legend(fontsize="small")


def bin_chances(chances: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean chance, share of right answers and number of each bin that is not empty."""
    bins = np.minimum((chances * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    kept = counts > 0
    sums = [np.bincount(bins, weights=one, minlength=BINS)[kept] for one in (chances, right.astype(float))]
    return sums[0] / counts[kept], sums[1] / counts[kept], counts[kept]


def save(stem: Path, paint: Callable[[Axes], None]) -> list[Path]:
    """One plot as ``.png`` and ``.svg``, without the time and with the same ids each time."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    paint(axes)
    paths = [write_figure(figure, stem.with_name(f"{stem.name}.{ending}"), dpi=120) for ending in ("png", "svg")]
    plt.close(figure)
    return paths


def write_figure(figure: Figure, path: Path, *, dpi: int) -> Path:
    """A figure as PNG or SVG, by the path's ending, without the time and with the same ids each time."""
    import matplotlib as mpl

    kind = path.suffix.removeprefix(".")
    with replacing(path) as temporary, mpl.rc_context({"svg.hashsalt": "cgan-bench"}):
        figure.savefig(temporary, format=kind, dpi=dpi, metadata=UNDATED[kind])
    return path
