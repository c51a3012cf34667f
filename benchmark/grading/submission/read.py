"""The reading of one submission: its parts are recognised and become images. torch and onnxruntime load on demand."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from benchmark.grading.sandbox.answer import AnswerFile, Rejected, one_line
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.bundle import ARCHIVES, Bundle
from benchmark.grading.submission.draw import Generator, draw_list
from benchmark.grading.submission.images import has_images, read_images
from benchmark.grading.submission.opening import open_bundle
from benchmark.grading.submission.parts import Onnx, Parts, Weights, place_of_manifest
from benchmark.grading.submission.unread import files_in_words, is_other_archive, unread_in_words
from benchmark.grading.submission.weight_names import is_averaged, is_discriminator


def examine(path: Path, assignment: Assignment, answer: AnswerFile) -> str:
    """Turn a submission into images.

    Returns:
        What was not read and which weights were taken, in one line; empty if there is nothing to say.

    Raises:
        Rejected: it is not what it must be.
    """
    bundle = open_bundle(path, assignment.public())
    parts, remark = find_parts(bundle, assignment)
    if parts.images is not None:
        by_list = read_images(bundle, assignment.public(), assignment.image_size, parts.images)
        if not by_list:
            requested = "; ".join(f"{name}: {len(stems)}" for name, stems in assignment.public().items())
            raise Rejected(f"no image's name says its place in a condition list (images requested: {requested})")
        for name, images in by_list.items():
            answer.add("images", name, images)
    generator = _generator(bundle, parts, assignment)
    if generator is not None:
        for rows in assignment.lists:
            answer.add("generator", rows.name, draw_list(rows, generator, assignment))
        remark = "; ".join(filter(None, [remark, generator.remark]))
    return "; ".join(filter(None, [remark, unread_in_words(bundle, remark)]))


def find_parts(bundle: Bundle, assignment: Assignment) -> tuple[Parts, str]:
    """The parts that a manifest names, or that the files show, and a remark on what is left out."""
    place = place_of_manifest(bundle)
    if place is None:
        return recognise_parts(bundle, assignment)
    from benchmark.grading.submission.manifest import read_manifest

    return read_manifest(bundle, place, assignment.task), ""


def _generator(bundle: Bundle, parts: Parts, assignment: Assignment) -> Generator | None:
    """The generator that was handed in; None if there is none."""
    if parts.weights is not None:
        from benchmark.grading.submission.weights import open_weights

        return open_weights(bundle, parts.weights, assignment)
    if parts.onnx is not None:
        from benchmark.grading.submission.onnx_generator import open_onnx

        return open_onnx(bundle, parts.onnx, assignment)
    return None


WEIGHTS = (".safetensors", ".pt", ".pth")


def recognise_parts(bundle: Bundle, assignment: Assignment) -> tuple[Parts, str]:
    """The parts of a submission without a manifest, by its files, and a remark on what is left out.

    Raises:
        Rejected: they are nothing that can be graded, or more than one thing of a kind.
    """
    onnx = _only(bundle, (".onnx",), "graph")
    weights, taken = _weights(bundle)
    images = "files" if has_images(bundle) else None
    if onnx is None and weights is None and images is None:
        raise _nothing(bundle, assignment)
    if onnx is not None and weights is not None:
        raise Rejected(f"both {onnx!r} and {weights!r} are in it; hand in one, or a manifest.json that says which")
    if weights is not None:
        config = _only(bundle, ("config.json",), "config.json")
        if config is not None:
            return Parts(images=images, weights=Weights(file=weights, config=config)), taken
        missing = f"{weights!r} comes without config.json, which says what model the weights are for"
        if images is None:
            raise Rejected(missing)
        return Parts(images=images), f"only the images count: {missing}"
    return Parts(images=images, onnx=Onnx(file=onnx) if onnx else None), ""


def _nothing(bundle: Bundle, assignment: Assignment) -> Rejected:
    """The rejection of a submission without anything to grade; it names unopened archives, or the other files."""
    inner = next((name for name in bundle.names if name.lower().endswith(ARCHIVES)), None)
    if inner is not None:
        return Rejected(f"{inner!r} is an archive within it, which is not opened; hand in what lies inside")
    other = next((name for name in bundle.unread if is_other_archive(name)), None)
    if other is not None:
        kind = PurePosixPath(other).suffix
        return Rejected(
            f"{one_line(other, 100)!r} was not opened: of archives only zip and tar are read, not {kind}; pack it as a "
            "zip, or hand in the files themselves"
        )
    found = files_in_words(bundle.unread)
    return Rejected(
        f"{f'nothing in it can be graded ({found})' if found else 'it is empty, so nothing in it can be graded'}; hand "
        f"in images for {' and '.join(assignment.public())}, weights with config.json, or generator.onnx; 'cgan-bench "
        "grade --schema' describes manifest.json"
    )


def _weights(bundle: Bundle) -> tuple[str | None, str]:
    """The file of a generator's weights, and a remark on weights that were not taken: a critic's, or raw ones."""
    found = _ending_in(bundle, WEIGHTS)
    left = [name for name in found if not is_discriminator(PurePosixPath(name).stem)] or found
    left = [name for name in left if is_averaged(PurePosixPath(name).stem)] or left
    if len(found) > 1 and len(left) == 1:
        others = ", ".join(repr(name) for name in found if name != left[0])
        return left[0], f"{left[0]!r} was taken, not {others}"
    return _only(bundle, WEIGHTS, "file of weights"), ""


def _ending_in(bundle: Bundle, endings: tuple[str, ...]) -> list[str]:
    return [name for name in bundle.names if PurePosixPath(name).name.lower().endswith(endings)]


def _only(bundle: Bundle, endings: tuple[str, ...], what: str) -> str | None:
    found = _ending_in(bundle, endings)
    if len(found) > 1:
        raise Rejected(
            f"{found[0]!r} and {found[1]!r} are both a {what}; hand in one, or a manifest.json that says which"
        )
    return found[0] if found else None
