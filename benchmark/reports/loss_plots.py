"""Losses of a report's runs over generator updates, one panel a run, drawn from the logs next to the records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from benchmark.records.training_log import Line
from benchmark.reports.figures import LossFigure
from benchmark.reports.losses import sum_of
from benchmark.reports.words import loss_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Plot

    from benchmark.reports.plots import Shown

COLUMNS = 3  # panels side by side
FEW = 40  # points that are shown by dots, too
LEAST_MEANS = 10  # a run too short for so many means is drawn update by update
LINEAR = {"symlog": 1e-3, "diverged": 1.0}  # a logarithmic axis is linear within plus and minus this
MANY = 100  # points from which a few may lie beyond the axis
WITHIN = (0.5, 99.5)  # percentiles that the axis of many points shows at least
SPIKY = 3.0  # an axis over all points that is more times as long as one over those percentiles is cut

Points = list[tuple[float, float]]


def draw(figure: LossFigure, shown: Sequence[Shown]) -> Plot:
    """All panels under one legend, with the same updates from left to right unless a run diverged."""
    from matplotlib import pyplot as plt

    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    size = (max(5.0, 3.6 * columns), 2.8 * rows + 0.4)
    plot, panels = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    last = max((one.record.training.total_updates for one in shown if not one.has_diverged), default=None)
    for panel, one in zip(panels.flat, shown, strict=False):
        _panel(panel, figure, one, last)
    if figure.scale == "symlog" or figure.one_budget:
        _share_heights([panel for panel, one in zip(panels.flat, shown, strict=False) if not one.has_diverged])
    for panel in panels.flat[len(shown) :]:
        panel.remove()
    plot.legend(
        *panels.flat[len(shown) - 1].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8
    )
    return plot


def _panel(panel: Axes, figure: LossFigure, one: Shown, last: int | None) -> None:
    drawn = [mean_losses(one.lines, loss, figure.every) for loss in figure.losses]
    means = "" if figure.every == 1 else f", mean of {figure.every:,} updates"
    for number, (loss, points) in enumerate(zip(figure.losses, drawn, strict=True)):
        marker = "." if len(points) < FEW else ""
        label = f"{loss_words(loss)}{means}"
        panel.plot(*zip(*points, strict=True), label=label, color=f"C{number}", linewidth=0.7, marker=marker)
    panel.set_title(one.title, fontsize=8)
    panel.tick_params(labelsize=7)
    alone = figure.every > 1 and not has_means(one.lines, figure.every)
    panel.set_xlabel("generator updates" + (", each by itself" if alone else ""), fontsize=7)
    name = loss_words(figure.losses[0]) if len(figure.losses) == 1 else "loss"
    values = [value for points in drawn for _, value in points if math.isfinite(value)]
    if one.has_diverged:
        panel.set_xticks(sorted({update for points in drawn for update, _ in points}))
        panel.set_ylabel(f"{name}{_logarithmic(panel, values, LINEAR['diverged'])}", fontsize=7)
        return
    panel.set_xlim(0, last)
    for at in figure.marks:
        panel.axvline(at, color="0.6", linestyle=":", linewidth=0.8)
    if figure.marks:
        panel.set_xticks([0, *figure.marks, last], [f"{update:,}" for update in (0, *figure.marks, last)])
    scale = _logarithmic(panel, values, LINEAR["symlog"]) if figure.scale == "symlog" else _cut_spikes(panel, values)
    panel.set_ylabel(f"{name}{scale}", fontsize=7)


def _logarithmic(panel: Axes, values: Sequence[float], linear: float) -> str:
    """Give the panel a logarithmic axis for both signs, with round powers of ten on it; what the axis is, in words."""
    panel.set_yscale("symlog", linthresh=linear)
    least = round(math.log10(linear))
    most = max(least + 1, math.ceil(math.log10(max(map(abs, values), default=linear) or linear)))
    powers = range(least, most + 1, max(1, (most - least) // 4))
    ticks = [10.0**power for power in powers]
    signed = [*(-tick for tick in reversed(ticks) if min(values) < 0), 0.0, *(t for t in ticks if max(values) > 0)]
    panel.set_yticks(signed, list(map(_power, signed)))
    if min(values) >= 0:
        panel.set_ylim(bottom=-linear / 2)
    panel.set_yticks([], minor=True)
    return f" (logarithmic, linear within ±{linear:g})"


def _share_heights(panels: Sequence[Axes]) -> None:
    """Give all panels the axis of the one that needs most, so that sizes compare."""
    ends = [panel.get_ylim() for panel in panels]
    low, high = min((low for low, _ in ends), default=0.0), max((high for _, high in ends), default=1.0)
    ticks = sorted({tick for panel in panels for tick in panel.get_yticks()})
    for panel in panels:
        if panel.get_yscale() == "symlog":
            panel.set_yticks(ticks, list(map(_power, ticks)))
        panel.set_ylim(low, high)


def _power(tick: float) -> str:
    """A round number in few characters, large ones as powers of ten."""
    return f"{tick:g}" if abs(tick) <= 1_000 else f"{tick:.0e}".replace("e+0", "e").replace("e+", "e")


def _cut_spikes(panel: Axes, values: Sequence[float]) -> str:
    """Cut the panel's axis where single spikes would flatten all else; in words how many points lie beyond it."""
    if len(values) < MANY:
        return ""
    low, high = np.percentile(values, WITHIN)
    if max(values) - min(values) <= SPIKY * (high - low):
        return ""
    edge = 0.1 * (high - low)
    low, high = low - edge, high + edge
    panel.set_ylim(low, high)
    beyond = sum(not low <= value <= high for value in values)
    return f" ({beyond} point{' lies' if beyond == 1 else 's lie'} beyond the axis)"


def mean_losses(lines: Sequence[Line], loss: str, every: int) -> Points:
    """Last update and mean loss of each block of ``every`` updates; of every update for a run of few blocks.

    Losses that are not finite are left out.

    Raises:
        NothingMeasuredError: the log has no such loss.
    """
    last = lines[-1]["step"]
    every = every if has_means(lines, every) else 1
    found: dict[int, list[float]] = {}
    for line in lines:
        if (value := sum_of(line, loss)) is not None:
            found.setdefault(math.ceil(line["step"] / every), []).append(value)
    return [(min(part * every, last), fmean(values)) for part, values in found.items()] or [(math.nan, math.nan)]


def has_means(lines: Sequence[Line], every: int) -> bool:
    """True if a log is long enough for points that are means of so many updates."""
    return lines[-1]["step"] >= LEAST_MEANS * every
