"""Which submissions there are: folders and files below the given paths, and what tells two of them apart."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.bundle import ARCHIVES, JUNK, MAX_BYTES
from benchmark.grading.manifest import NAME as MANIFEST

SINGLE = (*ARCHIVES, ".npz", ".npy", ".onnx")  # files that can be a submission by themselves
PIECES = (".png", ".jpg", ".jpeg", ".safetensors", ".pt", ".pth")
PARTS = {MANIFEST, "config.json", "images"}  # a folder that holds one of these is one submission, not many


@dataclass(frozen=True)
class Submission:
    """Something handed in."""

    id: str  # name of the folder, or of the file without ending
    path: Path


@dataclass(frozen=True)
class Found:
    """What lies below the given paths."""

    submissions: list[Submission]  # by id
    ignored: list[str]  # names of files that cannot be submissions


def find_submissions(paths: Sequence[Path], list_names: Sequence[str]) -> Found:
    """Every path is one submission, or a folder of them.

    Args:
        paths: as given on the command line.
        list_names: condition lists; a folder with one of these inside is one submission.

    Raises:
        UsageError: a path does not exist, there is no submission, or two have one name.
    """
    submissions: dict[str, Submission] = {}
    ignored: list[str] = []
    for path in paths:
        for entry in _entries(path, PARTS | set(list_names)):
            if not _may_be_one(entry):
                ignored.append(entry.name)
                continue
            name = _id(entry)
            if name in submissions:
                raise UsageError(f"{submissions[name].path} and {entry} have the same name; rename one of them")
            submissions[name] = Submission(name, entry)
    if not submissions:
        raise UsageError(f"{', '.join(map(str, paths))}: no submission; give a folder of folders or archives")
    return Found([submissions[name] for name in sorted(submissions)], sorted(ignored))


def _entries(path: Path, parts: set[str]) -> list[Path]:
    if not path.exists():
        raise UsageError(f"{path} does not exist; give a submission, or a folder of submissions")
    if not path.is_dir():
        return [path]
    inside = sorted(entry for entry in path.iterdir() if entry.name not in JUNK)
    holds_files = any(
        entry.name in parts or entry.suffix.lower() in (".png", ".jpg", ".safetensors") for entry in inside
    )
    return [path] if holds_files else inside


def _may_be_one(path: Path) -> bool:
    return path.is_symlink() or path.is_dir() or path.name.lower().endswith(SINGLE)


def _id(path: Path) -> str:
    if path.is_dir():
        return path.resolve().name
    ending = next((ending for ending in SINGLE if path.name.lower().endswith(ending)), "")
    return path.name[: len(path.name) - len(ending)]


def content_digest(path: Path) -> str:
    """sha256 that changes with the content; of links, devices and huge files only what they look like counts."""
    digest = hashlib.sha256()
    for name, entry in _walk(path):
        status = entry.lstat()
        digest.update(f"{name!r} {stat.S_IFMT(status.st_mode)} {status.st_size}\n".encode())
        if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
            with open(os.open(entry, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _walk(path: Path) -> Iterator[tuple[str, Path]]:
    """The path itself, or everything below it in a fixed order, links not followed."""
    if path.is_symlink() or not path.is_dir():
        yield path.name, path
        return
    pending = [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(path / prefix) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                yield prefix + entry.name, Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{prefix}{entry.name}/")
