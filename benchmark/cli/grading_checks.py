"""Mistakes in the words of ``grade`` that are refused before libraries are loaded, which takes seconds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.errors import UsageError

if TYPE_CHECKING:
    from benchmark.grading.request import GradingRequest


def check_early(submissions: Sequence[Path], request: GradingRequest) -> None:
    """Raise UsageError for a path, a number, a task, a roster or decisions that cannot be used."""
    from benchmark.grading.request import check_system

    if submissions:
        check_system()
    for path in submissions:
        if not os.path.lexists(path):
            raise UsageError(f"{path} does not exist; give a submission, or a folder of submissions")
        if request.conditions and path.suffix == ".json":
            raise UsageError(f"{path} is no submission; if it lists conditions, give --conditions {path}, too")
    for option, path in _files(request):
        if not path.exists():
            raise UsageError(f"{option} {path} does not exist; give a file that does")
    request.check()
    _check_task(request.task)
    from benchmark.grading.decisions.decision_file import read_decisions
    from benchmark.grading.output.gradebook import check_no_grades
    from benchmark.grading.roster.roster_file import read_roster

    check_no_grades(submissions)
    if request.roster is not None:
        read_roster(request.roster, says_encoding=False)
    if request.decisions is not None:
        read_decisions(request.decisions, says_encoding=False)


def check_kept(folders: Iterable[Path]) -> None:
    """Raise UsageError where there are no grades of an earlier batch."""
    for folder in folders:
        if not folder.exists():
            raise UsageError(f"{folder} does not exist; give a folder that 'grade' wrote")


def _files(request: GradingRequest) -> Iterator[tuple[str, Path]]:
    given = {"--scheme": request.scheme, "--hidden": request.hidden, "--judge": request.judge}
    given["--second-judge"] = request.second_judge
    yield from ((option, path) for option, path in given.items() if path is not None)
    yield from (("--conditions", path) for path in request.conditions)


def _check_task(name: str) -> None:
    from benchmark.plugins.loading import find_or_load
    from benchmark.tasks import TASKS

    if not name.endswith(".toml"):
        find_or_load("task", name, TASKS)
