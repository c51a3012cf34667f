"""README's table of speeds: what people wait for, next to what they would use instead, on one machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from benchmark.system.markdown import escape
from benchmark.throughput.render import MISSING, fastest, machine_line, ratio_in_words, share_of_peak


class Shown(NamedTuple):
    """A row of the table: a benchmark and one of its peers, as ``nox -s bench`` names them, and in words."""

    name: str
    peer: str
    what: str
    beside: str


SHOWN = (  # of packages the fastest that computes the same scores
    Shown("training[modern_cgan]", "plain loop", "training `modern_cgan` in float32", "plain loop"),
    Shown(
        "training_in_bfloat16[modern_cgan]", "plain loop, float32",
        "the same, layers in bfloat16, as by default here", "plain loop in float32",
    ),
    Shown("training[cdcgan_iclevr]", "plain loop", "training `cdcgan_iclevr` in float32", "plain loop"),
    Shown(
        "training_in_bfloat16[cdcgan_iclevr]", "plain loop, float32",
        "the same, layers in bfloat16", "plain loop in float32",
    ),
    Shown("efficientnet_lite0", "the package's network", "features by EfficientNet-Lite0", "its own package"),
    Shown("distance[frechet]", "torch-fidelity", "Fréchet distance", "torch-fidelity"),
    Shown(
        "distance[kid]", "torchmetrics, float32",
        "KID of all pairs in float64, with its standard error", "torchmetrics in float32",
    ),
    Shown("distance[manifold]", "prdc", "precision, recall, density, coverage", "prdc"),
)  # fmt: skip
HEAD = "| what | next to | times as fast | here |\n| --- | --- | ---: | ---: |\n"


def headline(rows: Iterable[Mapping[str, Any]]) -> str:
    """Markdown: the machine and its peaks, and the table; of several machines the one that has most of the rows.

    Args:
        rows: as :func:`benchmark.throughput.store.all_rows` returns them; at least one.
    """
    machines = [list(own) for _, own in groupby(rows, key=lambda row: row["folder"])]
    own = max(machines, key=_how_much)
    known, peaks = _by_name(own), fastest(own)
    highest = ", ".join(f"{peaks[name]:,.0f} GFLOP/s in {name}" for name in sorted(peaks, reverse=True))
    about = f"On {escape(machine_line(own[0]['machine']))}." + (f" The peak is {highest}." if peaks else "")
    lines = [_line(shown, known.get((shown.name, shown.peer)), peaks) for shown in SHOWN]
    return f"{about}\n\n{HEAD}{''.join(lines)}"


def _by_name(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str | None], Mapping[str, Any]]:
    return {(row["name"], row["peer"]): row for row in rows}


def _how_much(rows: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """The number of the table's rows that a machine has; of equal ones the later counts."""
    known = _by_name(rows)
    return sum((shown.name, shown.peer) in known for shown in SHOWN), max(row["datetime"] for row in rows)


def _line(shown: Shown, row: Mapping[str, Any] | None, peaks: Mapping[str, float]) -> str:
    times = here = MISSING
    if row is not None:
        quartiles = "" if row["ratio"] is None else f" ({row['low']:.2f} to {row['high']:.2f})"
        times = f"{ratio_in_words(row)}{quartiles}"
        share = share_of_peak(row, peaks)
        here = f"{row['per_second']:,.0f} {row['unit']}/s" if row["per_second"] else MISSING
        here += "" if share is None else f", {100 * share:.0f} % of the peak"
    return f"| {shown.what} | {shown.beside} | {escape(times)} | {here} |\n"
