"""Pixels of a submission's parts: images as they were handed in, and images that its generator draws."""

from __future__ import annotations

from typing import Literal

import numpy as np

from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.draw import Generator, draw_list
from benchmark.grading.submission.images import read_images
from benchmark.grading.submission.parts import ArrayImages, Onnx, Weights

Pixels = dict[tuple[str, str], np.ndarray]  # (source, list) -> uint8 (n, 3, S, S)


def handed_in_pixels(bundle: Bundle, form: Literal["files"] | ArrayImages, assignment: Assignment) -> Pixels:
    """The images of every list that was handed in.

    Raises:
        Rejected: there are none, or not as they must be.
    """
    lists = assignment.public()
    by_list = read_images(bundle, lists, assignment.image_size, form)
    if not by_list:
        requested = "; ".join(f"{name}: {len(stems)}" for name, stems in lists.items())
        raise Rejected(f"no image's name says its place in a condition list (images requested: {requested})")
    return {("images", name): images for name, images in by_list.items()}


def drawn_pixels(bundle: Bundle, form: Weights | Onnx, assignment: Assignment) -> tuple[Pixels, str]:
    """The images that a generator draws for every list, and a remark on how it was read.

    Raises:
        Rejected: the generator is not as it must be.
    """
    generator = _open(bundle, form, assignment)
    drawn = {("generator", rows.name): draw_list(rows, generator, assignment) for rows in assignment.lists}
    return drawn, generator.remark


def _open(bundle: Bundle, form: Weights | Onnx, assignment: Assignment) -> Generator:
    if isinstance(form, Weights):
        from benchmark.grading.submission.weights import open_weights

        return open_weights(bundle, form, assignment)
    from benchmark.grading.submission.onnx_generator import open_onnx

    return open_onnx(bundle, form, assignment)
