"""Looking at one submission: what it is, and the pictures that come of it. Imports torch and onnxruntime if needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.grading.answer import AnswerFile
from benchmark.grading.assignment import Assignment, ConditionList
from benchmark.grading.bundle import Bundle
from benchmark.grading.latents import Generator, latents
from benchmark.grading.manifest import Manifest, read_manifest
from benchmark.grading.opening import open_bundle
from benchmark.grading.picture_arrays import to_bytes
from benchmark.grading.pictures import read_pictures
from benchmark.grading.recognition import recognised
from benchmark.grading.rejection import Rejected

CHUNK = 64  # pictures drawn at once


def examine(path: Path, assignment: Assignment, answer: AnswerFile) -> str:
    """Turn a submission into pictures.

    Returns:
        What was left out and which weights were taken, in one line; empty if there is nothing to say.

    Raises:
        Rejected: it is not what it must be.
    """
    bundle = open_bundle(path, assignment.public())
    manifest, remark = read_manifest(bundle, assignment.task), ""
    if manifest is None:
        manifest, remark = recognised(bundle, assignment)
    if manifest.pictures is not None:
        pictures = read_pictures(bundle, assignment.public(), assignment.image_size, manifest.pictures)
        if not pictures:
            asked = "; ".join(f"{name}: {len(stems)}" for name, stems in assignment.public().items())
            raise Rejected(f"no picture's name says its place in a condition list (pictures asked for: {asked})")
        for name, images in pictures.items():
            answer.add("pictures", name, images)
    generator = _generator(bundle, manifest, assignment)
    if generator is None:
        return remark
    for rows in assignment.lists:
        answer.add("generator", rows.name, _drawn(rows, generator, assignment))
    return "; ".join(filter(None, [remark, generator.remark]))


def _generator(bundle: Bundle, manifest: Manifest, assignment: Assignment) -> Generator | None:
    """The generator that was handed in; None if there is none."""
    if manifest.weights is not None:
        from benchmark.grading.weights import open_weights

        return open_weights(bundle, manifest.weights, assignment)
    if manifest.onnx is not None:
        from benchmark.grading.onnx_generator import open_onnx

        return open_onnx(bundle, manifest.onnx, assignment)
    return None


def _drawn(rows: ConditionList, generator: Generator, assignment: Assignment) -> np.ndarray:
    """One list's pictures, uint8, from fresh latents; draw k of row i lies at i * draws + k."""
    conditions = np.repeat(np.array(rows.rows, dtype=np.uint8), assignment.draws, axis=0)
    inputs = latents(assignment.seed, rows.name, len(conditions), generator.latent_dim)
    parts, size = [], assignment.image_size
    for start in range(0, len(conditions), CHUNK):
        chunk = slice(start, start + CHUNK)
        images = generator.draw(inputs[chunk], conditions[chunk])
        wanted = (len(conditions[chunk]), 3, size, size)
        if images.shape != wanted:
            raise Rejected(f"the generator draws {images.shape}; {wanted} was asked for")
        parts.append(to_bytes(images, generator.black, 1.0, "the generator's pictures"))
    return np.concatenate(parts)
