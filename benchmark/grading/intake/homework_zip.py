"""A zip of many people's homework: recognised by the names in it, and unpacked within limits.

Only a zip that is named on the command line is opened here. Archives that people handed in stay closed, and are read by
a confined process.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from benchmark.data.archive_names import name_of, plain_names, with_slashes
from benchmark.grading.intake.bounded_zip import TooLargeError, check_room, opened_zip
from benchmark.grading.intake.discover import FoundSubmissions, is_single
from benchmark.grading.intake.folders import ARRAYS_AND_GRAPHS, NOBODYS, PARTS, is_one_submission
from benchmark.grading.intake.platforms import Part, parts_of_people
from benchmark.grading.intake.unpacking import LeftOut, make_empty, path_parts, write_all
from benchmark.grading.sandbox.answer import one_line
from benchmark.grading.submission.bundle import ARCHIVES
from benchmark.grading.submission.damage import DAMAGED
from benchmark.system.terminal import say, track

WRAPPERS = 3  # folders around all homework
DEEPEST_NAMED = 8  # folders below one another that it takes to tell a batch, those wrappers included
WORDS = NOBODYS | {  # names of archives that say what is in them, not whose they are
    "checkpoint", "checkpoints", "code", "data", "figures", "model_weights", "report", "results", "source", "src",
    "test", "train", "training", "weights",
}  # fmt: skip
WEIGHTS = (".safetensors", ".pt", ".pth")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file or folder in a zip, with as much of a path as it takes to say what kind of folder it lies in."""

    name: str
    children: dict[str, Listed] = field(default_factory=dict)  # of a folder, by name
    is_folder: bool = False

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    def is_dir(self) -> bool:
        return self.is_folder

    def is_symlink(self) -> bool:
        return False

    def entries(self) -> list[Listed]:
        return [self.children[name] for name in sorted(self.children)]


class Opened(NamedTuple):
    """Given paths with their zips of homework unpacked."""

    places: list[Path]
    left_out: LeftOut


@contextmanager
def unpack_batches(paths: Sequence[Path], list_names: Sequence[str], *, each_is_one: bool = False) -> Iterator[Opened]:
    """The given paths, with a folder in place of every zip that holds many people's homework.

    The folders are there for the time being; ids are those that the unpacked folder would give.

    Args:
        paths: as given on the command line.
        list_names: condition lists; folders with these names hold parts of a submission.
        each_is_one: look into no zip.

    Raises:
        UsageError: there is no room for what is in such a zip, or a zip has more in it than the grader lists.
    """
    with tempfile.TemporaryDirectory() as room:
        batches, left_out = {} if each_is_one else _batches(paths, list_names), LeftOut()
        places = [
            _unpack(path, batches[path], Path(room) / str(number), left_out) if path in batches else path
            for number, path in enumerate(paths)
        ]
        yield Opened(places, left_out)


def _batches(paths: Sequence[Path], list_names: Sequence[str]) -> dict[Path, PurePosixPath]:
    """Zips of many people's homework, with the folder in them that holds it; empty next to a single submission.

    If one of the given paths is a single submission, all of them are taken for single submissions.
    """
    found: dict[Path, PurePosixPath] = {}
    for path in paths:
        if path.name.lower().endswith(".zip") and path.is_file():
            where = _batch_in(path, list_names) if len(paths) == 1 else _batch_or_one(path, list_names)
            found |= {} if where is None else {path: where}
    single = [path for path in paths if path not in found and is_single(path, list_names)]
    for path in found if single else ():
        say(
            f"{path.name!r} is taken for one submission, as {single[0].name!r} is; if it holds homework of several "
            "people, give it alone or unpack it"
        )
    return {} if single else found


def _batch_or_one(path: Path, list_names: Sequence[str]) -> PurePosixPath | None:
    """As :func:`_batch_in`; of several zips, one that is too large to be looked into is a submission."""
    try:
        return _batch_in(path, list_names)
    except TooLargeError as error:
        say(f"{error}; it is taken for one submission")
        return None


def report_found(found: FoundSubmissions, paths: Sequence[Path]) -> None:
    """Say what is left out, and where the only submission of a folder may be a zip of everybody's."""
    for name in found.ignored:
        say(f"{name!r} is left out: no submission")
    archives = [one.path for one in found.submissions if one.path.parent in paths and one.path.suffix == ".zip"]
    if len(found.submissions) == len(archives) == 1:
        say(f"{archives[0].name!r} is taken for one submission; if it holds homework of several people, give its path")


def _batch_in(path: Path, list_names: Sequence[str]) -> PurePosixPath | None:
    """The folder of a zip that holds people's homework; None if the zip is one submission, or none at all."""
    try:
        with opened_zip(path) as archive:
            names = [name for name, _ in _entries_with_names(archive)]
    except TooLargeError:
        raise
    except DAMAGED:
        return None  # it is rejected as any submission is
    folder, where = _tree(names), PurePosixPath()
    for _ in range(WRAPPERS + 1):
        if looks_like_a_batch(folder.entries(), list_names):
            return where
        inner = [entry for entry in folder.entries() if entry.is_folder]
        if len(inner) != 1 or parts_of_people(inner):  # what lies in one person's folder is that person's
            return None
        folder, where = inner[0], where / inner[0].name
    return None


def _entries_with_names(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """Entries with their names; a backslash in a file's name makes no folder next to those of other people."""
    entries = archive.infolist()
    names = plain_names([name_of(entry) for entry in entries])
    is_of_platform = bool(parts_of_people([Listed(name) for name in names if "/" not in name]))
    return list(zip(names if is_of_platform else with_slashes(names), entries, strict=True))


def _tree(names: Iterable[str]) -> Listed:
    """Names of a zip as a folder; litter of file managers, and names that lead outside, are left out."""
    root = Listed("", is_folder=True)
    for name in names:
        parts, folder = path_parts(name), root
        for part in parts[: min(len(parts) - 1, DEEPEST_NAMED)]:
            folder = folder.children.get(part) or folder.children.setdefault(part, Listed(part, is_folder=True))
        if 0 < len(parts) <= DEEPEST_NAMED:
            folder.children.setdefault(parts[-1], Listed(parts[-1], is_folder=name.endswith("/")))
    return root


def looks_like_a_batch(inside: Sequence[Listed], list_names: Sequence[str]) -> bool:
    """True if the entries of a folder in a zip are several people's homework, beyond doubt.

    Names as a platform gives them say so, even of one person; so do two or more archives that are called like people,
    or folders with a condition list, weights or an archive in each.

    Args:
        inside: of :meth:`Listed.entries`.
        list_names: condition lists.
    """
    parts = parts_of_people(inside)
    lists = {name.casefold() for name in list_names}
    if any(entry.name.casefold() in PARTS | lists for entry in inside):
        return False
    if len({part.person for part in parts.values()}) > 1 or _is_of_one_person(parts):
        return True
    return not is_one_submission(inside, list_names) and sum(_is_somebodys(entry, lists) for entry in inside) > 1


def _is_of_one_person(parts: Mapping[str, Part]) -> bool:
    """True for a platform's names of one person; one name like Canvas' may be chance, unless it is an archive's."""
    return any(part.platform != "canvas" or name.lower().endswith(ARCHIVES) for name, part in parts.items())


def _is_somebodys(entry: Listed, lists: set[str]) -> bool:
    """True for a folder with parts of a submission, or for a file whose name does not only say what is in it."""
    if entry.is_folder:
        return any(_is_telling(inner, lists) for inner in _two_levels(entry))
    name = entry.name.casefold()
    ending = next((ending for ending in (*ARCHIVES, *ARRAYS_AND_GRAPHS) if name.endswith(ending)), None)
    return ending is not None and name.removesuffix(ending) not in WORDS | lists


def _two_levels(folder: Listed) -> list[Listed]:
    return [*folder.entries(), *(inner for entry in folder.entries() for inner in entry.entries())]


def _is_telling(entry: Listed, lists: set[str]) -> bool:
    name = entry.name.casefold()
    return name.partition(".")[0] in lists or name in PARTS or name.endswith((*ARCHIVES, *ARRAYS_AND_GRAPHS, *WEIGHTS))


def _unpack(path: Path, where: PurePosixPath, folder: Path, left_out: LeftOut) -> Path:
    """Write the files of a batch below a folder, and return the one that holds people's homework."""
    say(f"{path.name} holds homework as a platform or a course packs it; --one takes it for one submission")
    with opened_zip(path) as archive:
        named = _entries_with_names(archive)
        entries = [(name, entry) for name, entry in named if not name.endswith("/")]
        folder.mkdir()
        check_room(path, [entry for _, entry in entries], folder)
        write_all(path.name, archive, track(entries, f"unpacking {path.name}"), folder, left_out)
    places = {name: path_parts(name) for name, _ in named}
    for name, parts in places.items():
        if name.endswith("/") and parts:
            make_empty(folder.joinpath(*parts), is_folder=True)  # somebody's that is empty has a row
    outside = [name for name, parts in places.items() if parts and tuple(parts[: len(where.parts)]) != where.parts]
    for name in outside:
        left_out.names.append(f"{one_line(name, 100)!r} in {path.name} is left out: it lies outside {str(where)!r}")
        say(left_out.names[-1])
    return folder / where
