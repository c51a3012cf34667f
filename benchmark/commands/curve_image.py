"""The image of a curve: the score that ranks over the updates of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.records.rounding import is_fraction
from benchmark.records.score_curve import OWN_START
from benchmark.system.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICKS = 8  # times that an image names, at most


@dataclass(frozen=True, kw_only=True)
class CurveImage:
    """The words and the threshold of an image."""

    score: str
    unit: str
    title: str
    beyond: float | None = None  # a threshold that is drawn, too

    @property
    def factor(self) -> int:
        """100 for a share, which is drawn in %, else 1."""
        return 100 if is_fraction(self.unit) else 1

    @property
    def name(self) -> str:
        """Name of the score, with its unit if it is a share."""
        return f"{self.score} (%)" if self.factor == 100 else self.score


def draw_image(rows: Sequence[Mapping[str, Any]], image: CurveImage, out: Path) -> None:
    """The score over generator updates and seconds, with its 95 % interval and that before training."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    paint(axes, rows, image)
    with replacing(out) as temporary:
        figure.savefig(temporary, format="png", dpi=120)
    plt.close(figure)


def paint(axes: Axes, rows: Sequence[Mapping[str, Any]], image: CurveImage) -> None:
    """Draw all of it; update 0 is a point of the line only if it is the run's own generator."""
    low, high = f"{image.score}_low", f"{image.score}_high"
    rows, factor = [row for row in rows if row.get(low) is not None], image.factor
    if image.beyond is not None:
        axes.axhline(factor * image.beyond, color="black", linestyle="--", label=f"{factor * image.beyond:g}")
    if timed := [(row["generator_updates"], row["seconds"]) for row in rows if row.get("seconds") is not None][1:]:
        _name_seconds(axes, timed)
    if rows and rows[0]["generator_updates"] == 0:
        whose = "before training" if rows[0].get(OWN_START) else "untrained"
        axes.axhspan(factor * rows[0][low], factor * rows[0][high], color="gray", alpha=0.3, label=f"{whose}, 95 %")
        rows = rows if rows[0].get(OWN_START) else rows[1:]
    steps = [row["generator_updates"] for row in rows]
    ends = ([factor * row[end] for row in rows] for end in (low, high))
    axes.fill_between(steps, *ends, alpha=0.3, label="95 %")
    axes.plot(steps, [factor * row[image.score] for row in rows], marker="o", label=image.name)
    axes.set(xlabel="generator updates", ylabel=image.name, title=image.title)
    axes.legend()


def _name_seconds(axes: Axes, timed: Sequence[tuple[int, float]]) -> None:
    """An axis of the seconds of training along the top."""
    seconds, named = axes.secondary_xaxis("top"), _spread(timed)
    seconds.set_xticks([step for step, _ in named], [f"{spent:,.0f}" for _, spent in named])
    seconds.set_xlabel("seconds of training")


def _spread(timed: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The last point of ``timed`` and those before it that are far enough apart for their times to be read."""
    last, _ = timed[-1]
    found = [timed[-1]]
    for step, spent in reversed(timed):
        if found[-1][0] - step >= last / TICKS:
            found.append((step, spent))
    return found[::-1]
