"""A submission without a manifest: its files say what it is, and whatever cannot be used becomes a remark.

Images beside a generator, and weights beside images, take nothing away from what can be graded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.bundle import ARCHIVES, Bundle
from benchmark.grading.submission.documents import EXPECTED_IMAGES, misplaced_documents
from benchmark.grading.submission.images import are_of_a_list, has_images
from benchmark.grading.submission.parts import Onnx, Weights
from benchmark.grading.submission.pixels import Pixels, drawn_pixels, handed_in_pixels
from benchmark.grading.submission.unread import files_in_words, is_other_archive
from benchmark.grading.submission.weight_names import is_averaged, is_discriminator

WEIGHTS = (".safetensors", ".pt", ".pth")
GRAPHS = (".onnx",)
MOST_NAMED = 3  # files of weights that were not taken


@dataclass(frozen=True)
class _Read:
    """One kind of part after an attempt to read it."""

    pixels: Pixels = field(default_factory=dict)  # none if it cannot be used
    remark: str = ""
    refusal: str = ""  # the reason why it cannot be used


def recognised_pixels(bundle: Bundle, assignment: Assignment) -> tuple[Pixels, str]:
    """Pixels of whatever can be graded, and a remark on what is left out.

    Raises:
        Rejected: nothing can be graded.
    """
    lists, images, generator = assignment.public(), _Read(), _Read()
    if not has_images(bundle) and not _ending_in(bundle, (*WEIGHTS, *GRAPHS)):
        raise _nothing(bundle, assignment)
    if has_images(bundle):
        images = _attempt(bundle, lambda: (handed_in_pixels(bundle, "files", assignment), ""))
    if _ending_in(bundle, (*WEIGHTS, *GRAPHS)):
        generator = _attempt(bundle, lambda: _drawn(bundle, assignment))
    are_meant = bool(images.refusal) and are_of_a_list(bundle, lists)
    if not images.pixels and not generator.pixels:
        raise Rejected(images.refusal if are_meant or not generator.refusal else generator.refusal)
    said = [f"only the images count: {generator.refusal}"] if generator.refusal else [generator.remark]
    said += [f"only the generator counts: {images.refusal}"] if are_meant else []
    return images.pixels | generator.pixels, "; ".join(filter(None, said))


def _attempt(bundle: Bundle, read: Callable[[], tuple[Pixels, str]]) -> _Read:
    """The pixels of a part, or the reason why it cannot be used; its files count as not read then."""
    was_read, beside = set(bundle.was_read), list(bundle.beside)
    try:
        pixels, remark = read()
    except Rejected as verdict:
        bundle.was_read, bundle.beside = was_read, beside
        return _Read(refusal=str(verdict))
    return _Read(pixels, remark)


def _drawn(bundle: Bundle, assignment: Assignment) -> tuple[Pixels, str]:
    """Images of the one generator that is there, and a remark on how it was read."""
    onnx = _only(bundle, GRAPHS, "graph")
    weights, taken = _weights(bundle)
    if onnx is not None and weights is not None:
        raise Rejected(f"both {onnx!r} and {weights!r} are in it; hand in one, or a manifest.json that says which")
    if weights is None:
        return drawn_pixels(bundle, Onnx(file=onnx), assignment)
    config = _one(_settings(bundle), "config.json")
    if config is None:
        raise Rejected(f"{weights!r} comes without config.json, which says what model the weights are for")
    drawn, remark = drawn_pixels(bundle, Weights(file=weights, config=config), assignment)
    return drawn, "; ".join(filter(None, [taken, remark]))


def _weights(bundle: Bundle) -> tuple[str | None, str]:
    """The file of a generator's weights, and a remark on those that were not taken: a critic's, raw ones, others.

    Of several, those next to the settings are meant: checkpoints of a run lie further down.
    """
    found = _ending_in(bundle, WEIGHTS)
    left = [name for name in found if not is_discriminator(PurePosixPath(name).stem)] or found
    left = [name for name in left if is_averaged(PurePosixPath(name).stem)] or left
    folders = {PurePosixPath(name).parent for name in _settings(bundle)}
    left = [name for name in left if PurePosixPath(name).parent in folders] or left
    if len(found) > 1 and len(left) == 1:
        others = [repr(name) for name in found if name != left[0]]
        return left[0], f"{left[0]!r} was taken, not {', '.join(others[:MOST_NAMED])}"
    return _one(found, "file of weights"), ""


def _settings(bundle: Bundle) -> list[str]:
    return [name for name in bundle.names if PurePosixPath(name).name.casefold() == "config.json"]


def _ending_in(bundle: Bundle, endings: tuple[str, ...]) -> list[str]:
    return [name for name in bundle.names if PurePosixPath(name).name.lower().endswith(endings)]


def _only(bundle: Bundle, endings: tuple[str, ...], what: str) -> str | None:
    return _one(_ending_in(bundle, endings), what)


def _one(found: list[str], what: str) -> str | None:
    if len(found) > 1:
        raise Rejected(
            f"{found[0]!r} and {found[1]!r} are both a {what}; hand in one, or a manifest.json that says which"
        )
    return found[0] if found else None


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
    documents = misplaced_documents(bundle.unread, assignment.public())
    found = f"{EXPECTED_IMAGES}{files_in_words(documents)}" if documents else files_in_words(bundle.unread)
    return Rejected(
        f"{f'nothing in it can be graded ({found})' if found else 'it is empty, so nothing in it can be graded'}; hand "
        f"in images for {' and '.join(assignment.public())}, weights with config.json, or generator.onnx; 'cgan-bench "
        "grade --schema' describes manifest.json"
    )
