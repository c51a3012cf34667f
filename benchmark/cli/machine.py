"""Verbs on all of it at once, and on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from benchmark.cli.options import FAILED, OK, Device, Json, option, show, whole


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


def doctor(*, json: Json = False) -> None:
    """Show what this machine has, and how well it shuts in what strangers hand in."""
    from benchmark.commands.doctor import diagnose

    show(diagnose(), as_json=json)
