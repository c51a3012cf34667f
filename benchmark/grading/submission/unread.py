"""Names of the files of a submission that were not read, so that a typing error in a name is noticed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from benchmark.grading.sandbox.answer import one_line
from benchmark.grading.submission.bundle import ARCHIVES, Bundle
from benchmark.grading.submission.image_files import ENDINGS

OTHER_ARCHIVES = (
    ".rar", ".7z", ".gz", ".bz2", ".xz", ".zst", ".zipx", ".tbz2", ".tbz", ".txz", ".cab", ".lzh", ".arj", ".z",
)  # fmt: skip
OTHER_IMAGES = (".gif", ".bmp", ".webp", ".tif", ".tiff", ".jfif", ".heic", ".avif")
WEIGHTS = (".npz", ".npy", ".onnx", ".safetensors", ".pt", ".pth", ".ckpt")
WORK = (*ARCHIVES, *OTHER_ARCHIVES, *ENDINGS, *OTHER_IMAGES, *WEIGHTS)
MOST_NAMED = 4
MOST_LETTERS = 60  # of one name


def is_other_archive(name: str) -> bool:
    """True for an archive of a kind that is not opened, by its name."""
    return name.lower().endswith(OTHER_ARCHIVES) and not name.lower().endswith(ARCHIVES)


def unread_in_words(bundle: Bundle, said: str = "", named: Collection[str] = ()) -> str:
    """The files that were not read, in one line; empty if there are none, or all were named before.

    Args:
        bundle: a submission after it was read.
        said: remarks that name some of them.
        named: others that were named before.
    """
    left = [name for name in bundle.unread if name not in named and repr(name) not in said]
    return f"not read: {files_in_words(left, bundle.was_read)}" if left else ""


def files_in_words(names: Collection[str], was_read: Collection[str] = ()) -> str:
    """The first few files, those that look like work before documents; folders of which nothing was read as one."""
    places = _by_place(names, was_read)
    ordered = sorted(places, key=lambda place: (not any(map(_is_work, places[place])), place))
    words = [_place_in_words(place, places[place]) for place in ordered]
    rest = sum(len(places[place]) for place in ordered[MOST_NAMED:])
    has_others = any(name.lower().endswith(OTHER_IMAGES) for name in names)
    hint = f" (of images only {', '.join(ENDINGS)} are read)" if has_others else ""
    return ", ".join(words[:MOST_NAMED]) + (f" and {rest} more" if rest else "") + hint


def _by_place(names: Iterable[str], was_read: Collection[str]) -> dict[str, list[str]]:
    """Files by the highest folder of which nothing was read; a file by itself where something next to it was."""
    of_read = {parent for name in was_read for parent in PurePosixPath(name).parents} | {PurePosixPath()}
    places: dict[str, list[str]] = {}
    for name in names:
        folders = [folder for folder in PurePosixPath(name).parents if folder not in of_read]
        places.setdefault(str(folders[-1]) if folders else name, []).append(name)
    return places


def _is_work(name: str) -> bool:
    return name.lower().endswith(WORK)


def _place_in_words(place: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return repr(one_line(names[0], MOST_LETTERS))
    return f"{len(names)} files in {one_line(place, MOST_LETTERS)!r}"
