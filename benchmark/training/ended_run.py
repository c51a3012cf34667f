"""A run with everything that a record says of it: at its end, or as it was at an earlier update.

No model knows its budget, so a run after 15,000 of its 20,000 updates is what a run of 15,000 would have left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.definitions.model_settings import report_updates
from benchmark.errors import UsageError
from benchmark.system.files import file_sha256
from benchmark.tasks import budget_name
from benchmark.training.run_config import Outcome, RunConfig, read_config, read_outcome
from benchmark.training.run_folder import LOG, WEIGHTS, has_ended, snapshots_of
from benchmark.training.run_log import read_log, remedy


@dataclass(frozen=True, kw_only=True)
class EndedRun:
    """A training of as many updates as its configuration says, unless it diverged before."""

    config: RunConfig
    outcome: Outcome
    weights: Path  # of the averaged generator
    log: tuple[dict[str, float | None], ...]  # a line of each generator update; None is not finite


def at_end(folder: Path) -> EndedRun:
    """A run at its end.

    Raises:
        UsageError: the folder holds no run that has ended, or a file of it is damaged.
    """
    return EndedRun(
        outcome=read_outcome(folder), config=read_config(folder), weights=folder / WEIGHTS, log=read_log(folder)
    )


def at_update(folder: Path, update: int) -> EndedRun:
    """A run as if its budget had been ``update`` generator updates; it may still go on.

    Raises:
        UsageError: the folder holds no run, or no snapshot of that update; or a file of it is damaged.
    """
    config = read_config(folder)
    if update == config.train_config.total_updates and has_ended(folder):
        return at_end(folder)
    weights, log = _snapshot(folder, update), _log_until(folder, update)
    seen, seconds = log[-1]["images_seen"], log[-1]["seconds"]
    outcome = Outcome(
        status="finished", step=update, turns=log[-1]["turns"], images_seen=seen, seconds=seconds,
        images_per_second=seen / seconds, weights_sha256=file_sha256(weights),
    )  # fmt: skip
    return EndedRun(config=_with_updates(config, update), outcome=outcome, weights=weights, log=log)


def _with_updates(config: RunConfig, updates: int) -> RunConfig:
    """The configuration of the same run with another number of updates."""
    settings = replace(config.train_config, total_updates=updates)
    return replace(config, budget=budget_name(updates, report_updates(config.model)), train_config=settings)


def _snapshot(folder: Path, update: int) -> Path:
    """The averaged generator after that many updates."""
    there = snapshots_of(folder)
    if update not in there:
        found = f"of {', '.join(f'{step:,}' for step in there)}" if there else "none; train with --snapshot-every"
        raise UsageError(f"{folder} has no snapshot of update {update:,}; its snapshots: {found}")
    return there[update]


def _log_until(folder: Path, update: int) -> tuple[dict[str, float | None], ...]:
    """The log's lines up to that update, the last one of this update."""
    lines = tuple(line for line in read_log(folder) if line["step"] <= update)
    if not lines or lines[-1]["step"] != update:
        raise UsageError(f"{folder / LOG} has no line of update {update:,}; {remedy(folder, update)}")
    return lines
