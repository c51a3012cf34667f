"""Verbs on all of it at once, and on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from benchmark.cli.options import FAILED, OK, Device, Json, option, show, whole
from benchmark.errors import UsageError


def list_things(kind: Literal["models", "tasks", "evaluators", "datasets"], /, *, json: Json = False) -> None:
    """List what is bundled: models, tasks, evaluators or datasets."""
    from benchmark.commands import listing

    show(listing.rows(kind), as_json=json)


def run_benchmark(
    *,
    out: Annotated[Path, option("Folder of the runs, their records and tables.")] = Path("runs"),
    profile: Annotated[
        Literal["auto", "smoke", "short", "report"],
        option("Training budget; auto takes smoke on a CPU and report with CUDA."),
    ] = "auto",
    tasks: Annotated[str | None, option("Names, comma-separated; all by default.")] = None,
    models: Annotated[
        str | None,
        option("Names or name:variant, comma-separated, or 'all' with every variant; the tasks' own by default."),
    ] = None,
    seeds: Annotated[int, whole("Training seeds per model, from 0.")] = 1,
    device: Device = "auto",
    publish: Annotated[
        bool, option("Afterwards copy the records into results/records and render results/leaderboards.", negative="")
    ] = False,
    json: Json = False,
) -> int:
    """Train, sample, score and rank the models of every task on the embedded data.

    A run that diverges or fails does not stop the others; it is named at the end, and the exit code is 1.
    """
    from benchmark.commands import benchmark

    result = benchmark.benchmark(
        out, profile=profile, tasks=tasks, models=models, seeds=seeds, device=device, publish=publish,
        screen=sys.stderr if json else sys.stdout,
    )  # fmt: skip
    if json:
        show(result, as_json=True)
    return FAILED if result["failed"] else OK


def bench(
    what: Literal["train", "data", "features", "distances"],
    /,
    *,
    models: Annotated[
        str | None, option("For train: names or name:variant, comma-separated, or 'all'; cdcgan_iclevr by default.")
    ] = None,
    least: Annotated[
        float, option("For train: the ratio to the plain loop's speed below which a model fails the check.")
    ] = 0.0,
    json: Json = False,
) -> int:
    """Measure speed on this machine: training against a plain loop, data, the backbone's features, or distances."""
    from benchmark.throughput import distances, features, measure

    if models and what != "train":
        raise UsageError(f"--models is {models}, but 'bench {what}' trains none; leave it out")
    if least and what != "train":
        raise UsageError(f"--least is {least:g}, but 'bench {what}' has no plain loop next to it; leave it out")
    measured = {
        "train": lambda: measure.trainings(models or "cdcgan_iclevr"),
        "data": measure.data,
        "features": features.features,
        "distances": distances.distances,
    }
    found = measured[what]()
    show(found, as_json=json)
    return FAILED if what == "train" and any(row["ratio"] < least for row in found) else OK


def doctor(*, json: Json = False) -> None:
    """Show what this machine has, and how well it shuts in what strangers hand in."""
    from benchmark.commands.doctor import diagnose

    show(diagnose(), as_json=json)
