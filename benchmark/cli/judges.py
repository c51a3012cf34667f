"""Verbs on judges."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from benchmark.cli.options import BAD_JUDGE, OK, Data, Json, JudgeFile, Partial, Split, TaskName, option, show, whole
from benchmark.data.source import source_of, sources_of


def train(
    *,
    task: TaskName,
    out: Annotated[Path, option("The .safetensors file to write; its card goes next to it as .json.")],
    data: Annotated[list[str] | None, option("'synthetic', 'synthetic:N', a folder or a zip; repeatable.")] = None,
    partial: Partial = False,
    part: Annotated[str, option("'1/2': only the first half of the training images.")] = "1/1",
    architecture: Annotated[str, option("'residual-cnn-2', or 'plain-cnn-1' for a second opinion.")] = "residual-cnn-2",
    seed: Annotated[int, whole("Decides the first weights and the order of images.")] = 0,
    updates: Annotated[int, whole("Training length, in batches.")] = 2_400,
    batch_size: Annotated[int, whole("Images in a batch.")] = 128,
    learning_rate: Annotated[float, option("The top of the one-cycle schedule.")] = 4e-3,
    label_smoothing: Annotated[float, option("Of attributes; more where tags are often wrong.")] = 0.05,
    recolouring: Annotated[float, option("Share of the changes of colour; less where shades tell classes.")] = 1.0,
    json: Json = False,
) -> None:
    """Train a judge on the training images and check it on the held-out ones."""
    from benchmark.commands.judge import train
    from evaluators.judges.training import JudgeSettings

    settings = JudgeSettings(
        updates=updates, batch_size=batch_size, learning_rate=learning_rate, architecture=architecture,
        label_smoothing=label_smoothing, recolouring=recolouring,
    )  # fmt: skip
    sources = sources_of(data, partial=partial)
    show(train.train(task, sources, part, out, seed, settings), as_json=json)


def tune(
    *submissions: Annotated[Path, option("Submissions with images, or folders of them.")],
    task: TaskName,
    out: Annotated[Path, option("The .safetensors file to write; its card goes next to it as .json.")],
    part: Annotated[str, option("'1/2': only the first half of the submissions; the rest stays to check on.")] = "1/1",
    data: Data = "synthetic",
    partial: Partial = False,
    judge: JudgeFile = None,
    seed: Annotated[int, whole("Decides the choice of images and their augmentation.")] = 0,
    updates: Annotated[int, whole("Tuning length, in batches.")] = 800,
    scores: Annotated[
        Path | None,
        option("JSON list of objects with id and official_score; they set the trust in what was requested."),
    ] = None,
    trust: Annotated[
        float,
        option("Weight of what was requested in the targets, where no score is given; its own answer has the rest."),
    ] = 0.5,
    way: Annotated[float, option("How far the weights go towards the tuned ones.")] = 0.6,
    json: Json = False,
) -> None:
    """Tune a judge on images that were handed in, by what was requested."""
    from benchmark.commands.judge import tune
    from benchmark.commands.judge.tune import Source
    from evaluators.judges.tuning import TuneSettings

    data = source_of(data, partial=partial)
    source = Source(submissions=list(submissions), part=part, scores=scores, trust=trust, data=data)
    settings = TuneSettings(updates=updates, way=way)
    show(tune.tune(task, source, judge, out, seed, settings), as_json=json)


def agree(
    *submissions: Annotated[Path, option("Submissions with images, or folders of them.")],
    task: TaskName,
    scores: Annotated[Path, option("JSON list of objects with id, official_score and, if you like, kind.")],
    judge: JudgeFile = None,
    plot: Annotated[
        Path | None, option("Also draw both scores: a path without ending, for .png and .svg.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Compare a judge with scores that somebody else gave the same images."""
    from benchmark.commands.judge import agree

    show(agree.agree(task, list(submissions), scores, judge, plot), as_json=json)


def check(
    *,
    task: TaskName,
    data: Data = "synthetic",
    partial: Partial = False,
    split: Split = "held_out",
    judge: JudgeFile = None,
    json: Json = False,
) -> int:
    """Measure a judge on labelled images, and say whether it passes its self-test."""
    from benchmark.commands.judge.check import PASSED, check_judge

    found = check_judge(task, source_of(data, partial=partial), split, judge)
    show(found, as_json=json)
    return OK if found["self_test"] == PASSED else BAD_JUDGE


def fetch(
    name: Annotated[str, option("Which file.")] = "lbpcascade_animeface.xml",
    /,
    *,
    url: Annotated[str | None, option("A mirror, or file:///...; the hash is checked all the same.")] = None,
    json: Json = False,
) -> None:
    """Download a judge's file that is not ours to pass on into the cache folder, checked by its hash."""
    from benchmark.scoring import downloads

    show(downloads.fetch(name, url), as_json=json)
