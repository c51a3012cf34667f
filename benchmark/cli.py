"""The command line: verbs and options only. Each verb imports what it needs, so that --help needs no torch."""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from benchmark import __version__
from benchmark.errors import JudgeError, UsageError

app = App(
    name="cgan-bench",
    help="Train, sample, score and rank small conditional GANs under one protocol.",
    version=__version__,
    help_format="plaintext",
)
data_app = App(name="data", help="Look at data sets; pack, render and preview them.")
judge_app = App(name="judge", help="Train judges and check how good they are.")
app.command(data_app)
app.command(judge_app)

OK, FAILED, USAGE, BAD_JUDGE = 0, 1, 2, 3  # exit codes

Json = Annotated[bool, Parameter(name="--json", negative="")]
Data = Annotated[str, Parameter(name="--data")]
Device = Annotated[str, Parameter(name="--device")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 a check failed, 2 wrong use or input, 3 a bad judge."""
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except (CycloptsError, UsageError) as error:
        message = " ".join(str(error).split())
        hint = "; see --help" if isinstance(error, CycloptsError) else ""
        print(f"cgan-bench: {message}{hint}", file=sys.stderr)
        return BAD_JUDGE if isinstance(error, JudgeError) else USAGE
    return code if isinstance(code, int) else OK


def show(document: Any, *, as_json: bool) -> None:  # noqa: ANN401
    """Print a command's result: one JSON document, or aligned lines for people."""
    if as_json:
        print(json_module.dumps(document, indent=2, default=str))
        return
    for row in document if isinstance(document, list) else [document]:
        width = max(len(key) for key in row)
        for key, value in row.items():
            print(f"{key:<{width}}  {value}")
        if isinstance(document, list):
            print()


@app.command(name="list")
def list_things(kind: Literal["models", "tasks", "evaluators", "datasets"], /, *, json: Json = False) -> None:
    """List what is bundled: models, tasks, evaluators or datasets.

    Parameters
    ----------
    kind
        What to list.
    json
        One JSON document on stdout.
    """
    from benchmark import catalogue

    show(getattr(catalogue, kind)(), as_json=json)


@data_app.command
def info(*, task: str, data: Data = "synthetic", json: Json = False) -> None:
    """Count pictures, splits and conditions of a data set.

    Parameters
    ----------
    task
        Whose data: see 'cgan-bench list tasks'.
    data
        'synthetic' for the embedded pictures, or a folder or zip in the course's layout.
    json
        One JSON document on stdout.
    """
    from benchmark import data_commands

    show(data_commands.info(task, data), as_json=json)


@data_app.command
def pack(*, task: str, data: Data = "synthetic", json: Json = False) -> None:
    """Decode or render all pictures into one cache file (in $CGAN_BENCH_CACHE, or the user's cache folder).

    Parameters
    ----------
    task
        Whose data: see 'cgan-bench list tasks'.
    data
        'synthetic' for the embedded pictures, or a folder or zip in the course's layout.
    json
        One JSON document on stdout.
    """
    from benchmark import data_commands

    show(data_commands.pack(task, data), as_json=json)


@data_app.command
def render(*, task: str, out: Path, count: int | None = None, json: Json = False) -> None:
    """Write the embedded pictures as files in the course's layout.

    Parameters
    ----------
    task
        Whose data: see 'cgan-bench list tasks'.
    out
        New or empty folder.
    count
        How many pictures; all by default.
    json
        One JSON document on stdout.
    """
    from benchmark import data_commands

    show(data_commands.render(task, out, count), as_json=json)


@data_app.command
def preview(*, task: str, out: Path, data: Data = "synthetic", count: int = 48, json: Json = False) -> None:
    """Draw a labelled contact sheet.

    Parameters
    ----------
    task
        Whose data: see 'cgan-bench list tasks'.
    out
        PNG file to write.
    data
        'synthetic' for the embedded pictures, or a folder or zip in the course's layout.
    count
        How many pictures, spread evenly over the data set.
    json
        One JSON document on stdout.
    """
    from benchmark import data_commands

    show(data_commands.preview(task, data, out, count), as_json=json)


@app.command
def train(
    *,
    task: str,
    model: str,
    out: Path,
    data: Data = "synthetic",
    budget: str = "short",
    seed: int = 0,
    device: Device = "auto",
    precision: Literal["auto", "float32", "bfloat16"] = "auto",
    snapshot_every: int = 0,
    resume: bool = True,
    json: Json = False,
) -> None:
    """Train one model; a run that was killed goes on where it was.

    Parameters
    ----------
    task
        See 'cgan-bench list tasks'.
    model
        Name or name:variant; see 'cgan-bench list models'.
    out
        The run folder.
    data
        'synthetic' for the embedded pictures, or a folder or zip in the course's layout.
    budget
        smoke, short, report, or a number of generator updates.
    seed
        Decides the first weights, the order of pictures and all latents.
    device
        auto, cpu, cuda, cuda:1, ...
    precision
        What convolutions are computed in; auto takes bfloat16 where the machine has matrix units for it.
    snapshot_every
        Keep the averaged generator every so many updates, for 'cgan-bench curve'; 0 keeps none.
    resume
        Go on with the run in the folder; --no-resume deletes it and starts anew.
    json
        One JSON document on stdout.
    """
    from benchmark import pipeline

    outcome = pipeline.train(
        task, model, out, data=data, budget=budget, seed=seed, device=device, precision=precision,
        snapshot_every=snapshot_every, resume=resume,
    )  # fmt: skip
    show({"run": out} | outcome, as_json=json)


@app.command
def sample(run: Path, /, *, out: Path, data: Data | None = None, device: Device = "auto", json: Json = False) -> None:
    """Draw the frozen sample set with a trained model: PNG files by sample index, and their conditions.

    Parameters
    ----------
    run
        A run folder.
    out
        New or empty folder.
    data
        The data of the run; by default what it was trained on, if that was the embedded data.
    device
        auto, cpu, cuda, cuda:1, ...
    json
        One JSON document on stdout.
    """
    from benchmark import pipeline

    show(pipeline.sample(run, out, data=data, device=device), as_json=json)


@app.command
def score(
    run: Path, /, *, out: Path, data: Data | None = None, judge: Path | None = None, device: Device = "auto",
    json: Json = False,
) -> None:  # fmt: skip
    """Score a trained model on the frozen sample set and write its record and the reference rows'.

    Parameters
    ----------
    run
        A run folder.
    out
        Folder of records; a record is never overwritten.
    data
        The data of the run; by default what it was trained on, if that was the embedded data.
    judge
        A judge file instead of the bundled one.
    device
        auto, cpu, cuda, cuda:1, ...
    json
        One JSON document on stdout.
    """
    from benchmark import pipeline

    show(pipeline.score(run, out, data=data, judge=judge, device=device), as_json=json)


@app.command
def curve(
    run: Path, /, *, out: Path, data: Data | None = None, judge: Path | None = None, device: Device = "auto",
    json: Json = False,
) -> None:  # fmt: skip
    """Score every snapshot of a run by the condition scores: a CSV, and a PNG beside it.

    Parameters
    ----------
    run
        A run folder trained with --snapshot-every.
    out
        CSV file to write; the picture takes the same name with .png.
    data
        The data of the run; by default what it was trained on, if that was the embedded data.
    judge
        A judge file instead of the bundled one.
    device
        auto, cpu, cuda, cuda:1, ...
    json
        One JSON document on stdout.
    """
    from benchmark import curves

    show(curves.curve(run, out, data=data, judge=judge, device=device), as_json=json)


@judge_app.command(name="train")
def judge_train(*, task: str, out: Path, data: Data = "synthetic", seed: int = 0, json: Json = False) -> None:
    """Train a judge on the training pictures and check it on the held-out ones.

    Parameters
    ----------
    task
        See 'cgan-bench list tasks'.
    out
        The .safetensors file to write; its card goes beside it as .json.
    data
        'synthetic' for the embedded pictures, or a folder or zip in the course's layout.
    seed
        Decides the first weights and the order of pictures.
    json
        One JSON document on stdout.
    """
    from benchmark import judging

    show(judging.train(task, data, out, seed), as_json=json)


@judge_app.command(name="check")
def judge_check(
    *,
    task: str,
    data: Data = "synthetic",
    split: Literal["train", "held_out", "all"] = "held_out",
    judge: Path | None = None,
    json: Json = False,
) -> None:
    """Measure a judge on labelled pictures.

    Parameters
    ----------
    task
        See 'cgan-bench list tasks'.
    data
        'synthetic' for the embedded pictures, or a folder or zip in the course's layout.
    split
        Which pictures.
    judge
        A judge file instead of the bundled one.
    json
        One JSON document on stdout.
    """
    from benchmark import judging

    show(judging.check(task, data, split, judge), as_json=json)


@app.command
def leaderboard(
    records: Path, /, *, out: Path, check: bool = False, write: bool = False, json: Json = False
) -> int:  # fmt: skip
    """Render the tables from the records, or check that they agree with them.

    Parameters
    ----------
    records
        Folder of records.
    out
        Folder of the tables.
    check
        Write nothing; exit with 1 if a table is missing, extra or differs.
    write
        Write the tables (the default).
    json
        One JSON document on stdout.
    """
    if check and write:
        raise UsageError("--check and --write exclude each other; give one")
    from benchmark.leaderboard import files

    if not check:
        show({"written": [str(path) for path in files.write(records, out)]}, as_json=json)
        return OK
    differences = files.check(records, out)
    show({"differences": differences or "none"}, as_json=json)
    return FAILED if differences else OK


@app.command(name="benchmark")
def run_benchmark(
    *,
    out: Path = Path("runs"),
    profile: Literal["auto", "smoke", "short", "report"] = "auto",
    tasks: str | None = None,
    models: str | None = None,
    seeds: int = 1,
    device: Device = "auto",
    publish: bool = False,
    json: Json = False,
) -> None:
    """Train, sample, score and rank every model of every task on the embedded data.

    Parameters
    ----------
    out
        Folder of the runs, their records and tables.
    profile
        Training budget; auto takes smoke on a CPU and report with CUDA.
    tasks
        Names, comma-separated; all by default.
    models
        Names or name:variant, comma-separated; all of each task by default.
    seeds
        Training seeds per model, from 0.
    device
        auto, cpu, cuda, cuda:1, ...
    publish
        Afterwards copy the records into results/records and render results/.
    json
        One JSON document on stdout.
    """
    from benchmark import suite

    result = suite.benchmark(
        out, profile=profile, tasks=tasks, models=models, seeds=seeds, device=device, publish=publish
    )
    if json:
        show(result, as_json=True)


@app.command
def bench(what: Literal["train", "data"], /, *, model: str = "cdcgan_iclevr", json: Json = False) -> None:
    """Measure speed on this machine: training against a plain loop, or rendering and packing.

    Parameters
    ----------
    what
        'train' or 'data'.
    model
        Which model to train.
    json
        One JSON document on stdout.
    """
    from benchmark.throughput import measure

    show(measure.data() if what == "data" else measure.training(model), as_json=json)
