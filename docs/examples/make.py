"""Make the example submissions of this folder from two small runs.

$ cgan-bench train --task iclevr --model cdcgan_iclevr:channels=2:c_dim=50 --budget 300 --data synthetic:300 \
      --out scenes
$ cgan-bench train --task anime-faces --model cdcgan_pairs:channels=2 --budget 300 --data synthetic --out faces
$ python docs/examples/make.py scenes faces

A third folder takes the examples instead of this one.
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmark.commands.export import export
from benchmark.commands.pack import TIME, pack
from benchmark.data.images import grid
from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.opening import open_bundle
from benchmark.grading.submission.parts import Weights
from benchmark.grading.submission.pixels import drawn_pixels
from benchmark.tasks import TASKS
from benchmark.training.run_folder import CONFIG, WEIGHTS

HERE = Path(__file__).parent


def main(scenes: Path, faces: Path, out: Path = HERE) -> None:
    """Write all examples into a folder, by default next to this file."""
    pack(scenes, out / "weights.zip")
    drawn = draw(out / "weights.zip", assignment("iclevr"))
    files = {f"{name}/{i}.jpg": encoded(one, "jpeg") for name in drawn for i, one in enumerate(drawn[name])}
    write(out / "images.zip", files)
    sheets = {name: grid(torch.from_numpy(images), 8).numpy() for name, images in drawn.items()}
    write(out / "grids.zip", {f"{name}.png": encoded(sheet, "png") for name, sheet in sheets.items()})
    np.savez_compressed(out / "arrays.npz", **drawn)
    write(out / "graph.zip", {"generator.onnx": graph_of(scenes)})
    pack(faces, out / "faces.zip")
    requested = assignment("anime-faces")
    ((name, stems),) = requested.public().items()
    images = draw(out / "faces.zip", requested)[name]
    files = {f"{stem}.jpg": encoded(image, "jpeg") for stem, image in zip(stems, images, strict=True)}
    write(out / "texts.zip", files)


def assignment(task: str) -> Assignment:
    """What the course requests."""
    return assignment_of(TASKS[task], [], None, draws=1, seed=0)


def draw(path: Path, requested: Assignment) -> dict[str, np.ndarray]:
    """One image for each condition, by the weights of a packed run: uint8 (N, 3, S, S) by list."""
    bundle = open_bundle(path, requested.public())
    drawn, _ = drawn_pixels(bundle, Weights(file=WEIGHTS, config=CONFIG), requested)
    return {name: images for (_, name), images in drawn.items()}


def encoded(image: np.ndarray, kind: str) -> bytes:
    """uint8 (3, H, W) as a file."""
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, kind, quality=90, optimize=True)
    return buffer.getvalue()


def write(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write a zip that is the same each time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, content in contents.items():
            archive.writestr(zipfile.ZipInfo(inner, TIME), content)


def graph_of(run: Path) -> bytes:
    """The generator of the run as an ONNX graph: latent and condition to images."""
    with tempfile.TemporaryDirectory() as folder:
        return export(run, Path(folder) / "generator.onnx")["onnx"].read_bytes()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
