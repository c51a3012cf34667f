"""Verbs on all of it at once, and on this machine."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from benchmark.cli.options import (
    FAILED,
    OK,
    Data,
    Device,
    EvaluatorNames,
    ExecutorName,
    Json,
    Partial,
    RayAddress,
    option,
    show,
    whole,
)  # fmt: skip
from benchmark.data.source import source_of
from benchmark.system.terminal import say_if_slow

if TYPE_CHECKING:
    from benchmark.executors.request import ExecutorRequest

PROFILE = (
    "Training budget: first (a few models trained for minutes, the others for 2 updates), smoke, short, report, hour "
    "(what all models can have within --minutes), or a number of generator updates; auto takes hour with CUDA, on a "
    "CPU first, or smoke where tasks, models, data, seeds or workers are chosen."
)


def list_things(kind: Literal["models", "tasks", "evaluators", "datasets"], /, *, json: Json = False) -> None:
    """List what is bundled: models, tasks, evaluators or datasets."""
    from benchmark.commands import list_cache

    show(list_cache.rows(kind), as_json=json)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Workers:
    """Options on the place where runs are computed, and their number at once."""

    executor: ExecutorName = "local"
    jobs: Annotated[int | None, whole("Runs at once on this machine, in processes of their own; 1 by default.")] = None
    ray_address: RayAddress = None
    gpus_per_run: Annotated[
        float | None, option("On Ray: GPUs of each run, such as 0.25; 1 by default where there are any.")
    ] = None
    cpus_per_run: Annotated[float | None, option("On Ray: processors of each run; 1 by default.")] = None

    def request(self) -> ExecutorRequest:
        """The request for an executor that these options make."""
        from benchmark.executors.request import ExecutorRequest

        return ExecutorRequest(name=self.executor, **{k: v for k, v in asdict(self).items() if k != "executor"})


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Choice:
    """Options on the models that are trained, and their data."""

    tasks: Annotated[
        str | None, option("Names, task files or plug-ins, comma-separated; all with embedded data by default.")
    ] = None
    models: Annotated[
        str | None,
        option(
            "Names, name:variant or package.module:Class, comma-separated; 'all' stands for the bundled ones with "
            "every variant; the tasks' own by default."
        ),
    ] = None
    data: Data = "synthetic"
    partial: Partial = False
    evaluator: EvaluatorNames = None
    seeds: Annotated[int, whole("Training seeds per model, from 0.")] = 1
    device: Device = "auto"

    def arguments(self) -> dict[str, Any]:
        """These options as keyword arguments of the command's function."""
        return {
            "tasks": self.tasks, "models": self.models, "seeds": self.seeds, "device": self.device,
            "data": source_of(self.data, partial=self.partial), "evaluators": tuple(self.evaluator or ()),
        }  # fmt: skip


def run_benchmark(
    *,
    out: Annotated[
        str, option("Folder of the runs, their records and tables, or a URL that fsspec knows, as s3://bucket/sweep.")
    ] = "runs",
    profile: Annotated[str, option(PROFILE, name=["--profile", "--budget"])] = "auto",
    minutes: Annotated[
        float | None, option("Time of --profile hour, with scoring; 60 by default.", show_default=False)
    ] = None,
    choice: Choice = Choice(),
    publish: Annotated[
        bool, option("Afterwards copy the records into results/records and render results/leaderboards.", negative="")
    ] = False,
    workers: Workers = Workers(),
    json: Json = False,
) -> int:
    """Train, sample, score and rank the models of every task, on the embedded data or on your own.

    A run that diverges or fails does not stop the others; it is named at the end, and the exit code is 1.
    """
    with say_if_slow("loading PyTorch"):
        from benchmark.commands import benchmark

    result = benchmark.benchmark(
        out, profile=profile, publish=publish, minutes=minutes, executor=workers.request(),
        screen=sys.stderr if json else sys.stdout, **choice.arguments(),
    )  # fmt: skip
    if json:
        show(result, as_json=True)
    return FAILED if result["failed"] else OK


def doctor(*, json: Json = False) -> None:
    """Show this machine's versions, device and cache, and which sandbox protections work for submissions."""
    from benchmark.commands.doctor import diagnose

    show(diagnose(), as_json=json)


def completion(
    shell: Literal["bash", "zsh", "fish"],
    /,
) -> None:
    """Print a script that completes verbs and options, such as for ~/.local/share/bash-completion/completions."""
    from benchmark.cli import build

    print(build().generate_completion(prog_name="cgan-bench", shell=shell), end="", flush=True)
