"""Opening a submission: a folder, an archive, or archives within one of them where nothing next to them can be graded.

The archives in a folder are opened, and those in an archive; whatever lies deeper stays closed. All of it together is
bounded like one submission.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Lists
from benchmark.grading.submission.archives import is_archive, open_archive
from benchmark.grading.submission.bundle import ARCHIVES, Bundle, Folder, Room, Single
from benchmark.grading.submission.image_files import ENDINGS
from benchmark.grading.submission.images import name_a_list

MAX_ARCHIVES = 8  # side by side that are opened
BY_THEMSELVES = ("manifest.json", ".npz", ".npy", ".safetensors", ".pt", ".pth", ".onnx")  # what can always be graded


def open_bundle(path: Path, lists: Lists) -> Bundle:
    """The files of a submission, with its archives opened.

    Args:
        path: a folder or a file.
        lists: what was requested, which tells the images of a list from those of a report.

    Raises:
        Rejected: it is neither, it is damaged or too large, or a name in it leads outside.
    """
    if path.is_symlink():
        raise Rejected("it is a link; hand in the files themselves")
    room = Room()
    if path.is_dir():
        folder = Folder(path, room)
        opened = _open_archives(folder, lists)
        return opened if opened is folder else _open_archives(opened, lists)
    if not path.is_file():
        raise Rejected("it is neither a folder nor a plain file; hand in images or an archive")
    single = Single(path, room)
    return _open_archives(open_archive(path, path.name, room), lists) if is_archive(path.name) else single


def _open_archives(bundle: Bundle, lists: Lists) -> Bundle:
    """The archives in a bundle, opened, or the bundle itself if it can be graded or has none."""
    archives = [name for name in bundle.names if is_archive(name)]
    if not archives or _can_be_graded(bundle.names, lists):
        return bundle
    if len(archives) > MAX_ARCHIVES:
        raise Rejected(
            f"it holds {len(archives)} archives; hand in one, or unpack first what a learning platform has packed"
        )
    parts = {name: _open_inner(bundle, name) for name in archives}
    opened = parts[archives[0]] if len(archives) == 1 else Several(parts, bundle.room)
    opened.beside += [name for name in bundle.unread if name not in archives]
    return opened


def _open_inner(bundle: Bundle, name: str) -> Bundle:
    try:
        return open_archive(bundle.source(name), name, bundle.room)
    except Rejected as verdict:
        raise Rejected(f"{one_line(name, 100)!r}: {verdict}") from verdict


def _can_be_graded(names: tuple[str, ...], lists: Lists) -> bool:
    """True if any file is more than a report."""
    if any(PurePosixPath(name).name.lower().endswith(BY_THEMSELVES) for name in names):
        return True
    return name_a_list([name for name in names if name.lower().endswith(ENDINGS)], lists)


class Several(Bundle):
    """Archives side by side, each a folder that is called like it without its ending."""

    def __init__(self, parts: Mapping[str, Bundle], room: Room) -> None:
        super().__init__(room)
        self.places = {
            f"{_without_ending(archive)}/{name}": (part, name) for archive, part in parts.items() for name in part.names
        }
        if len(self.places) < sum(len(part.names) for part in parts.values()):
            raise Rejected(f"{' and '.join(map(repr, parts))} have the same name but for the ending; hand in one")
        self.names = tuple(sorted(self.places))

    def _read(self, name: str, at_most: int) -> bytes:
        part, inner = self.places[name]
        return part.read(inner, at_most)


def _without_ending(name: str) -> str:
    ending = next(ending for ending in ARCHIVES if name.lower().endswith(ending))
    return name[: len(name) - len(ending)]
