"""The condition lists of a grading: the course's own, a file's, and one that participants never see."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from benchmark.data.anime_faces import parse_tags
from benchmark.data.course_lists import COURSE_LISTS, COURSE_TEXTS
from benchmark.data.datasets import IMAGE_SIZE, DataSet, dataset_of
from benchmark.data.iclevr import multi_hot
from benchmark.data.vocabulary import OBJECTS
from benchmark.errors import UsageError
from benchmark.grading.assignment import Assignment, ConditionList
from benchmark.tasks import Task

HIDDEN = "hidden"
PICTURES_PER_TEXT = 5  # sample_<text id>_1 to _5, as course B asks


def assignment_of(task: Task, conditions: list[Path], hidden: Path | None, draws: int, seed: int) -> Assignment:
    """What participants of a task are asked for.

    Args:
        task: one whose conditions a judge can see.
        conditions: files of the condition lists, named by their stems; none for the course's own.
        hidden: file of the conditions that only the grader draws for.
        draws: pictures that a handed-in generator draws for each condition.
        seed: of the latents that the grader draws.

    Raises:
        UsageError: a file is missing or malformed.
    """
    dataset = dataset_of(task)
    public = [_read(path, path.stem, dataset) for path in conditions] or _course_lists(dataset)
    lists = [*public, *([_read(hidden, HIDDEN, dataset, hidden=True)] if hidden else [])]
    names = [rows.name for rows in lists]
    if len(set(names)) != len(names):
        raise UsageError(f"two condition lists have the same name ({', '.join(names)}); rename a file")
    for rows in public if hidden else ():
        if rows.rows == lists[-1].rows:
            raise UsageError(f"{hidden} asks for the same as the public list {rows.name!r}; hide other conditions")
    return Assignment(
        task=task.name,
        kind=dataset.kind,
        sizes=dataset.sizes,
        image_size=IMAGE_SIZE,
        lists=lists,
        draws=draws,
        seed=seed,
    )


def _course_lists(dataset: DataSet) -> list[ConditionList]:
    if dataset.kind == "multi_label":
        found = {
            name: [[int(i in row) for i in range(len(OBJECTS))] for row in rows] for name, rows in COURSE_LISTS.items()
        }
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
    texts = {}
    for number, line in enumerate(csv.reader(io.StringIO(text)), start=1):
        if len(line) != 2 or line[0] in texts:
            raise UsageError(f"{path}, line {number}: give '<id>,<colour> hair <colour> eyes', each id once")
        texts[line[0]] = line[1]
    return _texts(texts, name, str(path), hidden=hidden)


def _object_rows(text: str, path: Path) -> list[list[int]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON ({error}); give a list such as [['red cube'], ...]") from error
    if not isinstance(rows, list) or not rows:
        raise UsageError(f"{path} must be a non-empty JSON list of lists of objects")
    return [multi_hot(row, OBJECTS, f"{path}, row {number}").tolist() for number, row in enumerate(rows)]


def _texts(texts: dict[str, str], name: str, where: str, *, hidden: bool = False) -> ConditionList:
    """Each text as often as it has pictures."""
    if not texts:
        raise UsageError(f"{where} has no lines; give '<id>,<colour> hair <colour> eyes'")
    rows, stems = [], []
    for text_id, text in texts.items():
        for number in range(1, PICTURES_PER_TEXT + 1):
            rows.append(list(parse_tags(text, f"{where}, text {text_id}")))
            stems.append(f"sample_{text_id}_{number}")
    return ConditionList(name=name, rows=rows, stems=stems, hidden=hidden)


def _multi_hot(numbers: Sequence[int]) -> list[int]:
    return [int(number in numbers) for number in range(len(OBJECTS))]


def _numbers(rows: Sequence[Sequence[int]]) -> list[str]:
    return [str(number) for number in range(len(rows))]
