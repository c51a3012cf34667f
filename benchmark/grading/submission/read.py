"""The reading of one submission: its parts are recognised and become images. torch and onnxruntime load on demand."""

from __future__ import annotations

from pathlib import Path

from benchmark.grading.sandbox.answer import AnswerFile
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.documents import EXPECTED_IMAGES, misplaced_documents
from benchmark.grading.submission.opening import open_bundle
from benchmark.grading.submission.parts import place_of_manifest
from benchmark.grading.submission.pixels import Pixels, drawn_pixels, handed_in_pixels
from benchmark.grading.submission.recognise import recognised_pixels
from benchmark.grading.submission.unread import files_in_words, unread_in_words


def examine(path: Path, assignment: Assignment, answer: AnswerFile) -> str:
    """Turn a submission into images.

    Returns:
        What was not read and which weights were taken, in one line; empty if there is nothing to say.

    Raises:
        Rejected: it is not what it must be.
    """
    bundle = open_bundle(path, assignment.public())
    place = place_of_manifest(bundle)
    if place is None:
        pixels, remark = recognised_pixels(bundle, assignment)
    else:
        pixels, remark = _declared_pixels(bundle, place, assignment)
    for (source, name), images in pixels.items():
        answer.add(source, name, images)
    documents = misplaced_documents(bundle.unread, assignment.public())
    said = f"{EXPECTED_IMAGES}{files_in_words(documents, bundle.was_read)}" if documents else ""
    return "; ".join(filter(None, [remark, said, unread_in_words(bundle, remark, documents)]))


def _declared_pixels(bundle: Bundle, place: str, assignment: Assignment) -> tuple[Pixels, str]:
    """Pixels of the parts that a manifest names, and a remark on how they were read; each must be as it says."""
    from benchmark.grading.submission.manifest import read_manifest

    parts = read_manifest(bundle, place, assignment.task)
    images = {} if parts.images is None else handed_in_pixels(bundle, parts.images, assignment)
    generator = parts.weights or parts.onnx
    drawn, remark = ({}, "") if generator is None else drawn_pixels(bundle, generator, assignment)
    return images | drawn, remark
