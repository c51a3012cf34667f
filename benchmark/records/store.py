"""Records on disk: read, checked, compared by content and protocol, and copied."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from benchmark.errors import UsageError, first_complaint
from benchmark.records.protocol import Protocol
from benchmark.records.record import SCHEMA_VERSION, PluginEntry, Record
from benchmark.records.subject import Subject
from benchmark.system.files import file_sha256, replacing
from benchmark.system.leftovers import clean_up
from benchmark.system.terminal import say

AGAIN = "score the run again into an empty folder"
DRAWING = ("model", "generator")  # plug-ins that make the images of one row; others measure all rows


def load_record(path: Path) -> Record:
    """Read one record.

    Raises:
        UsageError: no such file, broken JSON, another schema version, or a field that is missing, unknown or
            wrong; one line that names file and field, what was given and what is allowed.
    """
    text = _read(path)
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(f"{path}: {first_complaint(error)}; score the run again") from error


def load_records(folder: Path) -> list[Record]:
    """All records (``*.json``) of a folder, by file name.

    Raises:
        UsageError: there is no record, or one cannot be read, or lies under another record's name.
    """
    paths = sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))
    if not paths:
        found = "holds no records (*.json)" if folder.is_dir() else "is not a folder"
        raise UsageError(f"{folder} {found}; give a folder that 'cgan-bench score' has written to")
    records = [load_record(path) for path in paths]
    for path, record in zip(paths, records, strict=True):
        if path.name != record.file_name:
            raise UsageError(f"{path}: its contents belong in {record.file_name}; rename it, or remove a copy")
    return records


def check_comparable(records: Sequence[Record]) -> None:
    """Refuse records of several protocols, or of several versions of one evaluator.

    Raises:
        UsageError: the message names the first field that differs, both values and both files.
    """
    if difference := field_difference(records, _comparable):
        raise UsageError(f"two records do not compare: {difference}; score both under one protocol")


def field_difference(records: Iterable[Record], fields: Callable[[Record], Mapping[str, Any]]) -> str | None:
    """The first field in which two records differ, with both values and both files; None if there is none."""
    seen: dict[str, tuple[Any, Record]] = {}
    for record in records:
        for field, value in fields(record).items():
            before, other = seen.setdefault(field, (value, record))
            if value != before:
                return f"{field} is {before!r} in {other.file_name} and {value!r} in {record.file_name}"
    return None


def _comparable(record: Record) -> dict[str, Any]:
    fields = dict(record.protocol)
    fields |= {f"plugin {name}": one.sha256 for name, one in record.plugins.items() if one.kind not in DRAWING}
    for name, score in record.scores.items():
        fields |= {f"scores.{name}.{key}": getattr(score, key) for key in ("version", "direction", "unit")}
    return fields


def _read(path: Path) -> str:
    """The text of a file that is JSON of this schema version, whatever its other fields are."""
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; give a record's file") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a whole JSON file ({error}); give a record, or score the run again") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path}: got JSON of type {type(document).__name__}; a record is an object")
    if "tables" in document:
        raise UsageError(f"{path}: is a table of a leaderboard; give a record, or the folder that 'score' wrote")
    version = document.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise UsageError(
            f"{path}: schema_version is {version!r}; this cgan-bench reads {SCHEMA_VERSION}: "
            "use the version that wrote it, or score the run again"
        )
    return text


def per_sample_path(record: Path) -> Path:
    """Path of the file with the data of single images, next to the record."""
    return record.with_suffix(".safetensors")


def check_per_sample(path: Path, record: Record) -> bool:
    """True if the file next to a record is the one that was written with it; False if the record has none.

    Raises:
        UsageError: it is missing, or another file.
    """
    if record.per_sample_sha256 is None:
        return False
    nearby = per_sample_path(path)
    try:
        found = file_sha256(nearby)
    except OSError as error:
        raise UsageError(
            f"cannot read {nearby}: {error.strerror}; put it back next to its record, or {AGAIN}"
        ) from error
    if found != record.per_sample_sha256:
        raise UsageError(
            f"{nearby} has sha256 {found[:16]}, but its record names {record.per_sample_sha256[:16]}; {AGAIN}"
        )
    return True


def per_sample_faults(folder: Path, records: Iterable[Record]) -> list[str]:
    """A line for each record of a folder whose file about single images is missing or another one."""
    faults = []
    for record in records:
        try:
            check_per_sample(folder / record.file_name, record)
        except UsageError as error:
            faults.append(str(error))
    return faults


def log_path(record: Path) -> Path:
    """Path of the training log behind a record."""
    return record.parent / "logs" / f"{record.stem}.csv"


def strip_path(record: Path) -> Path:
    """Path of the strip of images that the judge got wrong."""
    return record.parent / "mistakes" / f"{record.stem}.webp"


def curve_path(record: Path) -> Path:
    """Path of the curve of scores over the run behind a record: next to the folder of records, as sample grids are."""
    return record.parent.parent / "curves" / f"{record.stem}.csv"


def grid_path(record: Path) -> Path:
    """Path of the sample grid of the run behind a record, or of the real images of a reference row."""
    return record.parent.parent / "samples" / f"{record.stem}.png"


def existing_record(
    folder: Path, subject: Subject, protocol: Protocol, code_sha256: str, plugins: Mapping[str, PluginEntry],
    lack_of: Callable[[Record], str | None] = lambda _: None,
) -> Path | None:  # fmt: skip
    """The path of an existing record of the same content, protocol and code; None if there is none.

    A record counts as none if ``lack_of`` says in words what it lacks. ``plugins`` are those whose files are part of
    ``code_sha256``; an error names those that differ. Leftovers of killed processes are removed first.

    Raises:
        UsageError: the name belongs to a record of another content; the message has both digests.
    """
    path = folder / subject.name_under(protocol)
    for place in (folder, log_path(path).parent, strip_path(path).parent):
        clean_up(place)
    if not path.exists():
        return None
    existing = load_record(path)
    before = existing.content | {"protocol": existing.protocol.digest, "code_sha256": existing.system.code_sha256}
    now = subject.content | {"protocol": protocol.digest, "code_sha256": code_sha256}
    for name, value in now.items():
        if before.get(name) != value:
            cause = _other_plugins(existing.plugins, plugins) if name == "code_sha256" else ""
            by = "was scored by other code: it" if name == "code_sha256" else "is of something else: it"
            raise UsageError(
                f"{path} {by} has {name} {_short(before.get(name))}, now it is {_short(value)}{cause}; "
                "move that file away, or write to another folder with --out"
            )
    lack = lack_of(existing)
    if lack or subject.kind != "reference":  # those are shared by all runs of a folder
        say(f"{path} {lack}; it is measured again" if lack else f"{path} is there already")
    return None if lack else path


def _other_plugins(before: Mapping[str, PluginEntry], now: Mapping[str, PluginEntry]) -> str:
    """The plug-ins that make the code of two records differ, in brackets; nothing if there are none."""
    only_now, only_before = sorted(now.keys() - before.keys()), sorted(before.keys() - now.keys())
    changed = sorted(name for name in now.keys() & before.keys() if now[name].sha256 != before[name].sha256)
    reasons = [f"only this one uses {name}" for name in only_now]
    reasons += [f"only that one uses {name}" for name in only_before]
    reasons += [f"the file of {name} has changed" for name in changed]
    return f" ({', '.join(reasons)})" if reasons else ""


def _short(digest: str | None) -> str:
    return "none" if digest is None else digest[:16]


def records_in(folder: Path) -> list[Record]:
    """As :func:`load_records`, of a folder that may have none."""
    return load_records(folder) if any(folder.glob("*.json")) else []


def existing_copy(record: Path, folder: Path) -> Path | None:
    """The record in a folder at the path of a copy of this one; None if there is none.

    That of a reference row may be by other code, such as another machine's, since a table shows one of each.

    Raises:
        UsageError: either is damaged, or another record has its name there.
    """
    whole = load_record(record)
    check_per_sample(record, whole)
    there = folder / record.name
    if whole.kind == "reference" and there.exists() and load_record(there).protocol == whole.protocol:
        return there
    return existing_record(folder, whole, whole.protocol, whole.system.code_sha256, whole.plugins)


def copy_record(record: Path, folder: Path) -> Path:
    """Copy a record after the files next to it, unless the folder has it already; return the new path.

    Raises:
        UsageError: as :func:`existing_copy`.
    """
    if there := existing_copy(record, folder):
        return there
    whole, to = load_record(record), folder / record.name
    if whole.per_sample_sha256 is not None:
        with replacing(per_sample_path(to)) as temporary:
            shutil.copyfile(per_sample_path(record), temporary)
    for path_of in (log_path, strip_path):
        if path_of(record).exists():
            with replacing(path_of(to)) as temporary:
                shutil.copyfile(path_of(record), temporary)
    return whole.save(folder)
