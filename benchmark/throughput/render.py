"""Kept throughput as Markdown: ratios per machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from benchmark.system.markdown import escape
from benchmark.throughput.noise import MOST_SPREAD

TITLES = (
    "group", "benchmark", "next to", "times as fast", "quartiles", "per second", "peak MB", "peer's peak MB",
)  # fmt: skip
WORDS = 3  # columns of text; numbers follow
MISSING = "-"
HOW = (
    "Both sides of a row ran in alternation on the machine that is named, each in a process of its own; the ratio is "
    "the median of the rounds' ratios. Unresolved: after repeats the rounds' quartiles were still further apart than "
    f"{MOST_SPREAD:.0%} of the median, so there is no number."
)
ABOUT = ("# Throughput", "", f"`nox -s bench` measures, keeps and renders this. {HOW}")


def to_markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """All machines' rows, as :func:`benchmark.throughput.store.all_rows` returns them."""
    head = [_marked(TITLES), _marked(["---"] * WORDS + ["---:"] * (len(TITLES) - WORDS), escaped=True)]
    lines = [*ABOUT]
    for machine, found in sections(rows):
        lines += ["", f"## {escape(machine)}", "", *head, *map(_marked, found)]
    return "\n".join(lines) + "\n"


def sections(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[list[str]]]]:
    """A machine in words with its rows' cells, in the order of :data:`TITLES`, for each machine."""
    machines = [list(own) for _, own in groupby(rows, key=lambda row: row["folder"])]
    return [(machine_line(own[0]["machine"]), [_cells(row) for row in own]) for own in machines]


def machine_line(machine: Mapping[str, Any]) -> str:
    """A machine in one line."""
    device = f"{machine['gpu']}, " if machine["gpu"] else ""
    flags = ", ".join(machine["flags"]) or "no known vector instructions"
    return f"{device}{machine['cpu']} ({flags}), {machine['threads']} threads, torch {machine['torch']}"


def _cells(row: Mapping[str, Any]) -> list[str]:
    quartiles = MISSING if row["ratio"] is None else f"{row['low']:.2f} to {row['high']:.2f}"
    return [
        row["group"], row["name"], row["peer"] or MISSING,
        _ratio(row), quartiles,
        f"{_rate(row['per_second'])} {row['unit']}" if row["per_second"] else MISSING,
        _number(row["peak_mb"], ",.0f"), _number(row["peer_peak_mb"], ",.0f"),
    ]  # fmt: skip


def _marked(cells: Iterable[str], *, escaped: bool = False) -> str:
    return f"| {' | '.join(cells if escaped else map(escape, cells))} |"


def _ratio(row: Mapping[str, Any]) -> str:
    if row["status"] == "skipped":
        return f"skipped: {row['reason']}"
    return _number(row["ratio"], ".2f") if row["status"] == "resolved" else f"unresolved (spread {row['spread']:.0%})"


def _rate(value: float) -> str:
    """Four digits, without an exponent."""
    return f"{float(f'{value:.4g}'):,.0f}" if value >= 1000 else f"{value:.4g}"


def _number(value: float | None, form: str) -> str:
    return MISSING if value is None else format(value, form)
