"""Kept throughput as Markdown: ratios per machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from benchmark.system.markdown import escape
from benchmark.throughput.noise import MOST_SPREAD

HEADER = (
    "| group | benchmark | next to | times as fast | quartiles | per second | peak MB | peer's peak MB |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
)
MISSING = "-"
ABOUT = (
    "# Throughput",
    "",
    "`nox -s bench` measures, keeps and renders this. Both sides of a row ran in alternation on the machine that is "
    "named, each in a process of its own; the ratio is the median of the rounds' ratios. *Unresolved*: after repeats "
    f"the rounds' quartiles were still further apart than {MOST_SPREAD:.0%} of the median, so there is no number.",
)


def to_markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """All machines' rows, as :func:`benchmark.throughput.store.all_rows` returns them."""
    lines = [*ABOUT]
    for _, own in groupby(rows, key=lambda row: row["folder"]):
        own = list(own)
        lines += ["", f"## {machine_line(own[0]['machine'])}", "", *HEADER, *map(_line, own)]
    return "\n".join(lines) + "\n"


def machine_line(machine: Mapping[str, Any]) -> str:
    """A machine in one line."""
    device = f"{machine['gpu']}, " if machine["gpu"] else ""
    flags = ", ".join(machine["flags"]) or "no known vector instructions"
    return escape(f"{device}{machine['cpu']} ({flags}), {machine['threads']} threads, torch {machine['torch']}")


def _line(row: Mapping[str, Any]) -> str:
    quartiles = MISSING if row["ratio"] is None else f"{row['low']:.2f} to {row['high']:.2f}"
    cells = [
        row["group"], row["name"], row["peer"] or MISSING,
        _ratio(row), quartiles,
        f"{_number(row['per_second'], '.4g')} {row['unit']}" if row["per_second"] else MISSING,
        _number(row["peak_mb"], ",.0f"), _number(row["peer_peak_mb"], ",.0f"),
    ]  # fmt: skip
    return f"| {' | '.join(escape(cell) for cell in cells)} |"


def _ratio(row: Mapping[str, Any]) -> str:
    if row["status"] == "skipped":
        return f"skipped: {row['reason']}"
    return _number(row["ratio"], ".2f") if row["status"] == "resolved" else f"unresolved (spread {row['spread']:.0%})"


def _number(value: float | None, form: str) -> str:
    return MISSING if value is None else format(value, form)
