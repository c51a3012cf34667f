"""Updates at which runs diverged or collapsed."""

from __future__ import annotations

import math
import re

from benchmark.records.record import Record
from benchmark.reports.claims import EventTest
from benchmark.reports.verdicts import Finding, Interval, NothingMeasuredError, decide
from benchmark.reports.words import describe


def happened(test: EventTest, each: list[list[Record]]) -> Finding:
    """Update at which a run diverged or collapsed: decided for each seed; seeds that disagree decide nothing.

    Args:
        test: the event and its time.
        each: of each seed one record.

    Raises:
        NothingMeasuredError: a run is shorter than the earliest time of the event.
    """
    records = [record for (record,) in each]
    verdicts = {decide(event_times(record, test.event), times_held(test, record)) for record in records}
    return Finding(
        words=describe(test),
        number="; ".join(dict.fromkeys(map(became, records))),
        needed=wanted(test),
        verdict=verdicts.pop() if len(verdicts) == 1 else "undecided",
        seeds=len(each),
    )


def times_held(test: EventTest, record: Record) -> Interval:
    """The times for which the claim holds, half an update wider at both ends, so that whole numbers never touch them.

    Raises:
        NothingMeasuredError: the run is shorter than the earliest of them.
    """
    total = record.training.total_updates
    if test.never:
        return total + 0.5, math.inf
    if total < test.earliest:
        raise NothingMeasuredError(f"{test.first} was trained for {total:,} updates; {test.earliest:,} are needed")
    return test.earliest - 0.5, (total if test.latest is None else test.latest) + 0.5


def event_times(record: Record, event: str) -> Interval:
    """The generator updates between which a run's event lies; after its last one if it did not come.

    A record tells the update of a divergence. A collapse is only seen at the end: it came at any time before.
    """
    total = record.training.total_updates
    if record.status not in {"diverged", "collapsed"} or event not in {record.status, "either"}:
        return total + 1, math.inf
    update = update_of_divergence(record)
    return (1, total) if update is None else (update, update)


def update_of_divergence(record: Record) -> int | None:
    """As the record's reason has it; None where no update is known."""
    found = re.search(r"generator update (\d+)$", record.reason or "") if record.status == "diverged" else None
    return int(found[1]) if found else None


def became(record: Record) -> str:
    """The end of a run in words."""
    if (update := update_of_divergence(record)) is not None:
        return f"diverged at update {update:,}"
    return f"{record.status} at its last update, {record.training.total_updates:,}"


def wanted(test: EventTest) -> str:
    if test.never:
        return "never"
    if test.latest is None:
        return "any time in the run" if test.earliest == 1 else f"at update {test.earliest:,} or later"
    return f"at update {test.earliest:,} to {test.latest:,}"
