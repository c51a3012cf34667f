"""Faults of intervals that the outcomes next to a record do not determine, but only bound.

The interval of a kernel distance also depends on the real images, and that of a share of near duplicates on the
interval of its threshold, which comes from real images. The interval of sharpness depends on the real images, too, but
their part is the same in every row of a table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from benchmark.commands.validate.neighbours import Neighbours
from benchmark.commands.validate.numbers import in_brackets, is_close
from benchmark.records.record import Record, ScoreEntry
from evaluators import EVALUATORS
from evaluators.diversity import SHARE, MemorisedRate
from evaluators.intervals import Z95, wilson_interval

KNOWN = ("wilson", "1.96 standard errors over ", "1.96 standard errors by influence")  # images.py makes these again
JACKKNIFE = "1.96 jackknife standard errors"
DELTA = "1.96 standard errors of a ratio of means (delta method)"
THRESHOLD = "wilson, the threshold's own interval included"
MANY = 100  # images; of fewer, the threshold's interval can change the share by any factor
FEW_REAL = 1_000  # distances of real images that the threshold is chosen by, at the least


def faults_of_bounds(
    record: Record, name: str, entry: ScoreEntry, rows: Tensor, neighbours: Neighbours
) -> Iterator[str]:
    """Faults of an interval that is impossible, or of a method that no evaluator uses."""
    if entry.method.startswith(KNOWN) and entry.method != THRESHOLD:
        return
    if entry.interval is None:
        yield f"{name} has no interval"
    elif entry.method == JACKKNIFE:
        least = Z95 * rows[:, 0].double().std().item() / math.sqrt(len(rows))
        yield from _end_faults(name, entry, entry.value - least, entry.value + least)
        if not is_close(entry.interval[1] - entry.value, entry.value - entry.interval[0]):
            yield f"{name} has the interval {in_brackets(entry.interval)}, which its value does not halve"
    elif entry.method == DELTA:
        yield from _sharpness_faults(record, name, entry, rows, neighbours)
    elif entry.method == THRESHOLD:
        few = EVALUATORS[name] is MemorisedRate  # no record has the number of held-out images
        yield from _threshold_faults(name, entry, rows, FEW_REAL if few else min(len(rows), record.protocol.n_real))
    elif entry.version == EVALUATORS[name].version:
        yield f"{name} has an interval by {entry.method!r}, which is no method of its evaluator"


def _end_faults(name: str, entry: ScoreEntry, low: float, high: float) -> Iterator[str]:
    """A fault if an interval is narrower than the rows alone make it."""
    slack = 1e-5 * (high - low) + 1e-9
    if entry.interval[0] > low + slack or entry.interval[1] < high - slack:
        least = in_brackets((low, high))
        yield f"{name} has the interval {in_brackets(entry.interval)}; its images alone make it {least}"


def _sharpness_faults(
    record: Record, name: str, entry: ScoreEntry, rows: Tensor, neighbours: Neighbours
) -> Iterator[str]:
    """A fault if the real images' part of the interval is below 0, or differs from that in the row of real images."""
    ours, usual = _error_of_real(entry, rows), rows[:, 1].max().item()
    if ours is None or not math.isclose(entry.interval[0], max(0.0, 2 * entry.value - entry.interval[1]), abs_tol=1e-9):
        yield f"{name} has the interval {in_brackets(entry.interval)}, which its images do not give"
        return
    real = neighbours.reference(record, "real")
    kept, other = neighbours.kept(real), real and real.scores.get(name)
    if kept is None or other is None or name not in kept.scores or not other.interval:
        return
    theirs = _error_of_real(other, kept.scores[name])
    if not is_close(usual, kept.scores[name][:, 1].max().item()):
        yield f"{name} is relative to other real images than in the row of real ones"
    elif theirs is not None and not math.isclose(ours, theirs, rel_tol=1e-4):
        given = in_brackets(entry.interval)
        yield f"{name} has the interval {given}, which its images and the row of real ones do not give"


def _error_of_real(entry: ScoreEntry, rows: Tensor) -> float | None:
    """The relative standard error of real images within an interval of sharpness; None if it cannot be computed."""
    shown_faces = rows[rows[:, 1] > 0, 0].double()
    if len(shown_faces) < 2 or entry.value <= 0:
        return None
    own = shown_faces.std().item() / math.sqrt(len(shown_faces)) / shown_faces.mean().item()
    squared = ((entry.interval[1] - entry.value) / (Z95 * entry.value)) ** 2 - own**2
    return math.sqrt(squared) if squared > 0 else None


def _threshold_faults(name: str, entry: ScoreEntry, rows: Tensor, real: int) -> Iterator[str]:
    """A fault if an interval is narrower than without the threshold's part, or wider than that part can make it."""
    yield from _end_faults(name, entry, *wilson_interval(entry.value, len(rows)))
    if entry.value * len(rows) < MANY:
        return
    units = len(rows) / EVALUATORS[name].images_of_a_unit / 2
    below, above = (_scaled_share(entry.value, times) for times in _threshold_factors(real))
    low, high = wilson_interval(below, units)[0], wilson_interval(above, units)[1]
    if entry.interval[0] < low or entry.interval[1] > high:
        widest = in_brackets((low, high))
        given = in_brackets(entry.interval)
        yield f"{name} has the interval {given}; no threshold's own makes it wider than {widest}"


def _threshold_factors(real: int) -> tuple[float, float]:
    """Squared factors by which the ends of the threshold's interval change the share of ``real`` images.

    In every published record the share of generated images changes by less. Of few real images it can be any share.
    """
    part = Z95 * math.sqrt((1 - SHARE) / (SHARE * real)) if real >= FEW_REAL else 1.0
    return (1 - part) ** 2, (1 + part) ** 2


def _scaled_share(share: float, times: float) -> float:
    """The share of images with a neighbour, if their expected number of neighbours is multiplied by ``times``."""
    return 1 - (1 - share) ** times
