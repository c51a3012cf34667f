"""Verbs on one model: train it, draw with it, score it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from benchmark.cli.options import (
    Data,
    DetectorName,
    Device,
    EvaluatorNames,
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


def train(
    *,
    task: TaskName,
    model: Annotated[
        str, option("Name, name:variant or name:setting=value; see 'cgan-bench list models'; or package.module:Class.")
    ],
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
        int, whole("Keep the averaged generator every N updates, for 'cgan-bench curve'; 0 keeps none.")
    ] = 0,
    tensorboard: Annotated[bool, option("Write TensorBoard event files next to the log.", negative="")] = False,
    resume: Annotated[bool, option("Go on with the run in the folder; --no-resume deletes it and starts anew.")] = True,
    json: Json = False,
) -> None:
    """Train one model; a run that was killed goes on where it was."""
    from benchmark import api

    outcome = api.train(
        task, model, out, data=source_of(data, partial=partial), budget=budget, seed=seed, device=device,
        precision=precision, snapshot_every=snapshot_every, resume=resume, tensorboard=tensorboard,
    )  # fmt: skip
    show({"run": out} | outcome.to_json(), as_json=json)


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
    from benchmark import api

    drawn = api.sample(run, out, data=source_of(data, partial=partial), device=device)
    show({"folder": drawn.folder, "images": drawn.images}, as_json=json)


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
    what: Annotated[
        Path | None, option("A run folder; or images: a folder or zip with <part>/<index>.png, or an .npz.")
    ] = None,
    /,
    *,
    out: Annotated[Path, option("Folder of records; a complete one is never overwritten.")],
    update: Annotated[
        int | None, whole("Score the run as it was after N updates, which needs its snapshot of that update.")
    ] = None,
    generator: Annotated[
        str | None, option("Instead of a run or images: package.module:make, a function (latent, condition) -> images.")
    ] = None,
    latent_dim: Annotated[int | None, whole("Length of a latent vector for --generator; 100 by default.")] = None,
    task: Annotated[str | None, option("The task of the images or of --generator; a run knows its own.")] = None,
    name: Annotated[str | None, option("Name of the row; by default that of the file or of the function.")] = None,
    card: Annotated[
        Path | None, option("JSON with updates, images_seen, seeds and source of that generator; then it is ranked.")
    ] = None,
    evaluator: EvaluatorNames = None,
    data: RunData = None,
    partial: Partial = False,
    judge: JudgeFile = None,
    detector: DetectorName = "bundled",
    inception: Inception = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score a trained model, images drawn elsewhere or any generator; write the record and the reference rows'."""
    from benchmark import api
    from benchmark.cli.options import in_words, record_row

    scored = api.score(
        what, out, update=update, generator=generator, latent_dim=latent_dim, task=task, name=name, card=card,
        evaluators=tuple(evaluator or ()), data=source_of(data, partial=partial), judge=judge, detector=detector,
        inception=inception, device=device,
    )  # fmt: skip
    rows = [record_row(path) for path in scored.paths]
    show(rows if json else [in_words(row) for row in rows], as_json=json)


def references(
    *,
    task: TaskName,
    out: Annotated[Path, option("Folder of records; a complete one is never overwritten.")],
    data: Data = "synthetic",
    partial: Partial = False,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score what every table is read against: real, shuffled and untrained images."""
    from benchmark.cli.options import in_words, record_row
    from benchmark.commands.score import references

    paths = references(task, out, data=source_of(data, partial=partial), device=device)
    rows = [record_row(path) for path in paths]
    show(rows if json else [in_words(row) for row in rows], as_json=json)


def curve(
    run: Run,
    /,
    *,
    out: Annotated[Path, option("CSV file to write; the image takes the same name with .png.")],
    data: RunData = None,
    partial: Partial = False,
    judge: JudgeFile = None,
    beyond: Annotated[
        float | None, option("Also say after how many updates, images and seconds the main score is beyond this.")
    ] = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Score every snapshot of a run (trained with --snapshot-every) by the headline's scores."""
    from benchmark.commands.curve import curve

    found = curve(run, out, data=source_of(data, partial=partial), judge=judge, device=device, beyond=beyond)
    show(found, as_json=json)
