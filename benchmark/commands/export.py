"""``cgan-bench export``: a run's generator as an ONNX graph, as ``grade`` takes it, checked by running it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.errors import UsageError, check_ending
from benchmark.system.files import replacing
from benchmark.system.machine import this_machine
from benchmark.training.trained_run import load_generator
from reference_models.base import ConditionalGAN, ConditionSpace, one_hot

TRIED = 5  # images that the graph and the model draw for comparison; another number than it is traced with
TOLERANCE = 1e-3  # of pixels from -1 to 1


class Graph(nn.Module):
    """The averaged generator of (N, Z) latents, or (N, 3, S, S) images, and a (N, C) multi-hot or joined one-hots."""

    def __init__(self, model: ConditionalGAN) -> None:
        super().__init__()
        self.model = model
        self.space = model.config.conditions

    def forward(self, inputs: Tensor, condition: Tensor) -> Tensor:
        if self.space.kind == "attributes":
            parts = condition.split(list(self.space.sizes), dim=1)
            condition = torch.stack([part.argmax(dim=1) for part in parts], dim=1)
        return self.model.generator(inputs, self.model.encode(condition)).float()


def export(run: Path, out: Path) -> dict[str, Any]:
    """Write the graph, after onnxruntime has drawn with it what the model draws.

    Inputs are ``latent`` float32 (N, Z), or ``image`` float32 (N, 3, S, S) in [-1, 1] of a model that redraws images,
    and ``condition`` float32 (N, C), C the multi-hot or the joined one-hots; the output is ``images`` float32
    (N, 3, S, S) in [-1, 1].

    Raises:
        UsageError: there is no finished run, ``out`` does not end in .onnx, or the graph draws something else.
    """
    check_ending("--onnx", out, ".onnx")
    model, config = load_generator(run, this_machine("cpu", "float32"))
    graph, names = Graph(model).eval(), ("image" if model.translates else "latent", "condition")
    with replacing(out) as temporary:
        _write(graph, inputs_of(model, 2, seed=0), names, temporary)
        difference = _difference(graph, inputs_of(model, TRIED, seed=1), names, temporary)
        if not difference <= TOLERANCE:
            raise UsageError(
                f"the graph of {config.model} draws other images than the model (they differ by {difference:.1e}, "
                f"at most {TOLERANCE:.0e} is allowed), so nothing was written; try another torch or onnxruntime"
            )
    return {"onnx": out, "bytes": out.stat().st_size, "greatest difference": difference}


def inputs_of(model: ConditionalGAN, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Random inputs that the model accepts."""
    rng, space, size = torch.Generator().manual_seed(seed), model.config.conditions, model.config.image_size
    shape = (count, 3, size, size) if model.translates else (count, model.config.latent_dim)
    return torch.randn(shape, generator=rng).clamp(-1, 1), _conditions(space, count, rng)


def _conditions(space: ConditionSpace, count: int, rng: torch.Generator) -> Tensor:
    if space.kind != "attributes":
        return torch.randint(2, (count, space.one_hot_dim), generator=rng).float()
    last = torch.tensor([[size - 1 - index % 2 for size in space.sizes] for index in range(count)])
    return one_hot(last, space)  # the last values: every variant of a bundled model can express these


def _write(graph: Graph, inputs: tuple[Tensor, Tensor], names: tuple[str, str], path: Path) -> None:
    free = {name: {0: "N"} for name in (*names, "images")}
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is called old
        torch.onnx.export(
            graph, inputs, path, dynamo=False, input_names=list(names), output_names=["images"], dynamic_axes=free
        )


def _difference(graph: Graph, inputs: tuple[Tensor, Tensor], names: tuple[str, str], path: Path) -> float:
    """The greatest difference of a pixel, drawn by the graph on disk and by the model."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    there = {node.name for node in session.get_inputs()}  # an unconditional graph has no condition
    fed = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True) if name in there}
    (drawn,) = session.run(None, fed)
    with torch.inference_mode():
        return float(np.abs(drawn - graph(*inputs).numpy()).max())
