"""Updates at which runs diverged or collapsed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import compress
from pathlib import Path

from benchmark.records.divergence import update_of_divergence
from benchmark.records.record import Record
from benchmark.records.score_curve import Point, interval_of, load_curve
from benchmark.reports.claims import EventTest
from benchmark.reports.verdicts import Finding, Interval, NothingMeasuredError, decide
from benchmark.reports.words import describe
from evaluators import collapse_evaluator

COLLAPSE_SHARE = 0.5  # share of near duplicates above which a generator has collapsed


def event_finding(test: EventTest, each: list[list[Record]], folder: Path) -> Finding:
    """The finding of an event test: decided for each seed, and undecided if the seeds disagree.

    Args:
        test: the event and its time.
        each: a list with the one record of each seed.
        folder: the records lie in it, with the curves of their runs.

    Raises:
        NothingMeasuredError: a run is shorter than the earliest time of the event.
    """
    records = [record for (record,) in each]
    curves = [load_curve(folder / record.file_name, record.protocol.id) for record in records]
    pairs = list(zip(records, curves, strict=True))
    verdicts = {decide(event_times(*pair, test.event), claimed_times(test, pair[0])) for pair in pairs}
    return Finding(
        words=describe(test),
        number="; ".join(dict.fromkeys(end_in_words(*pair) for pair in pairs)),
        needed=needed_in_words(test),
        verdict=verdicts.pop() if len(verdicts) == 1 else "undecided",
        seeds=len(each),
    )


def claimed_times(test: EventTest, record: Record) -> Interval:
    """The updates for which the claim holds; half an update wider at both ends, so that no event lies on a bound.

    Raises:
        NothingMeasuredError: the run is shorter than the earliest of them.
    """
    total = record.training.total_updates
    if test.never:
        return total + 0.5, math.inf
    if total < test.earliest:
        raise NothingMeasuredError(f"{test.first} was trained for {total:,} updates; {test.earliest:,} are needed")
    return test.earliest - 0.5, (total if test.latest is None else test.latest) + 0.5


def event_times(record: Record, curve: Sequence[Point], event: str) -> Interval:
    """The range of generator updates in which a run's event happened; beyond the last update if it did not happen.

    A record gives the update of a divergence. A collapse happened between two snapshots of the curve, or, without a
    curve, at any time before the end.
    """
    total = record.training.total_updates
    if not has_happened(record, event):
        return total + 1, math.inf
    if (update := update_of_divergence(record)) is not None:
        return update, update
    return times_of_collapse(curve) or (1, total)


def has_happened(record: Record, event: str) -> bool:
    """True for a run that ended with the event."""
    return record.status in {"diverged", "collapsed"} and event in {record.status, "either"}


def times_of_collapse(curve: Sequence[Point]) -> Interval | None:
    """The updates between which a generator collapsed for good, by its curve; None if the curve does not show it.

    A generator has collapsed if most of its images are near duplicates and its distance to the data differs from that
    of the untrained generator. The status ``collapsed`` follows the same rule. Most images are near duplicates at all
    later snapshots, too; a later distance may equal the untrained one by chance.
    """
    repetition, distance = collapse_evaluator("repetition"), collapse_evaluator("distance")
    known = [point.get(f"{repetition}_low") is not None and interval_of(point, distance) is not None for point in curve]
    curve = list(compress(curve, known))
    if len(curve) < 2 or curve[0]["generator_updates"] != 0:
        return None
    untrained, *points = curve
    varied = [i for i, point in enumerate(points) if point[f"{repetition}_low"] <= COLLAPSE_SHARE]
    since = varied[-1] + 1 if varied else 0
    trained = [i for i, point in enumerate(points) if i >= since and are_apart(point, untrained, distance)]
    if not trained or trained[-1] != len(points) - 1:
        return None
    first = trained[0]
    return curve[first]["generator_updates"] + 1, points[first]["generator_updates"]


def are_apart(one: Point, other: Point, score: str) -> bool:
    """True if a score's intervals at two snapshots do not overlap."""
    return one[f"{score}_low"] > other[f"{score}_high"] or one[f"{score}_high"] < other[f"{score}_low"]


def end_in_words(record: Record, curve: Sequence[Point]) -> str:
    """The end of a run in words."""
    if (update := update_of_divergence(record)) is not None:
        return f"diverged at update {update:,}"
    if record.status == "collapsed" and (times := times_of_collapse(curve)):
        return f"collapsed for good at update {times[0]:,.0f} to {times[1]:,.0f}"
    return f"{record.status} at its last update, {record.training.total_updates:,}"


EVENTS = {"diverged": "divergence", "collapsed": "collapse", "either": "divergence or collapse"}


def needed_in_words(test: EventTest) -> str:
    """The event and its time as a claim needs them."""
    event = EVENTS[test.event]
    if test.never:
        return f"no {event}"
    if test.latest is None:
        return f"a {event}" + ("" if test.earliest == 1 else f" at update {test.earliest:,} or later")
    return f"a {event} at update {test.earliest:,} to {test.latest:,}"
