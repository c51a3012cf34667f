"""The submissions below the given paths."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from benchmark.errors import UsageError
from benchmark.grading.intake.folders import GRAPH, SINGLE, TENSORS, entries_of, is_one_submission
from benchmark.grading.intake.ids import printable, unused_name
from benchmark.grading.intake.platforms import (
    Part,
    hand_in_time,
    last_attempt,
    names_for_owner,
    own_names,
    parts_of_people,
    settings_of,
)
from benchmark.grading.submission.bundle import ARCHIVES

NOTES = (".txt", ".md", ".csv", ".json", ".toml", ".yml", ".yaml", ".log", ".html")  # staff's own next to submissions
DOCUMENTS = (
    ".pdf", ".doc", ".docx", ".odt", ".rtf", ".tex", ".ppt", ".pptx", ".odp", ".pages", ".key", ".xls", ".xlsx", ".ods",
    ".ipynb", ".py", ".mp4", ".mov", ".webm",
)  # fmt: skip
MOST_NAMED = 4  # files in one remark

Reasons = Mapping[Path, str]


@dataclass(frozen=True)
class Submission:
    """Something handed in."""

    id: str  # name of the folder, of the file without ending, or of the person, fit to be printed
    path: Path  # folder or file; where its files lie among those of other people, one of them
    files: Mapping[str, Path] = field(default_factory=dict)  # those files, by their owner's names; else empty
    earlier: tuple[str, ...] = ()  # names of earlier attempts, which do not count
    handed_in: str = ""  # a time, or "late"; empty where the platform does not say
    refused: str = ""  # the reason why it is not looked at; empty for one that is
    beside: tuple[str, ...] = ()  # names of the same person's documents, which are not looked at
    platform: str = ""  # that named its files, such as "moodle"; empty where none is known
    longer: tuple[str, ...] = ()  # names of persons that may be meant as well

    @property
    def not_read(self) -> list[str]:
        """Remarks on what the same person handed in and nobody reads."""
        earlier = [f"the last attempt counts; not graded: {_first_few(self.earlier)}"] if self.earlier else []
        return [*earlier, *([f"not read: {_first_few(self.beside)}"] if self.beside else [])]


def _first_few(names: Sequence[str]) -> str:
    """The first few names, written as the process that reads a submission writes those of its files."""
    more = len(names) - MOST_NAMED
    return ", ".join(map(repr, names[:MOST_NAMED])) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True)
class FoundSubmissions:
    """Submissions below the given paths."""

    submissions: list[Submission]  # by id
    ignored: list[str]  # names of files that are no submissions
    documents: Mapping[str, Sequence[str]] = field(default_factory=dict)  # names of files by who handed in only those
    platforms: Mapping[str, str] = field(default_factory=dict)  # those that named the documents, by the same people
    longer: Mapping[str, Sequence[str]] = field(default_factory=dict)  # names that may be meant as well, by person


@dataclass(frozen=True)
class _Entry:
    """A submission that has no id yet."""

    path: Path
    name: str  # it becomes the id if nothing else is called so
    files: Mapping[str, Path] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()
    handed_in: str = ""
    beside: tuple[str, ...] = ()
    platform: str = ""
    longer: tuple[str, ...] = ()


def find_submissions(
    paths: Sequence[Path], list_names: Sequence[str], *,
    each_is_one: bool = False, left_out: Reasons = MappingProxyType({}),
) -> FoundSubmissions:  # fmt: skip
    """Every path is one submission, or a folder of them.

    A folder is one submission if it holds parts of one, such as images, and nothing that looks like a submission.
    In a folder as a learning platform packs it, the files of one person are one submission.

    Args:
        paths: as given on the command line.
        list_names: condition lists; folders with these names hold parts of a submission.
        each_is_one: take every path for one submission, whatever lies inside.
        left_out: empty files in place of files that were not unpacked, with the reason; their submissions are refused.

    Raises:
        UsageError: a path does not exist, there is no submission, or two have one name.
    """
    entries: list[_Entry] = []
    ignored: list[Path] = []
    documents: dict[str, list[str]] = {}
    people: dict[str, Part] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{path} does not exist; give a submission, or a folder of submissions")
        inside = [path] if each_is_one or is_single(path, list_names) else entries_of(path)
        parts = {} if inside == [path] else parts_of_people(inside)
        others = [one for one in inside if one.name not in parts]
        of_people, left = _entries_of_people(inside, parts)
        entries += [*of_people, *_entries_of_paths([one for one in others if not _is_note(one)])]
        notes = list(filter(_is_note, others))
        ignored += [*left, *notes]
        people |= {parts[path.name].person: parts[path.name] for path in left}
        for owner, name in _documents(left, notes, parts):
            documents.setdefault(owner, []).append(printable(name))
    if not entries:
        raise UsageError(f"{', '.join(map(str, paths))}: no submission; give a folder of folders or archives")
    submissions = [replace(one, refused=_refusal(one, left_out)) for one in _with_ids(entries)]
    platforms = {person: part.platform for person, part in people.items()}
    longer = {one.id: one.longer for one in submissions} | {person: part.longer for person, part in people.items()}
    return FoundSubmissions(
        submissions, sorted(printable(path.name) for path in ignored), documents, platforms, longer
    )  # fmt: skip


def _documents(left: Sequence[Path], notes: Sequence[Path], parts: Mapping[str, Part]) -> Iterator[tuple[str, str]]:
    """Owner and name of each document of people who handed in nothing else; notes of staff are left out."""
    yield from ((parts[path.name].person, parts[path.name].name or path.name) for path in left)
    yield from ((path.stem, path.name) for path in notes if path.name.lower().endswith(DOCUMENTS))


def _refusal(submission: Submission, left_out: Reasons) -> str:
    """The reason why the first file was not unpacked, and the number of others; empty if only documents are missing."""
    own = set(submission.files.values()) or {submission.path}
    missing = [path for path in sorted(left_out) if own & {path, *path.parents} and not _is_note(path)]
    if not missing:
        return ""
    others = f" (and {len(missing) - 1} more of its files)" if missing[1:] else ""
    return left_out[missing[0]] + others


def is_single(path: Path, list_names: Sequence[str]) -> bool:
    """True for one submission; False for a folder of them. A zip is one here, whatever it holds."""
    if not path.is_dir():
        return True
    inside = entries_of(path)
    return not parts_of_people(inside) and is_one_submission(inside, list_names)


def _entries_of_people(inside: Sequence[Path], parts: Mapping[str, Part]) -> tuple[list[_Entry], list[Path]]:
    """A submission for each person who handed in more than documents, and the documents of the others."""
    people: dict[str, list[Path]] = {}
    for path in inside:
        if path.name in parts:
            people.setdefault(parts[path.name].person, []).append(path)
    entries, left = [], []
    for person, paths in people.items():
        found = list(_entries_of_person(person, paths, parts))
        entries += found
        left += [] if found else paths
    return entries, left


def _entries_of_person(person: str, paths: Sequence[Path], parts: Mapping[str, Part]) -> Iterator[_Entry]:
    """One submission of all files, or of the one folder; folders and files together are rows of their own."""
    left = [path for path in paths if parts[path.name].is_text or parts[path.name].is_copy or _is_note(path)]
    all_work = [path for path in paths if path not in left]
    counts = last_attempt(parts, [path.name for path in all_work])
    work = [path for path in all_work if path.name in counts]
    folders = [path for path in work if path.is_dir()]
    settings = settings_of(work, paths, parts)
    about = {
        "earlier": tuple(printable(path.name) for path in all_work if path not in work),
        "handed_in": hand_in_time([parts[path.name] for path in work]) if work else "",
        "platform": parts[paths[0].name].platform,
        "longer": parts[paths[0].name].longer,
    }
    if len(work) == 1 and (folders or work[0].name.lower().endswith(ARCHIVES)):
        found, used = [_Entry(work[0], person)], work
    elif folders:
        found, used = list(_entries_of_paths(work)), work
    else:
        used = [*work, *settings]
        found = [_Entry(work[0], person, own_names(used, parts))] if work else []
    beside = [path for path in paths if path not in [*all_work, *used] and not parts[path.name].is_description]
    names = names_for_owner(paths, parts)
    yield from (replace(one, **about, beside=tuple(printable(names[path]) for path in beside)) for one in found)


def _entries_of_paths(paths: Sequence[Path]) -> Iterator[_Entry]:
    """A submission of each path; a graph and the numbers next to it are one."""
    tensors = {path.name.removesuffix(TENSORS) + GRAPH: path for path in paths if path.name.endswith(TENSORS)}
    graphs = {path.name for path in paths} & set(tensors)
    for path in paths:
        if path.name in graphs:
            numbers = tensors[path.name]
            yield _Entry(path, _short_name(path), {path.name: path, numbers.name: numbers})
        elif path not in (tensors[name] for name in graphs):
            yield _Entry(path, _short_name(path))


def _is_note(path: Path) -> bool:
    """True for a file of the staff, or a document that comes with a submission."""
    return path.name.lower().endswith((*NOTES, *DOCUMENTS)) and not path.is_dir()


def _with_ids(entries: Sequence[_Entry]) -> list[Submission]:
    """The submissions with their ids, by id: the file's name without its ending, or with it if that is not unique.

    Raises:
        UsageError: two have the same name in different folders.
    """
    files = Counter(entry.path.name for entry in entries)
    if same := sorted(name for name, count in files.items() if count > 1):
        more = f", and so are {len(same) - 1} more" if same[1:] else ""
        raise UsageError(f"{printable(same[0])!r} is in two of the given paths{more}; grade them one after the other")
    names = Counter(printable(entry.name) for entry in entries)
    names.update({printable(entry.path.name) for entry in entries if entry.path.name != entry.name})
    named: dict[str, _Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.path.name):
        name = printable(entry.name)
        named[unused_name(name if names[name] == 1 else printable(entry.path.name), entry.path.name, named)] = entry
    return [
        Submission(
            name,
            found.path,
            found.files,
            found.earlier,
            found.handed_in,
            beside=found.beside,
            platform=found.platform,
            longer=found.longer,
        )
        for name, found in sorted(named.items())
    ]


def _short_name(path: Path) -> str:
    if path.is_dir() and not path.is_symlink():
        return path.resolve().name
    ending = next((ending for ending in SINGLE if path.name.lower().endswith(ending)), "")
    return path.name[: len(path.name) - len(ending)]
