"""The condition lists of a grading: the course's own, a file's, and one that participants never see."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmark.data.anime_faces import parse_tags
from benchmark.data.datasets import DataSet, dataset_of
from benchmark.data.iclevr import multi_hot
from benchmark.data.labels import COURSE_TEXTS, OBJECTS, course_conditions
from benchmark.errors import UsageError
from benchmark.grading.sandbox.assignment import Assignment, ConditionList, without_marks
from benchmark.tasks import Task

HIDDEN = "hidden"
IMAGES_PER_TEXT = 5  # sample_<text id>_1 to _5, as course B requests
NUMBERED = re.compile(r"\s*(\d+)[.:)]?\s+(.+)")  # "1. blue hair red eyes"
LIST_FORM = """a list such as [["red cube"], ["blue sphere", "gray cylinder"]]"""
FORM = "'<id>,<colour> hair <colour> eyes', each id once"


def assignment_of(task: Task, conditions: list[Path], hidden: Path | None, draws: int, seed: int) -> Assignment:
    """Condition lists of a task's participants.

    Args:
        task: one whose conditions a judge can see.
        conditions: files of the condition lists, named by their stems; none for the course's own.
        hidden: file of the conditions that only the grader draws for.
        draws: images that a handed-in generator draws for each condition.
        seed: of the latents that the grader draws.

    Raises:
        UsageError: a file is missing or malformed.
    """
    dataset = dataset_of(task)
    public = [_read(path, path.stem, dataset) for path in conditions] or _course_lists(dataset)
    lists = [*public, *([_read(hidden, HIDDEN, dataset, hidden=True)] if hidden else [])]
    names = [rows.name for rows in lists]
    if len(set(map(without_marks, names))) != len(names):  # submissions are read without regard to these
        raise UsageError(f"two condition lists have one name, up to case and marks ({', '.join(names)}); rename a file")
    for rows in public if hidden else ():
        if rows.rows == lists[-1].rows:
            raise UsageError(f"{hidden} requests the same as the public list {rows.name!r}; hide other conditions")
    return Assignment(
        task=task.name,
        kind=dataset.kind,
        sizes=dataset.sizes,
        image_size=dataset_of(task).image_size,
        lists=lists,
        draws=draws,
        seed=seed,
    )


def _course_lists(dataset: DataSet) -> list[ConditionList]:
    if dataset.kind == "multi_label":
        found = {name: rows.tolist() for name, rows in course_conditions().items()}
        return [ConditionList(name=name, rows=rows, stems=_numbers(rows)) for name, rows in found.items()]
    return [_texts(COURSE_TEXTS, "sample_testing_text", "the course's texts")]


def _read(path: Path, name: str, dataset: DataSet, *, hidden: bool = False) -> ConditionList:
    """A condition list from a file: JSON rows of objects, or lines of a text id and a text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}); give a condition list") from error
    if dataset.kind == "multi_label":
        rows = _object_rows(text, path)
        return ConditionList(name=name, rows=rows, stems=_numbers(rows), hidden=hidden)
    return _texts(_lines(text, path), name, str(path), hidden=hidden)


def _lines(text: str, path: Path) -> dict[str, str]:
    """Texts by id, of lines with one of each; empty lines do not count."""
    texts: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        fields = _fields(line)
        if len(fields) == 2 and fields[0] not in texts:
            texts[fields[0]] = fields[1]
        elif line.strip():
            raise UsageError(f"{path}, line {number} is {line[:80]!r}; give {FORM}")
    return texts


def _fields(line: str) -> list[str]:
    """An id and a text, or whatever else stands in a line; nothing where a quote is not closed."""
    numbered = NUMBERED.fullmatch(line)
    if numbered:
        return [numbered[1], numbered[2].strip()]
    try:
        return [field.strip() for field in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return []


def _object_rows(text: str, path: Path) -> list[list[int]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON ({error}); give {LIST_FORM}") from error
    if not isinstance(rows, list) or not rows:
        raise UsageError(f"{path} must be a non-empty JSON list of lists of objects; give {LIST_FORM}")
    return [multi_hot(row, OBJECTS, f"{path}, row {number}").tolist() for number, row in enumerate(rows)]


def _texts(texts: dict[str, str], name: str, where: str, *, hidden: bool = False) -> ConditionList:
    """Five images for each text, as course B has it; one for each line, as R2 has it, where a text comes again."""
    if not texts:
        raise UsageError(f"{where} has no lines; give {FORM}")
    rows = [list(parse_tags(text, f"{where}, text {text_id}")) for text_id, text in texts.items()]
    if len({tuple(row) for row in rows}) < len(rows):
        return ConditionList(name=name, rows=rows, stems=_line_numbers(list(texts), where), hidden=hidden)
    draws = range(1, IMAGES_PER_TEXT + 1)
    stems = [f"sample_{text_id}_{number}" for text_id in texts for number in draws]
    return ConditionList(name=name, rows=[row for row in rows for _ in draws], stems=stems, hidden=hidden)


def _line_numbers(ids: list[str], where: str) -> list[str]:
    numbers = [str(number) for number in range(1, len(ids) + 1)]
    if ids != numbers:
        raise UsageError(
            f"{where} has a text twice, so every line requests one image; number the lines from 1 to {len(ids)}"
        )
    return numbers


def _numbers(rows: Sequence[Sequence[int]]) -> list[str]:
    return [str(number) for number in range(len(rows))]
