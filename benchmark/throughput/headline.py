"""The README's table of speeds: the slowest work next to its alternatives in other packages, on one machine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from benchmark.system.markup import escape_markdown
from benchmark.throughput.render import MISSING, fastest, machine_line, ratio_in_words, share_of_peak


class Shown(NamedTuple):
    """A row of the table: a benchmark as ``nox -s bench`` names it, in words, and the peers that do the same work."""

    name: str
    what: str
    peers: tuple[str, ...]  # the fastest counts


DISTANCES = ("clean-fid", "pytorch-fid", "torch-fidelity", "torchmetrics", "torchmetrics, float32")
SHOWN = (
    Shown("training[modern_cgan]", "training `modern_cgan` in float32", ("plain loop",)),
    Shown(
        "training_in_bfloat16[modern_cgan]", "the same, layers in bfloat16, as by default here",
        ("plain loop, float32",),
    ),
    Shown("training[cdcgan_iclevr]", "training `cdcgan_iclevr` in float32", ("plain loop",)),
    Shown("training_in_bfloat16[cdcgan_iclevr]", "the same, layers in bfloat16", ("plain loop, float32",)),
    Shown("efficientnet_lite0", "features by EfficientNet-Lite0", ("the package's network", "torch, folded")),
    Shown("distance[frechet]", "Fréchet distance", DISTANCES),
    Shown("distance[kid]", "KID of all pairs in float64, with its standard error", DISTANCES),
    Shown("distance[manifold]", "precision, recall, density, coverage", ("prdc",)),  # no other package has all four
)  # fmt: skip
HEAD = "| what | next to | times as fast | here |\n| --- | --- | ---: | ---: |\n"


def headline(rows: Iterable[Mapping[str, Any]]) -> str:
    """Markdown: the machine and its peaks, and the table; of several machines the one that has most of the rows.

    Args:
        rows: as :func:`benchmark.throughput.store.all_rows` returns them; at least one.
    """
    machines = [list(own) for _, own in groupby(rows, key=lambda row: row["folder"])]
    own = max(machines, key=_machine_order)
    peaks = fastest(own)
    highest = ", ".join(f"{peaks[name]:,.0f} GFLOP/s in {name}" for name in sorted(peaks, reverse=True))
    about = f"On {escape_markdown(machine_line(own[0]['machine']))}." + (f" The peak is {highest}." if peaks else "")
    lines = [_line(shown, _of_fastest_peer(shown, own), peaks) for shown in SHOWN]
    return f"{about}\n\n{HEAD}{''.join(lines)}"


def _of_fastest_peer(shown: Shown, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The row of the fastest peer, that is, of the smallest ratio; rows without a ratio come last."""
    same = [row for row in rows if row["name"] == shown.name and row["peer"] in shown.peers]
    return min(same, key=lambda row: math.inf if row["ratio"] is None else row["ratio"], default=None)


def _machine_order(rows: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """Sort key of a machine: the number of the table's rows that it has, then the time of its last measurement."""
    found = [_of_fastest_peer(shown, rows) for shown in SHOWN]
    return sum(row is not None for row in found), max(row["datetime"] for row in rows)


def _line(shown: Shown, row: Mapping[str, Any] | None, peaks: Mapping[str, float]) -> str:
    times = here = MISSING
    peer = shown.peers[0] if row is None else row["peer"]
    if row is not None:
        quartiles = "" if row["ratio"] is None else f" ({row['low']:.2f} to {row['high']:.2f})"
        times = f"{ratio_in_words(row)}{quartiles}"
        share = share_of_peak(row, peaks)
        here = f"{row['per_second']:,.0f} {row['unit']}/s" if row["per_second"] else MISSING
        here += "" if share is None else f", {100 * share:.0f} % of the peak"
    return f"| {shown.what} | {peer} | {escape_markdown(times)} | {here} |\n"
