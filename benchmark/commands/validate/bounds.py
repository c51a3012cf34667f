"""Faults of intervals that take more than the rows next to a record: these only bound them.

A kernel distance's interval has a part of the real images in it, and a share of near duplicates the interval of its
threshold, which real images give. Sharpness has the real images' part, too, but that is the same in every row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from benchmark.commands.validate.neighbours import Neighbours
from benchmark.commands.validate.numbers import close, shown
from benchmark.records.record import Record, ScoreEntry
from evaluators import EVALUATORS, IMAGES_OF_A_UNIT
from evaluators.diversity import SHARE, MemorisedRate
from evaluators.intervals import Z95, wilson_interval

KNOWN = ("wilson", "1.96 standard errors over ", "1.96 standard errors by influence")  # images.py makes these again
JACKKNIFE = "1.96 jackknife standard errors"
DELTA = "1.96 standard errors of a ratio of means (delta method)"
THRESHOLD = "wilson, the threshold's own interval included"
MANY = 100  # images; of fewer, the threshold's interval can change the share by any factor
FEW_REAL = 1_000  # distances of real images that the threshold is chosen by, at the least


def faults_of_bounds(record: Record, name: str, entry: ScoreEntry, rows: Tensor, beside: Neighbours) -> Iterator[str]:
    """An interval that cannot be, or a method that no evaluator has."""
    if entry.method.startswith(KNOWN) and entry.method != THRESHOLD:
        return
    if entry.interval is None:
        yield f"{name} has no interval"
    elif entry.method == JACKKNIFE:
        least = Z95 * rows[:, 0].double().std().item() / math.sqrt(len(rows))
        yield from _of_ends(name, entry, entry.value - least, entry.value + least)
        if not close(entry.interval[1] - entry.value, entry.value - entry.interval[0]):
            yield f"{name} has the interval {shown(entry.interval)}, which its value does not halve"
    elif entry.method == DELTA:
        yield from _of_sharpness(record, name, entry, rows, beside)
    elif entry.method == THRESHOLD:
        few = EVALUATORS[name] is MemorisedRate  # how many images were held out, no record says
        yield from _of_threshold(name, entry, rows, FEW_REAL if few else min(len(rows), record.protocol.n_real))
    elif entry.version == EVALUATORS[name].version:
        yield f"{name} has an interval by {entry.method!r}, which is no method of its evaluator"


def _of_ends(name: str, entry: ScoreEntry, low: float, high: float) -> Iterator[str]:
    """An interval that is narrower than its rows alone make it."""
    slack = 1e-5 * (high - low) + 1e-9
    if entry.interval[0] > low + slack or entry.interval[1] < high - slack:
        yield f"{name} has the interval {shown(entry.interval)}; its images alone make it {shown((low, high))}"


def _of_sharpness(record: Record, name: str, entry: ScoreEntry, rows: Tensor, beside: Neighbours) -> Iterator[str]:
    """Another part of real images than in the row of real ones next to it, or one below 0."""
    ours, usual = _error_of_real(entry, rows), rows[:, 1].max().item()
    if ours is None or not math.isclose(entry.interval[0], max(0.0, 2 * entry.value - entry.interval[1]), abs_tol=1e-9):
        yield f"{name} has the interval {shown(entry.interval)}, which its images do not give"
        return
    real = beside.reference(record, "real")
    kept, other = beside.kept(real), real and real.scores.get(name)
    if kept is None or other is None or name not in kept.scores or not other.interval:
        return
    theirs = _error_of_real(other, kept.scores[name])
    if not close(usual, kept.scores[name][:, 1].max().item()):
        yield f"{name} is relative to other real images than in the row of real ones"
    elif theirs is not None and not math.isclose(ours, theirs, rel_tol=1e-4):
        yield f"{name} has the interval {shown(entry.interval)}, which its images and the row of real ones do not give"


def _error_of_real(entry: ScoreEntry, rows: Tensor) -> float | None:
    """The relative standard error of real images in an interval of sharpness; None if it is none."""
    shown_faces = rows[rows[:, 1] > 0, 0].double()
    if len(shown_faces) < 2 or entry.value <= 0:
        return None
    own = shown_faces.std().item() / math.sqrt(len(shown_faces)) / shown_faces.mean().item()
    squared = ((entry.interval[1] - entry.value) / (Z95 * entry.value)) ** 2 - own**2
    return math.sqrt(squared) if squared > 0 else None


def _of_threshold(name: str, entry: ScoreEntry, rows: Tensor, real: int) -> Iterator[str]:
    """An interval that is narrower than without the threshold's part, or wider than that part can make it."""
    yield from _of_ends(name, entry, *wilson_interval(entry.value, len(rows)))
    if entry.value * len(rows) < MANY:
        return
    units = len(rows) / IMAGES_OF_A_UNIT.get(name, 1) / 2
    below, above = (_moved(entry.value, times) for times in _times(real))
    low, high = wilson_interval(below, units)[0], wilson_interval(above, units)[1]
    if entry.interval[0] < low or entry.interval[1] > high:
        widest = shown((low, high))
        yield f"{name} has the interval {shown(entry.interval)}; no threshold's own makes it wider than {widest}"


def _times(real: int) -> tuple[float, float]:
    """Factors by which the threshold's interval moves the share of ``real`` images, squared.

    A share of generated images moves less than the square of these in every published record.
    """
    part = min(0.9, Z95 * math.sqrt((1 - SHARE) / (SHARE * real)))
    return (1 - part) ** 2, (1 + part) ** 2


def _moved(share: float, times: float) -> float:
    """A share whose expected number of neighbours is so many times as large."""
    return 1 - (1 - share) ** times
