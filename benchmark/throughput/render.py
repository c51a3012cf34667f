"""Kept throughput as Markdown: ratios per machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from benchmark.system.markup import escape_markdown
from benchmark.throughput.noise import MOST_SPREAD

TITLES = (
    "group", "benchmark", "next to", "times as fast", "quartiles", "ours per second", "of the peak", "peak MB",
    "peer's peak MB",
)  # fmt: skip
WORDS = 3  # columns of text; numbers follow
MISSING = "-"
HOW = (
    "Where a row has a peer, both ran in alternation on the machine that is named, each in a process of its own. Times "
    "as fast is the median of the rounds' ratios: above 1 this project is faster, below 1 slower. Unresolved: after "
    f"repeats the rounds' quartiles were still further apart than {MOST_SPREAD:.0%} of the median, so there is no "
    f"number. {MISSING} in the column of our speed: our own rounds varied too much. Images of a training are those in "
    "the batches of both players; a distance between 5,000 and 5,000 images counts 5,000. Of the peak: the operations "
    "of convolutions and matrix products in a second, without those on padding, as a share of what a large product or "
    "convolution reaches on that machine in the same precision. Peak MB are of a whole process, with its imports and "
    "preparation. The plain loop is a training as scripts have it: float32, two workers that decode image files, "
    "losses read back at every step, the discriminator's gradients on in the generator's turn."
)
ABOUT = ("# Throughput", "", f"`nox -s bench` measures, keeps and renders this. {HOW}")


def to_markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """All machines' rows, as :func:`benchmark.throughput.store.all_rows` returns them."""
    head = [_marked(TITLES), _marked(["---"] * WORDS + ["---:"] * (len(TITLES) - WORDS), escaped=True)]
    rows, lines = list(rows), [*ABOUT]
    folders = dict.fromkeys(row["folder"] for row in rows)
    for folder, (machine, found) in zip(folders, sections(rows), strict=True):
        when = measured_when(row for row in rows if row["folder"] == folder)
        lines += ["", f"## {escape_markdown(machine)}", "", when, "", *head, *map(_marked, found)]
    return "\n".join(lines) + "\n"


def measured_when(rows: Iterable[Mapping[str, Any]]) -> str:
    """The day and the commit of each group of one machine's rows, in one sentence."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        changed = ", changed" if row["dirty"] else ""
        groups.setdefault(f"{row['datetime'][:10]} at {row['commit'][:8]}{changed}", []).append(row["group"])
    parts = [f"{', '.join(dict.fromkeys(names))} on {when}" for when, names in groups.items()]
    return f"Measured: {'; '.join(parts)}."


def sections(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[list[str]]]]:
    """A machine in words with its rows' cells, in the order of :data:`TITLES`, for each machine."""
    machines = [list(own) for _, own in groupby(rows, key=lambda row: row["folder"])]
    return [(machine_line(own[0]["machine"]), [_cells(row, fastest(own)) for row in own]) for own in machines]


def fastest(rows: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Speed of one machine's fastest arithmetic in GFLOP/s, by precision; empty where it was not measured."""
    found = {row["name"]: row["per_second"] for row in rows if row["group"] == "peaks" and row["per_second"]}
    return {name[len("arithmetic[") : -1]: speed for name, speed in found.items() if name.startswith("arithmetic[")}


def machine_line(machine: Mapping[str, Any]) -> str:
    """A machine in one line."""
    device = f"{machine['gpu']}, " if machine["gpu"] else ""
    flags = ", ".join(machine["flags"]) or "no known vector instructions"
    threads = f"{machine['threads']} thread{'s' if machine['threads'] != 1 else ''}"
    versions = f"torch {machine['torch']}, Python {machine['python']}"
    return f"{device}{machine['cpu']} ({flags}), {threads}, {versions}"


def _cells(row: Mapping[str, Any], peaks: Mapping[str, float]) -> list[str]:
    quartiles = MISSING if row["ratio"] is None else f"{row['low']:.2f} to {row['high']:.2f}"
    return [
        row["group"], row["name"], row["peer"] or MISSING,
        ratio_in_words(row), quartiles,
        f"{_rate(row['per_second'])} {row['unit']}" if row["per_second"] else MISSING,
        _number(share_of_peak(row, peaks), ".0%"),
        _number(row["peak_mb"], ",.0f"), _number(row["peer_peak_mb"], ",.0f"),
    ]  # fmt: skip


def _marked(cells: Iterable[str], *, escaped: bool = False) -> str:
    return f"| {' | '.join(cells if escaped else map(escape_markdown, cells))} |"


def share_of_peak(row: Mapping[str, Any], peaks: Mapping[str, float]) -> float | None:
    """A row's operations in a second as a share of the machine's fastest; None where one is not known."""
    peak = peaks.get(row["precision"])
    return row["gflop_per_second"] / peak if peak and row["gflop_per_second"] else None


def ratio_in_words(row: Mapping[str, Any]) -> str:
    """Times as fast as the peer, or why there is no number."""
    if row["status"] == "skipped":
        return f"skipped: {row['reason']}"
    return _number(row["ratio"], ".2f") if row["status"] == "resolved" else f"unresolved (spread {row['spread']:.0%})"


def _rate(value: float) -> str:
    """Four digits, without an exponent."""
    return f"{float(f'{value:.4g}'):,.0f}" if value >= 1000 else f"{value:.4g}"


def _number(value: float | None, form: str) -> str:
    return MISSING if value is None else format(value, form)
