"""A zip of many people's homework: told from one submission by the names in it, and unpacked within limits.

Only a zip that is named on the command line is looked into; what people handed in stays closed, and is read by a
confined process.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from benchmark.data.archive_names import name_of, plain_names, with_slashes
from benchmark.errors import UsageError
from benchmark.grading.discover import Found
from benchmark.grading.folders import ARRAYS_AND_GRAPHS, NOBODYS, PARTS, is_one_submission
from benchmark.grading.platforms import parts_of_people
from benchmark.grading.sandbox.answer import one_line
from benchmark.grading.submission.archives import ENCRYPTED
from benchmark.grading.submission.bundle import ARCHIVES, JUNK, MAX_BYTES, MAX_DEPTH, MAX_NAME
from benchmark.grading.submission.damage import DAMAGED, plain_words
from benchmark.system.terminal import say, track

MOST_FILES = 500_000
WRAPPERS = 3  # folders around all homework
WORDS = NOBODYS | {  # names of archives that say what is in them, not whose they are
    "checkpoint", "checkpoints", "code", "data", "figures", "model_weights", "report", "results", "source", "src",
    "test", "train", "training", "weights",
}  # fmt: skip
WEIGHTS = (".safetensors", ".pt", ".pth")


@dataclass(frozen=True)
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


@contextmanager
def opened(paths: Sequence[Path], list_names: Sequence[str], *, each_is_one: bool = False) -> Iterator[list[Path]]:
    """The given paths, with a folder in place of every zip that holds many people's homework.

    The folders are there for the time being; ids are those that the unpacked folder would give.

    Args:
        paths: as given on the command line.
        list_names: condition lists; folders with these names hold parts of a submission.
        each_is_one: look into no zip.

    Raises:
        UsageError: such a zip is damaged, or there is no room for what is in it.
    """
    with tempfile.TemporaryDirectory() as room:
        found = []
        for number, path in enumerate(paths):
            is_zip = not each_is_one and path.name.lower().endswith(".zip") and path.is_file()
            batch = _batch_in(path, list_names) if is_zip else None
            found.append(path if batch is None else _unpack(path, batch, Path(room) / str(number)))
        yield found


def say_found(found: Found, paths: Sequence[Path]) -> None:
    """Say what is left out, and where the only submission of a folder may be a zip of everybody's."""
    for name in found.ignored:
        say(f"{name!r} is left out: no submission")
    archives = [one.path for one in found.submissions if one.path.parent in paths and one.path.suffix == ".zip"]
    if len(found.submissions) == len(archives) == 1:
        say(f"{archives[0].name!r} is taken for one submission; if it holds homework of several people, give its path")


def _batch_in(path: Path, list_names: Sequence[str]) -> PurePosixPath | None:
    """The folder of a zip that holds people's homework; None if the zip is one submission, or none at all."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = _names(archive)
    except DAMAGED:
        return None  # it is rejected as any submission is
    folder, where = _tree(names), PurePosixPath()
    for _ in range(WRAPPERS):
        if looks_like_a_batch(folder.entries(), list_names):
            return where
        inner = [entry for entry in folder.entries() if entry.is_folder]
        if len(inner) != 1:
            return None
        folder, where = inner[0], where / inner[0].name
    return where if looks_like_a_batch(folder.entries(), list_names) else None


def _names(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    return dict(zip(with_slashes(plain_names([name_of(entry) for entry in entries])), entries, strict=True))


def _tree(names: Mapping[str, zipfile.ZipInfo]) -> Listed:
    """Names of a zip as a folder; litter of file managers, and names that lead outside, are left out."""
    root = Listed("", is_folder=True)
    for name in names:
        parts, folder = _parts(name), root
        for part in parts[:-1]:
            folder = folder.children.setdefault(part, Listed(part, is_folder=True))
        if parts:
            folder.children.setdefault(parts[-1], Listed(parts[-1], is_folder=name.endswith("/")))
    return root


def _parts(name: str) -> list[str]:
    """Folders and name of an entry; none where it is litter or cannot be written below a folder."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    leads_outside = name.startswith("/") or ".." in parts or (bool(parts) and parts[0].endswith(":"))
    is_long = len(name) > MAX_NAME or len(parts) > MAX_DEPTH or any(len(part.encode()) > 255 for part in parts)
    is_litter = bool(JUNK & set(parts)) or (bool(parts) and parts[-1].startswith("._"))
    return [] if leads_outside or is_long or is_litter or not name.isprintable() else parts


def looks_like_a_batch(inside: Sequence[Listed], list_names: Sequence[str]) -> bool:
    """True if the entries of a folder in a zip are several people's homework, beyond doubt.

    Names as a platform gives them say so; so do two or more archives that are called like people, or folders with a
    condition list, weights or an archive in each.

    Args:
        inside: of :meth:`Listed.entries`.
        list_names: condition lists.
    """
    people = {part.person for part in parts_of_people(inside).values()}
    lists = {name.casefold() for name in list_names}
    if any(entry.name.casefold() in PARTS | lists for entry in inside):
        return False
    if len(people) > 1:
        return True
    return not is_one_submission(inside, list_names) and sum(_is_somebodys(entry, lists) for entry in inside) > 1


def _is_somebodys(entry: Listed, lists: set[str]) -> bool:
    """True for a whole submission that is called like a person, or unlike anything that people save."""
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


def _unpack(path: Path, where: PurePosixPath, folder: Path) -> Path:
    """Write the files of a batch below a folder, and return the one that holds people's homework."""
    say(f"{path.name} holds homework of several people; --one takes it for one submission")
    with zipfile.ZipFile(path) as archive:
        entries = [(name, entry) for name, entry in _names(archive).items() if not name.endswith("/")]
        folder.mkdir()
        _check_room(path, [entry for _, entry in entries], folder)
        for name, entry in track(entries, f"unpacking {path.name}"):
            reason = _write(archive, name, entry, folder)
            if reason:
                say(f"{one_line(name, 100)!r} in {path.name} is left out: {reason}")
    return folder / where


def _check_room(path: Path, entries: Sequence[zipfile.ZipInfo], folder: Path) -> None:
    size, free = sum(entry.file_size for entry in entries), shutil.disk_usage(folder).free
    if size > free:
        raise UsageError(f"{path} holds {size:,} bytes, and {folder.parent.parent} has room for {free:,}; make room")
    if len(entries) > MOST_FILES:
        raise UsageError(f"{path} holds {len(entries):,} files; give parts of at most {MOST_FILES:,}")


def _write(archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo, folder: Path) -> str | None:
    """Write one file; the reason why it was not, if it was not."""
    parts = _parts(name)
    if not parts:
        return (
            None if JUNK & set(name.split("/")) or "/._" in f"/{name}" else "its name leads outside or cannot be used"
        )
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return "it is a link or a device"
    if entry.flag_bits & ENCRYPTED:
        return "it is encrypted"
    if entry.file_size > MAX_BYTES:
        return f"it has more than {MAX_BYTES:,} bytes"
    target = folder.joinpath(*parts)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
    except (FileExistsError, NotADirectoryError):
        return "another file has its name"
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:  # no room, or no permission: not this file's doing
            raise
        target.unlink(missing_ok=True)
        return f"it is damaged ({plain_words(error)})"
    return None
