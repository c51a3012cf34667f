"""Verbs on the generator of a run: images for words, a photograph redrawn, an ONNX graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from benchmark.cli.options import Device, Json, Run, option, show, whole

Sheet = Annotated[Path, option("PNG file to write.")]


def draw(
    run: Run,
    /,
    *prompts: Annotated[str, option("Conditions in words: 'orange hair yellow eyes', or 'red cube, gray sphere'.")],
    out: Sheet,
    n: Annotated[int, whole("Images of each.")] = 8,
    seed: Annotated[int, whole("Decides the latents, the same for all conditions.")] = 0,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Draw images for conditions in words into one sheet."""
    from benchmark.commands.draw import draw

    show(draw(run, prompts, out, count=n, seed=seed, device=device), as_json=json)


def translate(
    run: Run,
    photo: Annotated[Path, option("A PNG, JPEG or WebP; its middle square is taken.")],
    /,
    *,
    to: Annotated[str, option("What it is to show: 'black hair', or all classes it is to have: 'Black_Hair, Male'.")],
    out: Sheet,
    strength: Annotated[float, option("0 leaves the photograph, 1 is the model's image, up to 2 goes beyond.")] = 1.0,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Redraw a photograph with other attributes: the source on the left, the result on the right."""
    from benchmark.commands.draw import translate

    show(translate(run, photo, to, out, strength=strength, device=device), as_json=json)


def export(run: Run, /, *, onnx: Annotated[Path, option("The .onnx file to write.")], json: Json = False) -> None:
    """Write a run's generator as an ONNX graph, checked by drawing with it what the model draws."""
    from benchmark.commands.export import export

    show(export(run, onnx), as_json=json)
