"""Verbs on one model: train it, draw with it, score it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from benchmark.cli.options import (
    Data,
    DetectorName,
    Device,
    Inception,
    Json,
    JudgeFile,
    NewFolder,
    Partial,
    Run,
    RunData,
    TaskName,
    option,
    show,
    whole,
)
from benchmark.data.source import source_of
from benchmark.errors import UsageError


def train(
    *,
    task: TaskName,
    model: Annotated[str, option("Name, name:variant or name:setting=value; see 'cgan-bench list models'.")],
    out: Annotated[Path, option("The run folder.")],
    data: Data = "synthetic",
    partial: Partial = False,
    budget: Annotated[str, option("smoke, short, report, or a number of generator updates.")] = "short",
    seed: Annotated[int, whole("Decides the first weights, the order of images and all latents.")] = 0,
    device: Device = "auto",
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        option("What layers are computed in; auto takes bfloat16 where the device has instructions for it."),
    ] = "auto",
    snapshot_every: Annotated[
        int, whole("Keep the averaged generator every so many updates, for 'cgan-bench curve'; 0 keeps none.")
    ] = 0,
    resume: Annotated[bool, option("Go on with the run in the folder; --no-resume deletes it and starts anew.")] = True,
    json: Json = False,
) -> None:
    """Train one model; a run that was killed goes on where it was."""
    from benchmark.commands.train import TrainingRequest, train

    data = source_of(data, partial=partial)
    request = TrainingRequest(
        task=task, model=model, data=data, budget=budget, seed=seed, device=device, precision=precision,
        snapshot_every=snapshot_every, resume=resume,
    )  # fmt: skip
    show({"run": out} | train(request, out), as_json=json)


def sample(
    run: Run,
    /,
    *,
    out: NewFolder,
    data: RunData = None,
    partial: Partial = False,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Draw the frozen sample set with a trained model: PNG files by sample index, and their conditions."""
    from benchmark.commands.sample import sample

    show(sample(run, out, data=source_of(data, partial=partial), device=device), as_json=json)


def conditions(
    *,
    task: TaskName,
    out: Annotated[Path, option("The .npz file to write.")],
    data: Data = "synthetic",
    partial: Partial = False,
    latent_dim: Annotated[
        int | None, whole("Numbers of each latent, 100 by default; longer ones start like shorter ones.")
    ] = None,
    json: Json = False,
) -> None:
    """Write what every model is to draw; 'cgan-bench score' scores what another generator draws for it."""
    from benchmark.scoring import external_samples

    show(external_samples.write_request(task, source_of(data, partial=partial), out, latent_dim), as_json=json)


def score(
    what: Annotated[Path, option("A run folder; or images: a folder or zip with <part>/<index>.png, or an .npz.")],
    /,
    *,
    out: Annotated[Path, option("Folder of records; a record is never overwritten.")],
    task: Annotated[str | None, option("Of images; a run has its own.")] = None,
    name: Annotated[str | None, option("Of images in tables; their file name if left out.")] = None,
    data: RunData = None,
    partial: Partial = False,
    judge: JudgeFile = None,
    detector: DetectorName = "bundled",
    inception: Inception = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score a trained model, or images drawn elsewhere; write the record and the reference rows'."""
    from benchmark.cli.options import in_words
    from benchmark.training.run_folder import CONFIG, is_run

    data = source_of(data, partial=partial)
    trained = is_run(what)
    if trained and (task or name):
        raise UsageError(f"{what} is a run, which has a task and a name of its own; leave out --task and --name")
    if not trained and not task:
        raise UsageError(f"{what} holds no run (no {CONFIG}); give a run folder, or images with --task")
    from benchmark.commands.score import Drawn, score, score_images
    from benchmark.scoring.networks import Tools

    tools = Tools(judge=judge, detector=detector, inception=inception)
    if trained:
        rows = score(what, out, data=data, device=device, tools=tools)
    else:
        images = Drawn(path=what, name=name or what.stem, task=task, data=data or "synthetic")
        rows = score_images(images, out, device=device, tools=tools)
    show(rows if json else [in_words(row) for row in rows], as_json=json)


def references(
    *,
    task: TaskName,
    out: Annotated[Path, option("Folder of records; a record is never overwritten.")],
    data: Data = "synthetic",
    partial: Partial = False,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score what every table is read against: real, shuffled and untrained images."""
    from benchmark.cli.options import in_words
    from benchmark.commands.score import references

    rows = references(task, out, data=source_of(data, partial=partial), device=device)
    show(rows if json else [in_words(row) for row in rows], as_json=json)


def curve(
    run: Run,
    /,
    *,
    out: Annotated[Path, option("CSV file to write; the image takes the same name with .png.")],
    data: RunData = None,
    partial: Partial = False,
    judge: JudgeFile = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score every snapshot of a run (trained with --snapshot-every) by the headline's scores."""
    from benchmark.commands.curve import curve

    show(curve(run, out, data=source_of(data, partial=partial), judge=judge, device=device), as_json=json)
