"""The images of a data set on disk with their conditions, before any of them is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np

from benchmark.data.disk_files import IMAGE_ENDINGS, OTHER_ENDINGS, Files, composed, is_image
from benchmark.errors import UsageError

STRIPPED = (*IMAGE_ENDINGS, *OTHER_ENDINGS)  # endings that a label may have where its image has another


@dataclass(frozen=True)
class Listing:
    """Images in the order of their label file, with what each shows."""

    files: Files
    names: list[str]  # full names in ``files``
    conditions: np.ndarray  # uint8: multi-hot (N, classes) or value indices (N, attributes)
    condition_lists: dict[str, np.ndarray] = field(default_factory=dict)  # name -> uint8 (M, classes)


def match_images(
    files: Files, label_file: str, labels: Iterable[str], folder: str, *, partial: bool = False
) -> dict[str, str]:
    """The image of each label, as its full name in ``files``, in the order of the labels.

    A label that names a file with its ending means that file; one without, or whose file is not there, the only image
    of the same name before the ending. Where an image name occurs in several folders, the images in ``folder`` next to
    the label file count. Images without a label are ignored, with one remark, unless labelled ones lie next to them.

    Args:
        files: the data set.
        label_file: full name of the file that the labels come from.
        labels: file names without folders, each once.
        folder: the name that the layout gives the folder of the images.
        partial: leave labels without an image out, and say how many, instead of refusing them.

    Raises:
        UsageError: a label has no image or could mean two, or an image next to labelled ones has no label; the message
            names the files.
    """
    labels = list(labels)
    where = f"{files.path}: {PurePosixPath(label_file).name}"
    _check_no_folders(labels, where)
    images = files.images()
    own = _Images(_own_images(images, labels, label_file, folder))
    found = {label: own.of(label)[0] for label in labels if own.unambiguous(label, where)}
    _check_absent(files, label_file, labels, found, partial=partial)
    taken = {name: label for label, name in found.items()}
    _check_taken_once(found, taken, where)
    _check_labelled(own.names, taken, where)
    folders = sorted({f"{PurePosixPath(name).parent}/" for name in taken})
    files.ignore(f"images outside of {', '.join(folders[:3])}", set(images) - taken.keys())
    files.ignore("files called as an image without its ending", _without_ending(taken) & set(files.names))
    return found


def _without_ending(names: Iterable[str]) -> set[str]:
    """The images' names without their endings, unless that is an image's name, too."""
    return {bare for name in names if not is_image(bare := str(PurePosixPath(name).with_suffix("")))}


class _Images:
    """Images by the names that labels may use for them."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._by_name, self._by_stem = defaultdict(list), defaultdict(list)
        for name in names:
            path = PurePosixPath(composed(name))
            self._by_name[path.name].append(name)
            self._by_stem[path.stem].append(name)

    def of(self, label: str) -> list[str]:
        """All images that the label can mean; perhaps none."""
        label = composed(label)
        path = PurePosixPath(label)
        stem = path.stem if path.suffix.lower() in STRIPPED else label
        return self._by_name.get(label) or self._by_stem.get(label) or self._by_stem.get(stem, [])

    def unambiguous(self, label: str, where: str) -> bool:
        """True if the label means one image, False if none.

        Raises:
            UsageError: it can mean several; the message names two.
        """
        names = self.of(label)
        if len(names) > 1:
            raise UsageError(f"{where}: {label!r} can mean {names[0]} or {names[1]}; keep one of them")
        return bool(names)

    def labelled(self, labels: Sequence[str]) -> int:
        """Number of labels that have an image."""
        return sum(bool(self.of(label)) for label in labels)

    def ambiguous(self, labels: Sequence[str]) -> bool:
        return any(len(self.of(label)) > 1 for label in labels)


def _own_images(images: list[str], labels: list[str], label_file: str, folder: str) -> list[str]:
    """All images if each label can mean only one of them; else those of the label file's own image folder."""
    everywhere = _Images(images)
    if not everywhere.ambiguous(labels):
        return images
    nearby = PurePosixPath(label_file).parent
    next_to = [name for name in images if PurePosixPath(name).is_relative_to(nearby / folder)]
    if _Images(next_to).labelled(labels):
        return next_to
    needed = everywhere.labelled(labels)
    for chosen in _other_places(images, nearby, folder):
        here = _Images(chosen)
        if here.labelled(labels) == needed and not here.ambiguous(labels):
            return chosen
    return images


def _other_places(images: list[str], nearby: PurePosixPath, folder: str) -> Iterator[list[str]]:
    """Images in the label file's folder itself, in any folder of the layout's name, anywhere below the label file."""
    yield [name for name in images if PurePosixPath(name).parent == nearby]
    yield [name for name in images if folder in PurePosixPath(name).parent.parts]
    yield [name for name in images if PurePosixPath(name).is_relative_to(nearby)]


def _check_no_folders(labels: list[str], where: str) -> None:
    paths = [name for name in labels if "/" in name or "\\" in name]
    if paths:
        raise UsageError(f"{where} has a row for {paths[0]!r}; give file names without folders")


def _check_absent(files: Files, label_file: str, labels: list[str], found: dict[str, str], *, partial: bool) -> None:
    absent = [label for label in labels if label not in found]
    name = PurePosixPath(label_file).name
    if absent and not found:
        raise UsageError(f"{files.path}: none of the {len(labels):,} rows of {name} has an image; add the images")
    if absent and not partial:
        raise UsageError(
            f"{files.path}: {len(absent)} of {len(labels)} rows of {name} have no image, first {absent[0]!r}; "
            "add the images, remove the rows, or give --partial to read the others"
        )
    if absent:
        files.remarks.append(
            f"{files.path.name}: {len(found):,} of {len(labels):,} rows of {name} have an image; "
            f"left out (--partial): {len(absent):,}"
        )


def _check_taken_once(found: dict[str, str], taken: dict[str, str], where: str) -> None:
    for label, name in found.items():
        if taken[name] != label:
            raise UsageError(f"{where} has {label!r} and {taken[name]!r} for one image, {name}; keep one row")


def _check_labelled(names: Sequence[str], taken: dict[str, str], where: str) -> None:
    folders = {PurePosixPath(name).parent for name in taken}
    extra = [name for name in names if name not in taken and PurePosixPath(name).parent in folders]
    if extra:
        raise UsageError(
            f"{where}: {len(extra)} of {len(names)} images have no row, first {extra[0]}; "
            "add rows for them or remove the images"
        )
