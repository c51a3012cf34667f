"""Scores of single latent draws of condition lists, as a table and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.reports.figures import DrawsFigure
from benchmark.reports.verdicts import UNKNOWN, Interval
from benchmark.reports.words import Scale, axis_words, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from benchmark.reports.plots import Shown

Number = tuple[float, Interval]
LABELS = ("one draw", "mean, 95 %", "as reported")


@dataclass(frozen=True)
class ListScores:
    """One row's scores of one condition list."""

    title: str
    draws: tuple[Number, ...]
    mean: float  # of the draws
    whole: Interval  # over the images of all draws
    reported: float | None


def list_scores(figure: DrawsFigure, shown: Sequence[Shown]) -> list[ListScores]:
    """Scores of each row and list, in order; a list that a record lacks is left out."""
    from benchmark.records.per_sample import load_per_sample, pool_answers
    from benchmark.scoring.from_logits import draws_of, score_of

    found = []
    for one in shown:
        answers = load_per_sample(one.path).answers
        for place, name in enumerate(figure.lists):
            if name not in answers:
                continue
            title = f"{one.row}, {one.record.training.total_updates:,} updates: {name}"
            draws = draws_of(answers[name], figure.score)
            whole = score_of(*pool_answers({name: answers[name]}), figure.score)
            reported = figure.reported[one.row][place] if one.row in figure.reported else None
            numbers = tuple((draw.value, draw.interval or UNKNOWN) for draw in draws)
            mean = sum(draw.value for draw in draws) / len(draws)
            found.append(ListScores(title, numbers, mean, whole.interval or UNKNOWN, reported))
    return found


def table(figure: DrawsFigure, shown: Sequence[Shown]) -> list[list[str]]:
    """A line for each draw, one for their mean with its interval over all images, and one for the report's value."""
    scores = list_scores(figure, shown)
    if not scores:
        return []
    scale = scale_of(shown[0].record.scores[figure.score].unit, difference=False)
    draws = max(len(one.draws) for one in scores)
    lines = [[str(at + 1), *(_draw(one, at, scale) for one in scores)] for at in range(draws)]
    means = [scale.with_interval(one.mean, one.whole) for one in scores]
    stated = ["\u2013" if one.reported is None else f"{scale.show(one.reported)}{scale.unit}" for one in scores]
    return [["draw", *(one.title for one in scores)], *lines, ["mean", *means], ["report", *stated]]


def _draw(scores: ListScores, at: int, scale: Scale) -> str:
    return scale.with_interval(*scores.draws[at]) if at < len(scores.draws) else "\u2013"


def paint(panel: Axes, figure: DrawsFigure, shown: Sequence[Shown]) -> None:
    """Each draw as a dot, side by side, their mean with the interval over all images, and the report's value."""
    scores, unit = list_scores(figure, shown), shown[0].record.scores[figure.score].unit
    factor = scale_of(unit, difference=False).factor
    for place, one in enumerate(scores):
        draw, mean, report = LABELS if place == 0 else (None, None, None)  # once in the legend
        values = [factor * value for value, _ in one.draws]
        panel.plot(side_by_side(place, len(values)), values, ".", color="C2", markersize=5, label=draw)
        ends = [[factor * max(0.0, one.mean - one.whole[0])], [factor * max(0.0, one.whole[1] - one.mean)]]
        panel.errorbar(place + 0.32, factor * one.mean, yerr=ends, fmt="o", color="C0", label=mean)
        if one.reported is not None:
            panel.plot(place - 0.32, factor * one.reported, "D", color="C1", fillstyle="none", label=report)
    panel.set_xticks(
        range(len(scores)), [one.title.replace(", ", "\n").replace(": ", "\n") for one in scores], fontsize=7
    )
    panel.set_ylabel(axis_words(figure.score, unit), fontsize=8)
    panel.figure.legend(fontsize=7, loc="outside upper center", ncols=len(LABELS))  # inside it would hide points


def side_by_side(place: int, count: int) -> list[float]:
    """Places of the draws of a list in their order, so that equal draws do not hide each other."""
    return [place + 0.4 * ((at + 0.5) / count - 0.5) for at in range(count)]
