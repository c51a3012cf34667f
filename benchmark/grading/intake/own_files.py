"""One person's files in a platform's folder: by their own names, and with the attempt that they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.grading.intake.folders import PARTS
from benchmark.grading.intake.platforms import Part


def settings_of(work: Sequence[Path], paths: Sequence[Path], parts: Mapping[str, Part]) -> list[Path]:
    """A manifest and settings that were handed in with the attempt that counts, not those of an earlier one."""
    times = {parts[path.name].time for path in work}
    others = (path for path in paths if path not in work)
    return [path for path in others if parts[path.name].name in PARTS and parts[path.name].time in times]


def own_names(paths: Sequence[Path], parts: Mapping[str, Part]) -> dict[str, Path]:
    """Files by the names that their owner gave them; by the platform's names if these are missing or not unique."""
    files: dict[str, Path] = {}
    for path in paths:
        name = parts[path.name].name
        files[path.name if name in ("", ".", "..") or name in files else name] = path
    return files


def names_for_owner(paths: Sequence[Path], parts: Mapping[str, Part]) -> dict[Path, str]:
    """Names by which a person knows their files: their own, or the platform's where several have one name."""
    names = [parts[path.name].name for path in paths]
    is_clear = {name for name, count in Counter(names).items() if name and count == 1}
    return {path: name if name in is_clear else path.name for path, name in zip(paths, names, strict=True)}
