"""The command line: verbs and options only. Each verb imports what it needs: --help needs no torch."""

from __future__ import annotations

import json as json_module
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from benchmark import __version__
from benchmark.errors import JudgeError, UsageError

OK, FAILED, USAGE, BAD_JUDGE = 0, 1, 2, 3  # exit codes

app = App(
    name="cgan-bench",
    help="Train, sample, score and rank small conditional GANs under one protocol.",
    version=__version__,
    help_format="plaintext",
)
data_app = App(name="data", help="Look at data sets; pack, render and preview them.")
judge_app = App(name="judge", help="Train judges and check how good they are.")
app.command(data_app)
detector_app = App(name="detector", help="Train a face detector, and check how good detectors are.")
app.command(judge_app)
app.command(detector_app)


def option(help_text: str, **settings: Any) -> Parameter:  # noqa: ANN401
    """An option shared by several verbs, explained once."""
    return Parameter(help=help_text, **settings)


Json = Annotated[bool, option("One JSON document on stdout, everything else on stderr.", negative="")]
TaskName = Annotated[str, option("See 'cgan-bench list tasks'.")]
Data = Annotated[
    str, option("'synthetic', 'synthetic:6000' for the first 6,000 of it, or a folder or zip in a course's layout.")
]
RunData = Annotated[str | None, option("The data of the run; may be left out if that was the embedded data.")]
Run = Annotated[Path, option("A run folder, as 'cgan-bench train' writes it.")]
JudgeFile = Annotated[
    Path | None, option("A judge's .safetensors, or the i-CLEVR course's .pth, instead of the bundled one.")
]
DetectorName = Annotated[
    str, option("bundled, lbp (as fetched), lbp:FILE.xml, face_recognition (photographs), or a detector's FILE.svm.")
]
Inception = Annotated[
    str | None, option("Also score fid, with Inception's weights: 'fetched' (see 'judge fetch'), or their file.")
]
Split = Annotated[Literal["train", "held_out", "all"], option("Which pictures.")]
Device = Annotated[str, option("auto, cpu, cuda, cuda:1, ...")]
NewFolder = Annotated[Path, option("New or empty folder to write to.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 fine, 1 a check failed, 2 wrong use or input, 3 a bad judge."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # on a busy CPU, waiting threads would take it from the others
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except (CycloptsError, UsageError) as error:
        message = " ".join(str(error).split())
        hint = " (see --help)" if isinstance(error, CycloptsError) else ""
        print(f"cgan-bench: {message}{hint}", file=sys.stderr)
        return BAD_JUDGE if isinstance(error, JudgeError) else USAGE
    except BrokenPipeError:  # the reader of our output has seen enough, as in "| head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("cgan-bench: interrupted; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return code if isinstance(code, int) else OK


def show(document: Any, *, as_json: bool) -> None:  # noqa: ANN401
    """Print a command's result: one JSON document, or aligned lines for people."""
    if as_json:
        print(json_module.dumps(document, indent=2, default=str), flush=True)
        return
    for row in document if isinstance(document, list) else [document]:
        width = max(len(key) for key in row)
        for key, value in row.items():
            print(f"{key:<{width}}  {value}")
        print(end="\n" if isinstance(document, list) else "", flush=True)


@app.command(name="list")
def list_things(kind: Literal["models", "tasks", "evaluators", "datasets"], /, *, json: Json = False) -> None:
    """List what is bundled: models, tasks, evaluators or datasets."""
    from benchmark import catalogue

    show(getattr(catalogue, kind)(), as_json=json)


@data_app.command
def info(*, task: TaskName, data: Data = "synthetic", json: Json = False) -> None:
    """Count pictures, splits and conditions of a data set."""
    from benchmark import data_commands

    show(data_commands.info(task, data), as_json=json)


@data_app.command
def pack(*, task: TaskName, data: Data = "synthetic", json: Json = False) -> None:
    """Decode or render all pictures into one cache file (in $CGAN_BENCH_CACHE, or the user's cache folder)."""
    from benchmark import data_commands

    show(data_commands.pack(task, data), as_json=json)


@data_app.command
def render(
    *,
    task: TaskName,
    out: NewFolder,
    count: Annotated[int | None, option("How many pictures; all by default.")] = None,
    json: Json = False,
) -> None:
    """Write the embedded pictures as files in the course's layout."""
    from benchmark import data_commands

    show(data_commands.render(task, out, count), as_json=json)


@data_app.command
def preview(
    *,
    task: TaskName,
    out: Annotated[Path, option("PNG file to write.")],
    data: Data = "synthetic",
    count: Annotated[int, option("How many pictures, spread evenly over the data set.")] = 48,
    json: Json = False,
) -> None:
    """Draw a labelled contact sheet."""
    from benchmark import data_commands

    show(data_commands.preview(task, data, out, count), as_json=json)


@app.command
def train(
    *,
    task: TaskName,
    model: Annotated[str, option("Name, name:variant or name:setting=value; see 'cgan-bench list models'.")],
    out: Annotated[Path, option("The run folder.")],
    data: Data = "synthetic",
    budget: Annotated[str, option("smoke, short, report, or a number of generator updates.")] = "short",
    seed: Annotated[int, option("Decides the first weights, the order of pictures and all latents.")] = 0,
    device: Device = "auto",
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        option("What layers are computed in; auto takes bfloat16 where there are matrix units for it."),
    ] = "auto",
    snapshot_every: Annotated[
        int, option("Keep the averaged generator every so many updates, for 'cgan-bench curve'; 0 keeps none.")
    ] = 0,
    resume: Annotated[bool, option("Go on with the run in the folder; --no-resume deletes it and starts anew.")] = True,
    json: Json = False,
) -> None:
    """Train one model; a run that was killed goes on where it was."""
    from benchmark import pipeline

    asked = pipeline.Asked(
        task=task, model=model, data=data, budget=budget, seed=seed, device=device, precision=precision,
        snapshot_every=snapshot_every, resume=resume,
    )  # fmt: skip
    show({"run": out} | pipeline.train(asked, out), as_json=json)


@app.command
def sample(run: Run, /, *, out: NewFolder, data: RunData = None, device: Device = "auto", json: Json = False) -> None:
    """Draw the frozen sample set with a trained model: PNG files by sample index, and their conditions."""
    from benchmark import pipeline

    show(pipeline.sample(run, out, data=data, device=device), as_json=json)


@app.command
def conditions(
    *,
    task: TaskName,
    out: Annotated[Path, option("The .npz file to write.")],
    data: Data = "synthetic",
    latent_dim: Annotated[int, option("Numbers of each latent; longer ones start like shorter ones.")] = 100,
    json: Json = False,
) -> None:
    """Write what every model is asked to draw; 'cgan-bench score' scores what another generator draws for it."""
    from benchmark import drawn_elsewhere

    show(drawn_elsewhere.write_request(task, data, out, latent_dim), as_json=json)


@app.command
def score(
    what: Annotated[Path, option("A run folder; or pictures: a folder or zip with <part>/<index>.png, or an .npz.")],
    /,
    *,
    out: Annotated[Path, option("Folder of records; a record is never overwritten.")],
    task: Annotated[str | None, option("Of pictures; a run has its own.")] = None,
    name: Annotated[str | None, option("Of pictures in tables; their file name if left out.")] = None,
    data: RunData = None,
    judge: JudgeFile = None,
    detector: DetectorName = "bundled",
    inception: Inception = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score a trained model, or pictures drawn elsewhere; write the record and the reference rows'."""
    from benchmark import pipeline

    tools = pipeline.Tools(judge=judge, detector=detector, inception=inception)
    is_run = (what / "config.json").exists()
    if is_run and (task or name):
        raise UsageError(f"{what} is a run, which has a task and a name of its own; leave out --task and --name")
    if is_run:
        rows = pipeline.score(what, out, data=data, device=device, tools=tools)
    elif task:
        pictures = pipeline.Drawn(path=what, name=name or what.stem, task=task, data=data or "synthetic")
        rows = pipeline.score_pictures(pictures, out, device=device, tools=tools)
    else:
        raise UsageError(f"{what} holds no run (no config.json); give a run folder, or pictures with --task")
    show(rows, as_json=json)


@app.command
def references(
    *,
    task: TaskName,
    out: Annotated[Path, option("Folder of records; a record is never overwritten.")],
    data: Data = "synthetic",
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score what every table is read against: real, shuffled and untrained pictures."""
    from benchmark import pipeline

    show(pipeline.references(task, out, data=data, device=device), as_json=json)


@app.command
def curve(
    run: Run,
    /,
    *,
    out: Annotated[Path, option("CSV file to write; the picture takes the same name with .png.")],
    data: RunData = None,
    judge: JudgeFile = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score every snapshot of a run (trained with --snapshot-every) by the condition scores."""
    from benchmark import curves

    show(curves.curve(run, out, data=data, judge=judge, device=device), as_json=json)


@judge_app.command(name="train")
def judge_train(
    *,
    task: TaskName,
    out: Annotated[Path, option("The .safetensors file to write; its card goes beside it as .json.")],
    data: Annotated[list[str] | None, option("As elsewhere; give it several times to train on several.")] = None,
    part: Annotated[str, option("'1/2': only the first half of the training pictures.")] = "1/1",
    architecture: Annotated[str, option("'residual-cnn-2', or 'plain-cnn-1' for a second opinion.")] = "residual-cnn-2",
    seed: Annotated[int, option("Decides the first weights and the order of pictures.")] = 0,
    updates: Annotated[int, option("Training length, in batches.")] = 2_400,
    batch_size: Annotated[int, option("Pictures in a batch.")] = 128,
    learning_rate: Annotated[float, option("The top of the one-cycle schedule.")] = 4e-3,
    label_smoothing: Annotated[float, option("Of attributes; more where tags are often wrong.")] = 0.05,
    recolouring: Annotated[float, option("Share of the changes of colour; less where shades tell classes.")] = 1.0,
    json: Json = False,
) -> None:
    """Train a judge on the training pictures and check it on the held-out ones."""
    from benchmark import judge_training
    from evaluators.judges import JudgeSettings

    settings = JudgeSettings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, architecture=architecture,
        label_smoothing=label_smoothing, recolouring=recolouring,
    )  # fmt: skip
    show(judge_training.train(task, data or ["synthetic"], part, out, seed, settings), as_json=json)


@judge_app.command(name="tune")
def judge_tune(
    *submissions: Annotated[Path, option("Submissions with pictures, or folders of them.")],
    task: TaskName,
    out: Annotated[Path, option("The .safetensors file to write; its card goes beside it as .json.")],
    part: Annotated[str, option("'1/2': only the first half of the submissions; the rest stays to check on.")] = "1/1",
    data: Data = "synthetic",
    judge: JudgeFile = None,
    seed: Annotated[int, option("Decides the choice of pictures and their augmentation.")] = 0,
    updates: Annotated[int, option("Tuning length, in batches.")] = 800,
    scores: Annotated[Path | None, option("Somebody else's: how far to trust what each list asked for.")] = None,
    trust: Annotated[float, option("In what was asked, where there is no score; the rest in its own answer.")] = 0.5,
    way: Annotated[float, option("How far the weights go towards the tuned ones.")] = 0.6,
    json: Json = False,
) -> None:
    """Tune a judge on pictures that were handed in, by what was asked for."""
    from benchmark import judge_tuning
    from evaluators.judges import TuneSettings

    source = judge_tuning.Source(submissions=list(submissions), part=part, scores=scores, trust=trust, data=data)
    settings = TuneSettings(updates=updates, way=way)
    show(judge_tuning.tune(task, source, judge, out, seed, settings), as_json=json)


@judge_app.command(name="agree")
def judge_agree(
    *submissions: Annotated[Path, option("Submissions with pictures, or folders of them.")],
    task: TaskName,
    scores: Annotated[Path, option("JSON list of objects with id, official_score and, if you like, kind.")],
    judge: JudgeFile = None,
    json: Json = False,
) -> None:
    """Compare a judge with scores that somebody else gave the same pictures."""
    from benchmark import agreement

    show(agreement.agree(task, list(submissions), scores, judge), as_json=json)


@judge_app.command(name="check")
def judge_check(
    *,
    task: TaskName,
    data: Data = "synthetic",
    split: Split = "held_out",
    judge: JudgeFile = None,
    json: Json = False,
) -> int:
    """Measure a judge on labelled pictures, and say whether it passes its self-test."""
    from benchmark import judging

    found = judging.check(task, data, split, judge)
    show(found, as_json=json)
    return OK if found["self_test"] == judging.PASSED else BAD_JUDGE


@judge_app.command(name="fetch")
def judge_fetch(
    name: Annotated[str, option("Which file.")] = "lbpcascade_animeface.xml",
    /,
    *,
    url: Annotated[str | None, option("A mirror, or file:///...; the hash is checked all the same.")] = None,
    json: Json = False,
) -> None:
    """Download a judge's file that is not ours to pass on into the cache folder, checked by its hash."""
    from benchmark import fetching

    show(fetching.fetch(name, url), as_json=json)


@detector_app.command(name="train")
def detector_train(
    *,
    out: Annotated[Path, option("The .svm file to write; its card goes beside it as .json.")],
    task: TaskName = "anime-faces",
    data: Annotated[list[str] | None, option("As elsewhere; give it several times to train on several.")] = None,
    seed: Annotated[int, option("Decides which pictures are taken, and how they are spoiled.")] = 0,
    faces: Annotated[int, option("Pictures of each data set to learn from, at most.")] = 2_200,
    spoiled: Annotated[int, option("Others of each to make pictures without faces of, at most.")] = 520,
    c: Annotated[float, option("Weight of mistakes against the margin.")] = 10.0,
    found: Annotated[float, option("Share of further training faces that the threshold lets be found.")] = 0.99,
    json: Json = False,
) -> None:
    """Train a face detector on the training pictures, choose its threshold, and check it on held-out ones."""
    from benchmark import detector_training
    from evaluators.detectors import DetectorSettings

    settings = DetectorSettings(faces=faces, spoiled=spoiled, c=c, found=found)
    show(detector_training.train(task, data or ["synthetic"], out, seed, settings), as_json=json)


@detector_app.command(name="check")
def detector_check(
    *,
    task: TaskName = "anime-faces",
    data: Data = "synthetic",
    split: Split = "held_out",
    detector: DetectorName = "bundled",
    json: Json = False,
) -> int:
    """Measure how often a detector finds faces, and how often it finds them where there are none."""
    from benchmark import detecting

    found = detecting.check(detector, task, data, split)
    show(found, as_json=json)
    return OK if found.get("self_test", detecting.PASSED) == detecting.PASSED else BAD_JUDGE


@detector_app.command(name="agree")
def detector_agree(
    *,
    other: DetectorName,
    run: Annotated[Path | None, option("Look at what this run's generator draws instead of at real faces.")] = None,
    task: TaskName = "anime-faces",
    data: RunData = None,
    split: Split = "held_out",
    detector: DetectorName = "bundled",
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Compare two detectors on the faces of a data set, or on what a run draws."""
    from benchmark import detector_agreement

    if run is None:
        pictures = detector_agreement.real_pictures(task, data or "synthetic", split)
    else:
        pictures = detector_agreement.drawn_pictures(run, data, device)
    show(detector_agreement.agree(detector, other, pictures), as_json=json)


@app.command
def leaderboard(
    records: Annotated[Path, option("Folder of records.")],
    /,
    *,
    out: Annotated[Path, option("Folder of the tables.")],
    check: Annotated[bool, option("Write nothing; exit with 1 if a table is missing, extra or differs.")] = False,
    write: Annotated[bool, option("Write the tables (the default).")] = False,
    json: Json = False,
) -> int:
    """Render the tables from the records, or check that they agree with them."""
    if check and write:
        raise UsageError("--check and --write exclude each other; give one")
    from benchmark.leaderboard import files

    if not check:
        show({"written": [str(path) for path in files.write(records, out)]}, as_json=json)
        return OK
    differences = files.check(records, out)
    show({"differences": differences or "none"}, as_json=json)
    return FAILED if differences else OK


@app.command
def compare(
    first: Annotated[Path, option("A record.")],
    second: Annotated[Path, option("Another one under the same protocol.")],
    /,
    *,
    json: Json = False,
) -> None:
    """Compare two records picture by picture: second minus first, with intervals and exact tests."""
    from benchmark import comparing

    show(comparing.compare(first, second), as_json=json)


@app.command
def breakdown(
    record: Annotated[Path, option("A record with its answers beside it.")],
    /,
    *,
    out: Annotated[Path | None, option("Folder for CSV tables and pictures of who is taken for whom.")] = None,
    json: Json = False,
) -> None:
    """Break a record's condition scores down by class, number of objects and latent draw."""
    from benchmark import breakdown as breaking_down

    found = breaking_down.breakdown(record, out)
    if json:
        show(found, as_json=True)
    else:
        print(breaking_down.as_text(found), flush=True)


@app.command
def grade(
    *paths: Annotated[Path, option("Submissions (folders or archives), or folders of them.")],
    task: TaskName = "iclevr",
    out: Annotated[Path | None, option("Folder of the gradebook, the grades and a page per submission.")] = None,
    scheme: Annotated[Path | None, option("TOML file; by default the task's own.")] = None,
    conditions: Annotated[
        list[Path] | None, option("Files of condition lists; by default the course's own.", negative="")
    ] = None,
    hidden: Annotated[Path | None, option("Conditions that only the grader draws for, with handed-in weights.")] = None,
    judge: JudgeFile = None,
    second_judge: Annotated[Path | None, option("One that participants do not have; else the bundled one.")] = None,
    data: Annotated[str | None, option("Training data to look for copies in: 'synthetic', a folder or a zip.")] = None,
    seed: Annotated[int, option("Decides the latents that handed-in generators get.")] = 0,
    jobs: Annotated[int, option("How many submissions are looked at at once.")] = 2,
    only_changed: Annotated[bool, option("Look again only at submissions that changed.", negative="")] = False,
    gradescope: Annotated[bool, option("Also write Gradescope's results.json for each.", negative="")] = False,
    one: Annotated[bool, option("Take every path for one submission, whatever lies in it.", negative="")] = False,
    check: Annotated[bool, option("Only check the form, before handing in; scores nothing.", negative="")] = False,
    schema: Annotated[bool, option("Print the JSON schema of manifest.json.", negative="")] = False,
    json: Json = False,
) -> int:
    """Grade what was handed in: pictures, weights of a known model, or an ONNX generator; nothing of it is trusted."""
    if schema:
        from benchmark.grading.manifest import schema as manifest_schema

        print(json_module.dumps(manifest_schema(), indent=2))
        return OK
    if not paths:
        raise UsageError("no submission was given; give folders or archives, or a folder of them")
    from benchmark.grading import batch

    asked = batch.Asked(
        task=task, scheme=scheme, conditions=tuple(conditions or ()), hidden=hidden, seed=seed, judge=judge,
        second_judge=second_judge, data=data, jobs=jobs, only_changed=only_changed, gradescope=gradescope,
        each_is_one=one,
    )  # fmt: skip
    if check:
        rows = batch.check_form(list(paths), asked)
        show(rows, as_json=json)
        return OK if all(row["status"] == "ready" for row in rows) else FAILED
    if out is None:
        raise UsageError("--out is missing; give a folder for the grades")
    show(batch.grade(list(paths), out, asked), as_json=json)
    return OK


@app.command(name="pack")
def pack_run(run: Run, /, *, out: Annotated[Path, option("The .zip file to write.")], json: Json = False) -> None:
    """Make a submission of a run: weights, settings and manifest in one zip."""
    from benchmark.grading import packing

    show(packing.pack(run, out), as_json=json)


@app.command
def doctor(*, json: Json = False) -> None:
    """Show what this machine has, and how well it shuts in what strangers hand in."""
    from benchmark.doctor import diagnose

    show(diagnose(), as_json=json)


@app.command(name="benchmark")
def run_benchmark(
    *,
    out: Annotated[Path, option("Folder of the runs, their records and tables.")] = Path("runs"),
    profile: Annotated[
        Literal["auto", "smoke", "short", "report"],
        option("Training budget; auto takes smoke on a CPU and report with CUDA."),
    ] = "auto",
    tasks: Annotated[str | None, option("Names, comma-separated; all by default.")] = None,
    models: Annotated[str | None, option("Names or name:variant, comma-separated; all by default.")] = None,
    seeds: Annotated[int, option("Training seeds per model, from 0.")] = 1,
    device: Device = "auto",
    publish: Annotated[
        bool, option("Afterwards copy the records into results/records and render results/leaderboards.", negative="")
    ] = False,
    json: Json = False,
) -> None:
    """Train, sample, score and rank every model of every task on the embedded data."""
    from benchmark import suite

    result = suite.benchmark(
        out, profile=profile, tasks=tasks, models=models, seeds=seeds, device=device, publish=publish,
        screen=sys.stderr if json else sys.stdout,
    )  # fmt: skip
    if json:
        show(result, as_json=True)


@app.command
def bench(
    what: Literal["train", "data", "distances"],
    /,
    *,
    models: Annotated[str, option("Names or name:variant to train, comma-separated, or 'all'.")] = "cdcgan_iclevr",
    json: Json = False,
) -> None:
    """Measure speed on this machine: training against a plain loop, rendering and packing, or feature distances."""
    from benchmark.throughput import distances, measure

    measured = {"train": lambda: measure.trainings(models), "data": measure.data, "distances": distances.distances}
    show(measured[what](), as_json=json)
