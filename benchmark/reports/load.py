"""Claims files read and checked: the bundled ``claims.toml``, and other papers'."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from benchmark.errors import UsageError, first_complaint
from benchmark.registry import find
from benchmark.reports.claims import Claim, Claims, Report, ScoreTest, split_row
from benchmark.reports.figures import DrawsFigure, Figure, ScoreFigure, SheetFigure
from benchmark.tasks import TASKS

if TYPE_CHECKING:
    from benchmark.data.datasets import DataSet

BUNDLED = Path(__file__).with_name("claims.toml")


def load_claims(*others: Path) -> Claims:
    """The bundled claims and those of other files, together.

    Raises:
        UsageError: a file cannot be read; a key is unknown or a value wrong; a report, task, score or row is unknown;
            two claims have one id, or two reports one key.
    """
    read = [read_claims(path) for path in (BUNDLED, *others)]
    reports = tuple(report for file in read for report in file.reports)
    claims = tuple(claim for file in read for claim in file.claims)
    _check_unique("reports", [report.key for report in reports])
    _check_unique("claims", [claim.id for claim in claims])
    for claim in claims:
        check_names(claim, {report.key: report for report in reports})
    figures = tuple(figure for file in read for figure in file.figures)
    _check_unique("figures", [figure.stem for figure in figures])
    for figure in figures:
        check_figure(figure, {report.key: report for report in reports})
    return Claims(reports=reports, claims=claims, figures=figures)


def read_claims(path: Path) -> Claims:
    """One file by itself; its names are not looked up.

    Raises:
        UsageError: one line with file, place, what was given and what is allowed.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; give a claims file in TOML") from error
    except ValueError as error:
        raise UsageError(f"{path} is not TOML in UTF-8: {error}; correct it there") from error
    try:
        return Claims.model_validate(document)
    except ValidationError as error:
        raise UsageError(f"{path}: {_explain(error, document)}") from error


def check_names(claim: Claim, reports: dict[str, Report]) -> None:
    """Raise UsageError unless the claim's report, task, scores and rows are known and the rows can do the task."""
    from benchmark.definitions.model_settings import model_config

    where = f"claim {claim.id}"
    try:
        find("report", claim.report, reports)
        task = find("task", claim.task, TASKS)
        for test in claim.tests:
            if isinstance(test, ScoreTest):
                find(f"score of {task.name}", test.score, dict.fromkeys(task.scores))
        for row in claim.rows:
            model_config(split_row(row)[0], task)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def check_figure(figure: Figure, reports: dict[str, Report]) -> None:
    """Raise UsageError unless the figure's report, task, score, rows and conditions are known."""
    from benchmark.data.datasets import dataset_of
    from benchmark.data.prompts import condition_of
    from benchmark.definitions.model_settings import model_config

    try:
        find("report", figure.report, reports)
        task = find("task", figure.task, TASKS)
        dataset = dataset_of(task)
        if isinstance(figure, ScoreFigure | DrawsFigure):
            scores = task.scores if isinstance(figure, ScoreFigure) else task.condition_scores
            find(f"score of {task.name}", figure.score, dict.fromkeys(scores))
        for words in figure.conditions if isinstance(figure, SheetFigure) else ():
            condition_of(dataset, words)
        for name in lists_of(figure):
            find(f"condition list of {dataset.name}", name, known_lists(dataset))
        for row in figure.rows:
            model_config(row, task)
    except UsageError as error:
        raise UsageError(f"figure {figure.stem}: {error}") from error


def lists_of(figure: Figure) -> tuple[str, ...]:
    """The condition lists that a figure shows."""
    if isinstance(figure, DrawsFigure):
        return figure.lists
    return (figure.list,) if isinstance(figure, SheetFigure) and figure.list is not None else ()


def known_lists(dataset: DataSet) -> dict[str, Any]:
    """The condition lists of a data set, by name."""
    return dataset.rendered_lists() if dataset.rendered_lists else {}


def _check_unique(what: str, names: list[str]) -> None:
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"two {what} are called {twice[0]!r}; rename one of them")


def _explain(error: ValidationError, document: dict[str, Any]) -> str:
    """The first thing that is wrong, with the id of its claim."""
    place = error.errors(include_url=False)[0]["loc"]
    named = document["claims"][place[1]] if place[:1] == ("claims",) and len(place) > 1 else None
    claim = f"claim {named['id']}: " if isinstance(named, dict) and "id" in named else ""
    return claim + first_complaint(error)
