"""Make the example submissions of this folder from two small runs.

$ cgan-bench train --task iclevr --model cdcgan_iclevr:channels=2:c_dim=50 --budget 300 --data synthetic:300 \
      --out scenes
$ cgan-bench train --task anime-faces --model cdcgan_pairs:channels=2 --budget 300 --data synthetic --out faces
$ python docs/examples/make.py scenes faces
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from torch import nn

from benchmark.commands.pack import TIME, pack
from benchmark.data.images import grid
from benchmark.grading.condition_lists import assignment_of
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.draw import _drawn
from benchmark.grading.submission.manifest import read_manifest
from benchmark.grading.submission.opening import open_bundle
from benchmark.grading.submission.weights import open_weights
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training.trained_run import load_generator

HERE = Path(__file__).parent


def main(scenes: Path, faces: Path) -> None:
    """Write all examples next to this file."""
    pack(scenes, HERE / "weights.zip")
    drawn = draw(HERE / "weights.zip", assignment("iclevr"))
    write(
        "images.zip", {f"{name}/{i}.jpg": encoded(one, "jpeg") for name in drawn for i, one in enumerate(drawn[name])}
    )
    sheets = {name: grid(torch.from_numpy(images), 8).numpy() for name, images in drawn.items()}
    write("grids.zip", {f"{name}.png": encoded(sheet, "png") for name, sheet in sheets.items()})
    np.savez_compressed(HERE / "arrays.npz", **drawn)
    write("graph.zip", {"generator.onnx": graph_of(scenes)})
    pack(faces, HERE / "faces.zip")
    requested = assignment("anime-faces")
    ((name, stems),) = requested.public().items()
    images = draw(HERE / "faces.zip", requested)[name]
    write("texts.zip", {f"{stem}.jpg": encoded(image, "jpeg") for stem, image in zip(stems, images, strict=True)})


def assignment(task: str) -> Assignment:
    """What the course requests."""
    return assignment_of(TASKS[task], [], None, draws=1, seed=0)


def draw(path: Path, requested: Assignment) -> dict[str, np.ndarray]:
    """One image for each condition, by the weights of a packed run: uint8 (N, 3, S, S) by list."""
    bundle = open_bundle(path, requested.public())
    manifest = read_manifest(bundle, requested.task)
    generator = open_weights(bundle, manifest.weights, requested)
    return {rows.name: _drawn(rows, generator, requested) for rows in requested.lists}


def encoded(image: np.ndarray, kind: str) -> bytes:
    """uint8 (3, H, W) as a file."""
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, kind, quality=90, optimize=True)
    return buffer.getvalue()


def write(name: str, contents: Mapping[str, bytes]) -> None:
    """A zip that is the same each time."""
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, content in contents.items():
            archive.writestr(zipfile.ZipInfo(inner, TIME), content)


def graph_of(run: Path) -> bytes:
    """The generator of the run as an ONNX graph: latent and condition to images."""
    model, _ = load_generator(run, this_machine("cpu"))
    generator = model.generator.eval()
    tensors, nodes = [], []

    def constant(name: str, tensor: torch.Tensor) -> str:
        tensors.append(numpy_helper.from_array(tensor.detach().numpy().copy(), name))
        return name

    linear = generator.condition
    weights = [constant("w", linear.weight), constant("b", linear.bias)]
    nodes.append(helper.make_node("Gemm", ["condition", *weights], ["inner"], transB=1))
    nodes.append(helper.make_node("Concat", ["latent", "inner"], ["flat"], axis=1))
    axes = numpy_helper.from_array(np.array([2, 3]), "axes")
    tensors.append(axes)
    nodes.append(helper.make_node("Unsqueeze", ["flat", "axes"], ["x0"]))
    for number, layer in enumerate(generator.layers):
        given, result = f"x{number}", f"x{number + 1}"
        if isinstance(layer, nn.ConvTranspose2d):
            inputs = [given, constant(f"w{number}", layer.weight)]
            inputs += [constant(f"b{number}", layer.bias)] if layer.bias is not None else []
            pads = [layer.padding[0]] * 4
            nodes.append(helper.make_node("ConvTranspose", inputs, [result], strides=list(layer.stride), pads=pads))
        elif isinstance(layer, nn.BatchNorm2d):
            parts = {"s": layer.weight, "c": layer.bias, "m": layer.running_mean, "v": layer.running_var}
            inputs = [given, *(constant(f"{key}{number}", tensor) for key, tensor in parts.items())]
            nodes.append(helper.make_node("BatchNormalization", inputs, [result], epsilon=layer.eps))
        else:
            nodes.append(helper.make_node("Relu" if isinstance(layer, nn.ReLU) else "Tanh", [given], [result]))
    last = f"x{len(generator.layers)}"
    inputs = [
        helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["N", model.config.latent_dim]),
        helper.make_tensor_value_info("condition", TensorProto.FLOAT, ["N", 24]),
    ]
    outputs = [helper.make_tensor_value_info(last, TensorProto.FLOAT, ["N", 3, 64, 64])]
    graph = helper.make_graph(nodes, "generator", inputs, outputs, tensors)
    document = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(document)
    return document.SerializeToString()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
