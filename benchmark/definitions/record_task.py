"""The task of a record: a bundled one, or one of one's own that a person names."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import replace

from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.registry import find
from benchmark.tasks import TASKS, Task
from evaluators import EVALUATORS
from evaluators.base import Evaluator


def task_of_record(record: Record, own: Task | None = None) -> Task:
    """The task that a record is of, with the scores that the record has, too.

    Args:
        record: any.
        own: a task that is not bundled; may be left out for a record of a bundled one.

    Raises:
        UsageError: no bundled task has the name, or the record is of one's own task, and ``own`` is another one.
    """
    name, definition = record.protocol.task, record.protocol.definition_sha256
    if definition is None:
        return find("task", name, TASKS)
    if own is None:
        raise UsageError(f"task {name!r} is not bundled; give its file or plug-in with --task")
    if own.name != name:
        raise UsageError(f"task {name!r} is not {own.name!r} of {own.source}; give its own file or plug-in with --task")
    if own.definition_sha256 != definition:
        raise UsageError(
            f"task {name!r} was another one than {own.source} defines now; put that back, or score the run again"
        )
    return _showing(own, (*record.scores, *record.refused))


def _showing(task: Task, scores: Iterable[str]) -> Task:
    """The task with those of the scores that it does not list: they were requested by name."""
    return task if task.shown is None else replace(task, shown=tuple(dict.fromkeys((*task.shown, *scores))))


def evaluators_of(task: Task | None) -> Mapping[str, type[Evaluator]]:
    """The evaluators by name that a record's scores may be of: the task's own ones, if it is known, and the bundled."""
    return ChainMap({} if task is None else task.own_evaluators, EVALUATORS)
