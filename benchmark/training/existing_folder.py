"""A folder that is there already: refused, cleaned, opened again for another budget, or emptied of its run."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.system.leftovers import remove_leftovers
from benchmark.training import checkpoint
from benchmark.training.run_config import read_outcome
from benchmark.training.run_folder import (
    CHECKPOINTS,
    ENTRIES,
    OUTCOME,
    SAMPLES,
    SNAPSHOTS,
    WEIGHTS,
    has_ended,
    is_run,
    numbered,
    step_of,
)


def check_run_folder(folder: Path) -> None:
    """Raise UsageError unless the folder is a run's, or empty, or not there yet."""
    if not folder.exists() or is_run(folder):
        return
    if not folder.is_dir() or any(path.name != "lock" for path in folder.iterdir()):
        raise UsageError(f"{folder} holds other things and no run; give a new folder")


def clean(folder: Path) -> None:
    """Remove what a killed process left half-written in a run folder; its lock shows that no other one writes there."""
    for place in (folder, *(folder / name for name in (SAMPLES, CHECKPOINTS, SNAPSHOTS))):
        if place.is_dir():
            remove_leftovers(place)
    checkpoint.remove_incomplete(folder / CHECKPOINTS)


def reopen(folder: Path) -> None:
    """Let a finished run go on from its last checkpoint; one that diverged stays as it is, whatever its budget."""
    if has_ended(folder) and read_outcome(folder).status == "finished":
        (folder / OUTCOME).unlink()
        (folder / WEIGHTS).unlink(missing_ok=True)


def cut_short(folder: Path, total_updates: int) -> None:
    """Let a run end after fewer updates than it was begun with; images and snapshots of later ones are removed.

    Raises:
        UsageError: it has come as far already.
    """
    done = max((step_of(path) for path in numbered(folder / CHECKPOINTS, ".json")), default=0)
    if has_ended(folder):  # one that diverged did so after its last checkpoint
        done = max(done, read_outcome(folder).step or 0)
    if done >= total_updates:
        raise UsageError(
            f"{folder} holds a run that is at update {done:,} already, and --budget asks for {total_updates:,}; "
            f"give more than {done:,}, or another folder with --out"
        )
    for path in (*numbered(folder / SAMPLES, ".png"), *numbered(folder / SNAPSHOTS, ".safetensors")):
        if step_of(path) > total_updates:
            path.unlink()


def delete_run(folder: Path) -> None:
    """Remove what a run writes, and nothing else that may lie there; the lock is its holder's."""
    for name in ENTRIES:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
