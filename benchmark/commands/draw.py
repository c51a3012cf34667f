"""``cgan-bench draw`` and ``translate``: images for words, and a photograph redrawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmark.data.datasets import DataSet, dataset_of
from benchmark.data.decoding import decode
from benchmark.data.images import save_captioned, save_png, to_float, to_uint8
from benchmark.data.prompts import condition_of
from benchmark.errors import UsageError, check_ending, check_seed
from benchmark.random_streams import normal_rows, stream_key
from benchmark.system.machine import Machine, this_machine
from benchmark.training.run_config import task_of
from benchmark.training.trained_run import load_generator
from reference_models.base import ConditionalGAN

MOST = 1_000  # images of each prompt
COLUMNS = 8
STRONGEST = 2.0


def draw(run: Path, prompts: Sequence[str], out: Path, *, count: int, seed: int, device: str) -> dict[str, Any]:
    """Draw images for conditions in words into one sheet, a row of images with its words for each prompt.

    Args:
        run: a run that draws from latents.
        prompts: see :func:`benchmark.data.prompts.condition_of`; none for a model without conditions.
        out: the PNG to write.
        count: images of each prompt; the same latents for all.
        seed: decides the latents.
        device: to draw on.

    Raises:
        UsageError: the run is another one, a prompt is not understood, or a number or the file's name is wrong.
    """
    check_ending("--out", out, ".png", any_case=True)
    check_seed(seed)
    if not 1 <= count <= MOST:
        raise UsageError(f"--n is {count}; give 1 to {MOST:,}")
    machine = this_machine(device)
    model, dataset = load_for_drawing(run, machine, translates=False)
    if dataset.kind != "none" and not prompts:
        raise UsageError(f"{run} draws for conditions; say which, such as {words_of(dataset)!r}")
    conditions = [condition_of(dataset, prompt) for prompt in prompts] or [torch.zeros(0, dtype=torch.uint8)]
    latents = torch.from_numpy(normal_rows(stream_key(f"draw {seed}"), range(count), model.config.latent_dim))
    images = torch.cat([draw_images(model, latents, condition.expand(count, -1), machine) for condition in conditions])
    captions = [
        dataset.describe(condition) if len(condition) else " " for condition in conditions for _ in range(count)
    ]
    save_captioned(images, captions, min(count, COLUMNS), out)
    return {"image": out, "shown": len(images)}


def translate(run: Path, photo: Path, to: str, out: Path, *, strength: float, device: str) -> dict[str, Any]:
    """Redraw one photograph with other attributes; the file has the source on the left and the result on the right.

    Args:
        run: a run that redraws images.
        photo: a PNG, JPEG or WebP; its middle square is taken.
        to: what the result is to show: one attribute such as ``black hair``, or all of the classes that it is to have.
        out: the PNG to write.
        strength: 0 leaves the photograph, 1 is the model's image, up to 2 goes on beyond it.
        device: to draw on.

    Raises:
        UsageError: the run is another one, the words are not understood, the photograph cannot be read, or a number or
            the file's name is wrong.
    """
    check_ending("--out", out, ".png", any_case=True)
    if not 0 <= strength <= STRONGEST:
        raise UsageError(f"--strength is {strength:g}; give 0 to {STRONGEST:g}")
    machine = this_machine(device)
    model, dataset = load_for_drawing(run, machine, translates=True)
    condition = condition_of(dataset, to, whole=False)
    try:
        encoded = photo.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {photo}: {error.strerror}; give a PNG, JPEG or WebP") from error
    source = torch.from_numpy(decode(encoded, str(photo), model.config.image_size, middle_square=True).copy())[None]
    redrawn = draw_images(model, to_float(source), condition[None], machine, strength=strength)
    save_png(torch.cat([source[0], redrawn[0]], dim=2), out)
    return {"image": out, "to": to, "strength": strength}


def load_for_drawing(run: Path, machine: Machine, *, translates: bool) -> tuple[ConditionalGAN, DataSet]:
    """The model of a run, and the data set that its conditions are about.

    Raises:
        UsageError: it redraws images instead of drawing new ones, or the other way round.
    """
    model, config = load_generator(run, machine)
    if model.translates != translates:
        other = "translate" if model.translates else "draw"
        raise UsageError(
            f"{run} {'redraws images' if model.translates else 'draws new images'}; use 'cgan-bench {other}'"
        )
    return model, dataset_of(task_of(config, run))


@torch.inference_mode()
def draw_images(
    model: ConditionalGAN, inputs: Tensor, conditions: Tensor, machine: Machine, *, strength: float = 1.0
) -> Tensor:
    """uint8 (N, 3, S, S) images for latents or float images in [-1, 1] and conditions (N, C), on the CPU.

    Of a translating model, ``strength`` moves from the input (0) to the output (1) and beyond.

    Raises:
        UsageError: a condition is none that the model can express.
    """
    if not model.accepts(model.config, conditions).all():
        raise UsageError(f"{model.name} with these settings cannot express that condition; ask for another one")
    inputs = inputs.to(machine.device)
    images = model.generator(inputs, model.encode(conditions.to(machine.device)))
    return to_uint8((torch.lerp(inputs, images, strength) if strength != 1 else images).clamp(-1, 1)).cpu()


def words_of(dataset: DataSet) -> str:
    """An example of a prompt: the first value of each attribute, or the first class."""
    if dataset.kind == "multi_label":
        return next(iter(dataset.attributes.values()))[0]
    return " ".join(f"{values[0]} {attribute}" for attribute, values in dataset.attributes.items())
