"""A comparison on the screen: one line a score, the main score first, in colour on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmark.records.rounding import is_fraction

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.commands.compare import Compared, Comparison
    from benchmark.commands.reference_bands import Outside
    from benchmark.commands.score_changes import Change

COLOURS = {"better": "green", "worse": "bold red", "worse, within the tolerance": "yellow"}
NOT_COUNTED = "worse, does not count"
PLAIN_WIDTH = 200
ONE_SEED = "only the headline's scores can fail, by --tolerance; three seeds in the first folder make a band"
LEAST_P = 1e-6  # smaller ones are shown as below it


def in_lines(comparison: Comparison) -> None:
    """Print every pair of records, then what does not compare, then what failed, then the outcome."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    console = Console(file=sys.stdout, highlight=False, markup=False, width=width, soft_wrap=True)
    for compared in comparison.compared:
        _pair(console, compared)
    for name, why in comparison.pairs.apart.items():
        console.print(f"not compared: {name}: {why}", style="dim")
    for place, names in (("first", comparison.pairs.only_first), ("second", comparison.pairs.only_second)):
        if names:
            console.print(f"only in the {place}: {', '.join(names)}", style="dim")
    for compared in comparison.compared:
        if compared.worse:
            console.print(f"failed: {compared.second}: {', '.join(compared.worse)}", style=COLOURS["worse"])
    for outside in comparison.outside:
        console.print(_band(outside), style=COLOURS[outside.side])
    console.print(_outcome(comparison))


def _pair(console: Console, compared: Compared) -> None:
    title = compared.first if compared.first == compared.second else f"{compared.first} -> {compared.second}"
    console.print(title, style="bold")
    if compared.status[0] != compared.status[1]:
        colour = COLOURS["worse" if "status" in compared.worse else "better"]
        console.print(f"  status: {compared.status[0]} -> {compared.status[1]}", style=colour)
    width = max((len(change.name) for change in (*compared.changes, *compared.speeds)), default=0)
    for change in (*compared.changes, *compared.speeds):
        verdict = change.verdict if change.verdict != "worse" or compared.counts(change) else NOT_COUNTED
        console.print(f"  {change.name:<{width}}  {_line(change, verdict)}", style=COLOURS.get(verdict))
    if compared.can_fail is not None:
        band = f"the band of {compared.seeds} seeds decides" if compared.seeds else ONE_SEED
        console.print(f"  other images: the intervals leave out the chance between trainings; {band}", style="dim")
    for name, why in compared.left_out.items():
        what, style = ("lost", COLOURS["worse"]) if name in compared.lost else ("not compared", "dim")
        console.print(f"  {what}: {name}: {why}", style=style)


def _line(change: Change, verdict: str) -> str:
    """``61.8 -> 96.8 %  +35.0 [33.9, 36.1]  better (paired bootstrap ...)``."""
    scale, unit = (100, " %") if is_fraction(change.unit) else (1, "")
    first, second, difference = (scale * value for value in (change.first, change.second, change.difference))
    decimals = 2 if max(abs(first), abs(second)) >= 10 or unit else 4
    text = f"{first:,.{decimals}f} -> {second:,.{decimals}f}{unit}  {difference:+,.{decimals}f}"
    if change.interval is not None and change.unit != "images/s":
        low, high = (scale * end for end in change.interval)
        text += f" [{low:+,.{decimals}f}, {high:+,.{decimals}f}]"
    if change.farther is not None:
        low, high = (scale * end for end in change.farther)
        text += f", farther from the best value by [{low:+,.{decimals}f}, {high:+,.{decimals}f}]"
    p = "" if change.mcnemar_p is None else f", McNemar p {_p(change.mcnemar_p)}"
    return f"{text}  {verdict} ({change.method}{p})"


def _p(value: float) -> str:
    return f"= {value:.2g}" if value >= LEAST_P else f"< {LEAST_P:g}"


def _band(outside: Outside) -> str:
    if outside.band is None:
        if outside.score == "status":
            return f"outside of its band: {outside.record} is {outside.value}; {outside.seeds} other seeds are valid"
        return f"failed: {outside.record}: {outside.score} of {outside.seeds} seeds is gone: {outside.value}"
    low, high = outside.band
    return (
        f"outside of its band: {outside.record}: {outside.score} is {outside.value:.4g}, {outside.side} than "
        f"[{low:.4g}, {high:.4g}] of {outside.seeds} seeds"
    )


def _outcome(comparison: Comparison) -> str:
    worse = sum(bool(compared.worse) for compared in comparison.compared)
    models = comparison.models or "none"
    return (
        f"{len(comparison.compared) + comparison.banded} compared ({models} of them runs of a model), {worse} worse, "
        f"{len(comparison.outside)} scores outside of their bands"
    )
