"""Claims files read and checked: the bundled ``claims.toml``, and other papers'."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from benchmark.errors import UsageError, first_complaint
from benchmark.registry import find
from benchmark.reports.claims import Claim, Claims, OtherClaims, Report, ScoreTest, split_row
from benchmark.reports.figures import DrawsFigure, Figure, ScoreFigure, SheetFigure, is_range
from benchmark.reports.score_ranges import check_test, check_value
from benchmark.tasks import TASKS, Task

if TYPE_CHECKING:
    from benchmark.data.datasets import DataSet

BUNDLED = Path(__file__).with_name("claims.toml")
ENTRIES = {"reports": ("report", "key"), "claims": ("claim", "id"), "figures": ("figure", "name")}  # what names one


def load_claims(*others: Path) -> Claims:
    """The bundled claims and those of other files, together.

    Raises:
        UsageError: a file cannot be read; a key is unknown or a value wrong; a report, task, score, condition list or
            row is unknown; a score cannot have a number; two claims have one id, or two reports one key.
    """
    read = [(path, read_claims(path)) for path in (BUNDLED, *others)]
    reports = {report.key: report for _, file in read for report in file.reports}
    _check_unique("reports", [(report.key, path) for path, file in read for report in file.reports])
    _check_unique("claims", [(claim.id, path) for path, file in read for claim in file.claims])
    _check_unique("figures", [(figure.stem, path) for path, file in read for figure in file.figures])
    for path, file in read:
        with _named(str(path)):
            for claim in file.claims:
                check_claim(claim, reports)
            for figure in file.figures:
                check_figure(figure, reports)
    return Claims(
        reports=tuple(reports.values()),
        claims=tuple(claim for _, file in read for claim in file.claims),
        figures=tuple(figure for _, file in read for figure in file.figures),
    )


def select_reports(claims: Claims, keys: Sequence[str]) -> Claims:
    """The claims and figures of some reports; of all of them if none is named.

    Raises:
        UsageError: no report has that key.
    """
    if not keys:
        return claims
    known = {report.key: report for report in claims.reports}
    chosen = {find("report", key, known, listed="Known").key for key in keys}
    return claims.model_copy(
        update={
            "reports": tuple(report for report in claims.reports if report.key in chosen),
            "claims": tuple(claim for claim in claims.claims if claim.report in chosen),
            "figures": tuple(figure for figure in claims.figures if figure.report in chosen),
        }
    )


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
        return (Claims if path == BUNDLED else OtherClaims).model_validate(document)
    except ValidationError as error:
        raise UsageError(f"{path}: {first_complaint(error, _place(error, document))}") from error


def check_claim(claim: Claim, reports: dict[str, Report]) -> None:
    """Raise UsageError unless the claim's report, task and rows are known, rows can do the task, and tests fit it."""
    from benchmark.definitions.model_settings import model_config

    where = f"claim {claim.id}"
    with _named(where):
        find("report", claim.report, reports)
        task = find("task", claim.task, TASKS)
        for row in claim.rows:
            model_config(split_row(row)[0], task)
    for number, test in enumerate(claim.tests, 1):
        if isinstance(test, ScoreTest):
            with _named(f"{where}, test {number}"):
                check_score_test(test, task)


def check_score_test(test: ScoreTest, task: Task) -> None:
    """Raise UsageError unless the task has the test's score and condition list, and the score can have its numbers."""
    from benchmark.data.datasets import dataset_of

    find(f"score of {task.name}", test.score, dict.fromkeys(task.scores))
    if test.group is not None:  # of other groups no interval is known
        lists = known_lists(dataset_of(task)) if test.score in task.condition_scores else {}
        find(f"condition list of {test.score}", test.group, lists, listed="It has")
    check_test(test, task.evaluator(test.score))


def check_figure(figure: Figure, reports: dict[str, Report]) -> None:
    """Raise UsageError unless the figure's report, task, score, rows, conditions and reported values are possible."""
    from benchmark.data.datasets import dataset_of
    from benchmark.definitions.model_settings import model_config

    with _named(f"figure {figure.stem}"):
        find("report", figure.report, reports)
        task = find("task", figure.task, TASKS)
        dataset = dataset_of(task)
        if isinstance(figure, ScoreFigure | DrawsFigure):
            scores = task.scores if isinstance(figure, ScoreFigure) else task.condition_scores
            find(f"score of {task.name}", figure.score, dict.fromkeys(scores))
            for value in reported_by(figure):
                check_value("a value in reported", value, task.evaluator(figure.score))
        if isinstance(figure, SheetFigure):
            check_sheet(figure, task)
        for name in lists_of(figure):
            find(f"condition list of {dataset.name}", name, known_lists(dataset))
        for row in figure.rows:
            model_config(row, task)


def check_sheet(figure: SheetFigure, task: Task) -> None:
    """Raise UsageError unless a sheet's conditions are of its task; of a task that translates it shows all domains."""
    from benchmark.data.datasets import dataset_of
    from benchmark.data.prompts import condition_of

    given = [name for name in ("conditions", "list", "updates") if getattr(figure, name)]
    if task.translates and given:
        raise UsageError(f"{given[0]} is given, but {task.name} translates: its sheet has every domain; leave it out")
    for words in figure.conditions:
        condition_of(dataset_of(task), words)


def reported_by(figure: ScoreFigure | DrawsFigure) -> list[float]:
    """The numbers that a figure shows as the report's own."""
    given = figure.reported.values() if isinstance(figure, DrawsFigure) else figure.reported
    return [number for one in given for number in (one if is_range(one) else (one,))]


def lists_of(figure: Figure) -> tuple[str, ...]:
    """The condition lists that a figure shows."""
    if isinstance(figure, DrawsFigure):
        return figure.lists
    return (figure.list,) if isinstance(figure, SheetFigure) and figure.list is not None else ()


def known_lists(dataset: DataSet) -> dict[str, Any]:
    """The condition lists of a data set, by name."""
    return dataset.rendered_lists() if dataset.rendered_lists else {}


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Within, a UsageError begins with the place that it is about."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _check_unique(what: str, names: Sequence[tuple[str, Path]]) -> None:
    """Raise UsageError if two names are equal; each comes with the file that it stands in."""
    first: dict[str, Path] = {}
    for name, path in names:
        if name in first:
            other = "the bundled file" if first[name] == BUNDLED else first[name]
            raise UsageError(f"{path}: two {what} are called {name!r}, the first in {other}; rename one of them")
        first[name] = path


def _place(error: ValidationError, document: dict[str, Any]) -> str:
    """The place of the first thing that is wrong, in words: ``claim P1.1, test 1, effect``."""
    loc = list(error.errors(include_url=False)[0]["loc"])
    words = []
    if len(loc) > 1 and loc[0] in ENTRIES:
        section, number, *loc = loc
        word, key = ENTRIES[section]
        entry = document[section][number]
        words.append(f"{word} {entry.get(key, number + 1) if isinstance(entry, dict) else number + 1}")
        loc = loc[1:] if section == "figures" else loc  # without the kind
        if len(loc) > 1 and loc[0] == "tests":
            words.append(f"test {loc[1] + 1}")
            loc = loc[3:]  # without the measure
    fields = [str(part + 1 if isinstance(part, int) else part) for part in loc if part != "[key]"]
    return ", ".join([*words, ".".join(fields)] if fields else words)
