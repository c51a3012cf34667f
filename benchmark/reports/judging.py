"""Claims to verdicts: for each protocol the budget at which most of a claim is measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from benchmark.records.protocol import Protocol
from benchmark.records.record import Record
from benchmark.reports.claims import Claim, Comparison, EventTest, LogTest, split_row
from benchmark.reports.decides_nothing import why_beyond_best, why_saturated
from benchmark.reports.events import has_happened
from benchmark.reports.evidence import Budget, Evidence
from benchmark.reports.verdicts import Finding, Missing, Verdict, claim_verdict
from benchmark.system.terminal import track

NO_RESULT = {"smoke"}  # budgets that decide nothing
TOO_LITTLE = {"undertrained", "collapsed"}  # statuses of runs that have not learned to draw what is requested
LONGER = "the report trained longer"
ONE_RUN_EACH = "losses of one run each say too little about other runs"
FIXED = "fixed by the claim"  # the budget of a claim whose rows all have updates of their own


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A claim with the results of its tests under one protocol."""

    claim: Claim
    protocol: str | None  # its id; None where nothing is measured
    budget: str | None  # of the rows without updates of their own: a name; of another paper a number of updates
    updates: int | None  # of the generator: the most of any of those rows; if there are none, of any row
    tests: tuple[Finding | Missing, ...]

    @property
    def verdict(self) -> Verdict:
        """Of the whole claim."""
        if self.claim.not_measured is not None:
            return "not measured"
        return claim_verdict([test.verdict for test in self.tests])

    @property
    def measured(self) -> int:
        """Number of tests with a value."""
        return sum(isinstance(test, Finding) for test in self.tests)

    @property
    def is_after_shorter_training(self) -> bool:
        """True if there is a verdict and its runs were shorter than the report's, or than chosen where it states none.

        Rows with updates of their own are as long as the report's statement about them.
        """
        if self.verdict == "not measured" or self.budget == FIXED:
            return False
        return (self.updates or 0) < self.claim.budget.updates

    @property
    def seeds(self) -> int:
        """Runs behind the test that has fewest; 0 where nothing is measured."""
        return min((test.seeds for test in self.tests if isinstance(test, Finding)), default=0)


def claims_by_verdict(judged: Sequence[Judged]) -> dict[Verdict, dict[str, bool]]:
    """The ids of the claims with each verdict, with True for those that have it after shorter training alone.

    A claim that was judged under several protocols stands once for each verdict. It counts as not measured only if it
    has no verdict under any of them.
    """
    found: dict[Verdict, dict[str, bool]] = {verdict: {} for verdict in get_args(Verdict)}
    for one in judged:
        same = found[one.verdict]
        same[one.claim.id] = same.get(one.claim.id, True) and one.is_after_shorter_training
    with_verdict = {one.claim.id for one in judged if one.verdict != "not measured"}
    found["not measured"] = {name: False for name in found["not measured"] if name not in with_verdict}
    return found


def judge(claims: Iterable[Claim], records: Sequence[Record], folder: Path) -> list[Judged]:
    """A result for each claim and protocol with at least one measured test; one result for a claim without any.

    Args:
        claims: in the order of the result.
        records: any mixture; smoke runs and records with a failed judge are ignored.
        folder: where the records lie, with what is next to them.

    Raises:
        UsageError: a file next to a record is damaged.
    """
    usable = [record for record in records if record.model is not None and record.status != "invalid"]
    usable = [record for record in usable if record.training.budget not in NO_RESULT]
    return [judged for claim in track(list(claims), "judging claims") for judged in judge_claim(claim, usable, folder)]


def judge_claim(claim: Claim, records: Sequence[Record], folder: Path) -> list[Judged]:
    """One claim under every protocol of its task with at least one measured test.

    If there is none, the claim is not measured, and the result lists the rows that are missing under the protocol with
    most of the claim's rows.
    """
    of_protocol: dict[Protocol, list[Record]] = defaultdict(list)
    for record in records:
        if record.protocol.task == claim.task:
            of_protocol[record.protocol].append(record)
    rows = {split_row(row)[0] for row in claim.rows}
    counts = {protocol: len(rows & {run.model.full_name for run in runs}) for protocol, runs in of_protocol.items()}
    order = sorted(of_protocol, key=lambda protocol: (-protocol.version, -counts[protocol], protocol.digest))
    found = [best_budget(claim, of_protocol[protocol], folder) for protocol in order]
    nothing = [at_budget(claim, [], folder, ("", None))]
    return [judged for judged in found if judged.measured] or found[:1] or nothing


def best_budget(claim: Claim, records: Sequence[Record], folder: Path) -> Judged:
    """The claim at the budget with the most measured tests; among equal budgets, the one with the most updates.

    A claim of another paper takes runs by their length, whatever their budget is called: among equal ones those of its
    own length; without them the longest of the shorter ones, then the shortest of the longer ones.
    """
    rows = {split_row(row)[0] for row in claim.rows}
    runs = [record for record in records if record.model.full_name in rows]
    budgets = {record.length_key if claim.at_own_budget else record.budget_key for record in runs}
    found = [at_budget(claim, records, folder, budget) for budget in sorted(budgets, key=str) or [("", None)]]
    return max(found, key=_preference)


def _preference(judged: Judged) -> tuple[int, bool, int]:
    """Sort key of a claim at one budget; the best one has the greatest key."""
    updates = judged.updates or 0
    beyond = judged.claim.at_own_budget and updates > judged.claim.budget.updates
    return judged.measured, not beyond, -updates if beyond else updates


def at_budget(claim: Claim, records: Sequence[Record], folder: Path, budget: Budget) -> Judged:
    """The claim at one budget."""
    evidence = Evidence(records, folder, budget)
    tests = tuple(restrict_verdict(evidence.measure(test), claim, test, evidence) for test in claim.tests)
    free = [row for row in claim.rows if split_row(row)[1] is None]
    runs = [run for row in free or claim.rows for run in evidence.runs(row).values()]
    measured = any(isinstance(test, Finding) for test in tests)
    updates = max((run.training.total_updates for run in runs), default=None) if measured else None
    name = str(updates) if claim.at_own_budget else budget[0]
    return Judged(
        claim=claim,
        protocol=records[0].protocol.id if measured else None,
        budget=(name if free else FIXED) if measured else None,
        updates=updates,
        tests=tests,
    )


def restrict_verdict(
    found: Finding | Missing, claim: Claim, test: Comparison | EventTest, evidence: Evidence
) -> Finding | Missing:
    """A test's result, made undecided where runs are too few or too short for a verdict.

    The losses of two models need at least two seeds: an interval over one log covers no other run. A comparison is
    undecided if one of its rows is undertrained or collapsed after fewer updates than the report's. A comparison with
    a fixed value cannot contradict a claim after fewer updates, since the run might still reach the value; nor can an
    event contradict one that may still happen. A score so near to its bound that the claimed difference has no room
    decides nothing, nor does one that is higher beyond its best value. Rows that the claim says diverge or collapse
    need not have learned anything, and rows whose updates it fixes need not be as long as the report's.
    """
    if isinstance(found, Missing):
        return found
    if isinstance(test, EventTest):
        return restrict_event(found, claim, test, evidence)
    if isinstance(test, LogTest) and len(set(test.rows)) > 1 and found.seeds == 1:
        return replace(found, verdict="undecided", reason=ONE_RUN_EACH)
    exempt = {test.first for test in claim.tests if isinstance(test, EventTest)}
    rows = [row for row in dict.fromkeys(test.rows) if row not in exempt and split_row(row)[1] is None]
    early = [row for row in rows if any(learned_too_little(run, claim) for run in evidence.runs(row).values())]
    if early:
        return replace(found, verdict="undecided", reason=f"{' and '.join(early)} had learned too little")
    second = [] if test.second is None else list(evidence.runs(test.second).values())
    if found.verdict != "reproduced" and (reason := why_saturated(test, second)):
        return replace(found, verdict="undecided", reason=reason)
    first = list(evidence.runs(test.first).values())
    if found.verdict == "reproduced" and (reason := why_beyond_best(test, first)):
        return replace(found, verdict="undecided", reason=reason)
    runs = [run for row in rows for run in evidence.runs(row).values()]
    if test.value is None or found.verdict != "contradicted" or not any(is_shorter(run, claim) for run in runs):
        return found
    return replace(found, verdict="undecided", reason=LONGER)


def restrict_event(found: Finding, claim: Claim, test: EventTest, evidence: Evidence) -> Finding:
    """The result of an event test, undecided if the event may still happen after as many updates as the report's."""
    if found.verdict != "contradicted" or test.never or test.latest is not None or split_row(test.first)[1] is not None:
        return found
    runs = evidence.runs(test.first).values()
    if not any(is_shorter(run, claim) and not has_happened(run, test.event) for run in runs):
        return found
    return replace(found, verdict="undecided", reason=LONGER)


def learned_too_little(run: Record, claim: Claim) -> bool:
    """True for an undertrained or collapsed run that was shorter than the report's."""
    return run.status in TOO_LITTLE and is_shorter(run, claim)


def is_shorter(run: Record, claim: Claim) -> bool:
    """True for a run of fewer updates than the report's."""
    return run.training.total_updates < claim.budget.updates
