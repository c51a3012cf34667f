"""The runs that claims need: listed, or trained and scored."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.commands.model_run import (
    ON_A_CURVE,
    ScorerRequest,
    narrow_scorer,
    ready_scorer,
    run_model,
    score_model,
)
from benchmark.definitions.model_settings import report_updates
from benchmark.errors import UsageError, check_seed
from benchmark.records.protocol import Protocol
from benchmark.records.store import records_in
from benchmark.reports.claims import Claim, Claims, split_row
from benchmark.reports.load import load_claims
from benchmark.scoring.scorer import Scorer
from benchmark.system.files import check_writable
from benchmark.system.machine import this_machine
from benchmark.system.terminal import say
from benchmark.tasks import TASKS, generator_updates
from benchmark.training.run_config import read_config
from benchmark.training.run_folder import CONFIG, has_ended, snapshots_of
from benchmark.training.trained_run import load_run

MOST_SNAPSHOTS = 100
Key = tuple[str, str, int, int]  # task, model, generator updates, seed


@dataclass(frozen=True, kw_only=True)
class Training:
    """A run that claims need."""

    task: str
    model: str
    budget: str  # a name, or a number of generator updates
    updates: int
    seed: int
    claims: tuple[str, ...]  # their ids

    @property
    def key(self) -> Key:
        return self.task, self.model, self.updates, self.seed

    def begins(self, other: Training) -> bool:
        """True if another run goes on from the end of this one: no model knows its budget."""
        same = (self.task, self.model, self.seed) == (other.task, other.model, other.seed)
        return same and self.updates < other.updates

    def folder(self, out: Path) -> Path:
        """Its folder, as ``nox -s benchmark`` has it."""
        return out / self.task / self.model.replace(":", "-") / f"{self.budget}-seed{self.seed}"


def run(
    chosen: Sequence[str],
    out: Path,
    records: Path,
    *,
    budget: str,
    seeds: Sequence[int],
    others: Sequence[Path] = (),
    device: str = "auto",
    dry_run: bool = False,
) -> list[dict[str, Any]]:
    """Train and score what claims need and ``records`` does not have.

    Of two runs that differ in their updates alone the longer one is trained, and scored at the shorter one's last
    update as well.

    Args:
        chosen: ids of claims and keys of reports; none for all.
        out: of the run folders.
        records: of the records.
        budget: a name or a number of generator updates, of all rows without their own; see :func:`budget_for`.
        seeds: of each run.
        others: claims files next to the bundled one.
        device: as for :func:`benchmark.system.machine.this_machine`.
        dry_run: list the runs and train none.

    Returns:
        One row a run.

    Raises:
        UsageError: a claim, budget, seed or device is wrong; nothing is trained then.
    """
    for seed in seeds:
        check_seed(seed)
    this_machine(device)  # a device that is not there is refused before anything is planned
    trainings = plan(select_claims(load_claims(*others), chosen), budget, tuple(dict.fromkeys(seeds)))
    if not dry_run:
        for folder in (out, records):
            check_writable(folder)
        absent = absent_runs(longest_first(trainings), records)
        for task in dict.fromkeys(training.task for training in absent):
            of_task = [training for training in absent if training.task == task]
            train_task(task, of_task, trainings, out, records, device)
    absent = absent_runs(trainings, records)
    return [row(training, trainings, absent, out) for training in trainings]


def absent_runs(trainings: Iterable[Training], records: Path) -> list[Training]:
    """Those runs of which the folder has no record."""
    there = recorded_runs(records)
    return [training for training in trainings if training.key not in there]


def recorded_runs(folder: Path) -> set[Key]:
    """Runs on embedded data whose records, of the current task versions, lie in the folder."""
    found = records_in(folder)
    return {
        (record.protocol.task, record.model.full_name, record.training.total_updates, record.training.seed)
        for record in found
        if record.model and not record.data_option and is_current(record.protocol)
    }


def is_current(protocol: Protocol) -> bool:
    """True for a protocol of a bundled task's current version; claims are about bundled tasks."""
    return protocol.task in TASKS and protocol.version == TASKS[protocol.task].version


def select_claims(claims: Claims, chosen: Sequence[str]) -> list[Claim]:
    """The claims that are named by id or by report; all of them if none is named.

    Raises:
        UsageError: a name is neither.
    """
    known = {claim.id for claim in claims.claims} | {claim.report for claim in claims.claims}
    if unknown := [name for name in chosen if name not in known]:
        raise UsageError(f"no claim or report is called {unknown[0]!r}; known: {', '.join(sorted(known))}")
    return [claim for claim in claims.claims if not chosen or {claim.id, claim.report} & set(chosen)]


def plan(claims: Sequence[Claim], budget: str, seeds: Sequence[int]) -> list[Training]:
    """Each run that the claims need, once.

    A row with updates of its own is left out if the budget gives its model fewer updates.
    """
    found: dict[Key, Training] = {}
    for claim in claims:
        own = budget_for(claim, budget)
        for row in claim.rows:
            model, at = split_row(row)
            _, updates = generator_updates(own, report_updates(model))
            if at is not None and at > updates:
                say(f"claim {claim.id}: {row} is left out, for {budget} gives it {updates:,} updates")
                continue
            name, length = (own, updates) if at is None or at == updates else (str(at), at)
            for seed in seeds:
                new = Training(task=claim.task, model=model, budget=name, updates=length, seed=seed, claims=())
                before = found.get(new.key, new)
                found[new.key] = replace(before, claims=tuple(dict.fromkeys((*before.claims, claim.id))))
    return list(found.values())


def budget_for(claim: Claim, budget: str) -> str:
    """The budget of a claim's runs: in place of the report of a bundled model, another paper's own updates."""
    return str(claim.budget.updates) if claim.at_own_budget and budget == "report" else budget


def longest_first(trainings: Iterable[Training]) -> list[Training]:
    """Runs in their order, but each after those that go on from its end."""
    found: list[Training] = []
    for training in trainings:
        place = min((at for at, other in enumerate(found) if other.begins(training)), default=len(found))
        found.insert(place, training)
    return found


def train_task(
    name: str, absent: Sequence[Training], planned: Sequence[Training], out: Path, records: Path, device: str
) -> None:
    """Train and score the runs of one task.

    Raises:
        JudgeError: a judge or the face detector fails its self-test; nothing is trained.
    """
    scorer = ready_scorer(ScorerRequest(task=name, budget=absent[0].budget, device=device))
    for number, training in enumerate(absent, 1):
        longer = longer_run(training, planned, out)
        words = f"{name} {training.model} seed {training.seed}, {training.updates:,} updates"
        beginning = f" of the run of {longer.updates:,}" if longer else ""
        say(f"run {number} of {len(absent)}: {words}{beginning}, for {', '.join(training.claims)}")
        if not (longer and score_beginning(training, longer.folder(out), scorer, records)):
            interval = snapshot_interval(training, planned, out)
            folder = training.folder(out)
            run_model(scorer, training.model, folder, records, training.budget, training.seed, snapshots=interval)


def score_beginning(training: Training, longer: Path, scorer: Scorer, records: Path) -> bool:
    """Score the snapshot of a longer run at the end of a shorter one; False if it was trained on other data."""
    scorer = narrow_scorer(scorer, training.model)
    if read_config(longer).data_digest != scorer.data.digest:
        return False
    score_model(scorer, load_run(longer, scorer.machine, training.updates), records)
    return True


def longer_run(training: Training, planned: Iterable[Training], out: Path) -> Training | None:
    """A run that has ended and keeps a snapshot of the end of a shorter one."""
    longer = (other for other in planned if training.begins(other) and has_ended(other.folder(out)))
    return next((other for other in longer if training.updates in snapshots_of(other.folder(out))), None)


def run_behind(training: Training, planned: Sequence[Training], absent: Sequence[Training], out: Path) -> Training:
    """The run that a record is, or will be, of: a longer one that keeps or will keep its end, or the run itself."""
    if longer := longer_run(training, planned, out):
        return longer
    to_come = (other for other in absent if training.begins(other) and not has_ended(other.folder(out)))
    intervals = ((other, snapshot_interval(other, planned, out)) for other in to_come)
    return next((other for other, interval in intervals if interval and training.updates % interval == 0), training)


def snapshot_interval(training: Training, planned: Iterable[Training], out: Path) -> int | None:
    """Generator updates between two snapshots, among them the ends of the shorter runs; None for any interval.

    A run that has begun keeps its own. More than 100 snapshots are not kept for shorter runs.
    """
    if (training.folder(out) / CONFIG).exists():
        return read_config(training.folder(out)).train_config.snapshot_every
    ends = [other.updates for other in planned if other.begins(training)]
    if not ends:
        return None
    interval = largest_divisor(math.gcd(*ends), training.updates // ON_A_CURVE)
    return interval if interval * MOST_SNAPSHOTS >= training.updates else None


def largest_divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is at most ``most``, or 1."""
    return next(divisor for divisor in range(max(1, min(number, most)), 0, -1) if number % divisor == 0)


def row(training: Training, planned: Sequence[Training], absent: Sequence[Training], out: Path) -> dict[str, Any]:
    """One run, for people and machines; ``run`` is the folder of the longer run whose beginning it is."""
    folder = run_behind(training, planned, absent, out).folder(out)
    return {
        "task": training.task, "model": training.model, "budget": training.budget, "updates": training.updates,
        "seed": training.seed, "claims": ", ".join(training.claims), "run": str(folder), "trained": has_ended(folder),
        "recorded": training not in absent,
    }  # fmt: skip
