"""The list of a data set's images on disk, before any of them is read, and the files of a folder or zip."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from benchmark.errors import UsageError


@dataclass(frozen=True)
class Listing:
    """Pictures in the order of their label file, with what each shows."""

    files: Files
    names: list[str]  # full names in ``files``
    conditions: np.ndarray  # uint8: multi-hot (N, classes) or value indices (N, attributes)
    condition_lists: dict[str, np.ndarray] = field(default_factory=dict)  # name -> uint8 (M, classes)


def match_pictures(path: Path, labelled: Iterable[str], pictures: dict[str, str], label_file: str) -> list[str]:
    """Full names of the labelled pictures; every label has a picture and every picture a label.

    A label matches a picture of the same file name with any extension.

    Raises:
        UsageError: one side is missing; the message counts them and names the first.
    """
    by_stem = {PurePosixPath(name).stem: full for name, full in pictures.items()}
    labelled = list(labelled)
    paths = [name for name in labelled if "/" in name or "\\" in name]
    if paths:
        raise UsageError(f"{path}: {label_file} has a row for {paths[0]!r}; give file names without folders")
    stems = [PurePosixPath(name).stem for name in labelled]
    absent = [stem for stem in stems if stem not in by_stem]
    if absent:
        raise UsageError(
            f"{path}: {len(absent)} of {len(stems)} rows of {label_file} have no picture, first {absent[0]!r}; "
            "add the pictures or remove the rows"
        )
    extra = sorted(by_stem.keys() - set(stems))
    if extra:
        raise UsageError(
            f"{path}: {len(extra)} of {len(by_stem)} pictures have no row in {label_file}, "
            f"first {by_stem[extra[0]]!r}; add rows for them or remove the pictures"
        )
    return [by_stem[stem] for stem in stems]


class Files:
    """The files below one folder, named by their path relative to it, with forward slashes.

    Raises:
        UsageError: the path does not exist, is empty, or is neither a folder nor a zip archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.is_dir():
            self.names = sorted(_walk(path))
        elif path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                self.names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
        else:
            given = "is neither a folder nor a zip archive" if path.exists() else "does not exist"
            raise UsageError(f"{path} {given}; give the folder or the zip of a data set")
        if not self.names:
            raise UsageError(f"{path} is empty; give the folder or the zip of a data set")
        self._local = threading.local()  # a zip handle per thread: their positions are not shared

    def read_text(self, name: str) -> str:
        """One file as UTF-8, with or without a byte order mark.

        Raises:
            UsageError: it cannot be read, or is not UTF-8.
        """
        try:
            return self.read(name).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UsageError(f"{self.path}: {name} is not UTF-8 text ({error}); save it as UTF-8") from error

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        try:
            if self.path.is_dir():
                return (self.path / name).read_bytes()
            if not hasattr(self._local, "archive"):
                self._local.archive = zipfile.ZipFile(self.path)
            return self._local.archive.read(name)
        except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:  # Runtime: encrypted
            raise UsageError(f"{self.path}: cannot read {name}: {error}; copy the data set again") from error

    def find(self, filename: str) -> str | None:
        """The full name of the shallowest file called ``filename``, or None."""
        found = [name for name in self.names if PurePosixPath(name).name == filename]
        return min(found, key=lambda name: name.count("/"), default=None)

    def pictures(self) -> dict[str, str]:
        """Full names of all picture files by their file name (without folder).

        Raises:
            UsageError: there are none, or two share a file name.
        """
        found: dict[str, str] = {}
        for name in self.names:
            path = PurePosixPath(name)
            if path.suffix.lower() not in {".png", ".jpg", ".jpeg"} or "__MACOSX" in path.parts:
                continue
            if path.name in found:
                raise UsageError(
                    f"{self.path}: two pictures are called {path.name} ({found[path.name]} and {name}); "
                    "keep one of them"
                )
            found[path.name] = name
        if not found:
            raise UsageError(f"{self.path} has no .png or .jpg pictures; give the data set with its pictures")
        return found


def fingerprint(path: Path) -> str:
    """A quick sha256 of what a folder or zip looks like from outside: names, sizes, times of change.

    Equal fingerprints mean unchanged files; the content is hashed when it is packed.
    """
    digest = hashlib.sha256(str(path.resolve()).encode())
    entries = _walk_stat(path) if path.is_dir() else [(path.name, path.stat())]
    for name, stat in sorted(entries):
        digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _walk(folder: Path) -> list[str]:
    return [name for name, _ in _walk_stat(folder)]


def _walk_stat(folder: Path) -> list[tuple[str, os.stat_result]]:
    found, pending = [], [(str(folder), "")]
    while pending:
        directory, prefix = pending.pop()
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append((entry.path, f"{prefix}{entry.name}/"))
                elif entry.is_file():
                    found.append((prefix + entry.name, entry.stat()))
    return found
