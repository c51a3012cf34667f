"""Judged claims as Markdown, one page a report, and for machines; the same records give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args

from benchmark.reports.claims import Budget, Report
from benchmark.reports.figures import Figure
from benchmark.reports.judging import Judged
from benchmark.reports.verdicts import Finding, Missing, Verdict
from benchmark.system.markup import escape_markdown

NONE = "–"  # noqa: RUF001
HEAD = ("id", "claim", "measured", "verdict", "at budget")
LEGEND = (
    "A claim is reproduced if the 95 % interval of every number lies where the claim holds, contradicted if one "
    "interval lies outside, else undecided. A comparison decides nothing while one of its rows is undertrained or "
    "collapsed after fewer updates than the report's, unless that is the claim; nor does a level, or an end of the run "
    "that may still come, contradict a claim after fewer updates than the report's. The intervals are over the images "
    "or over the log of one run, unless they are over several seeds: one run says nothing about other seeds."
)


@dataclass(frozen=True)
class DrawnFigure:
    """A figure of a page."""

    figure: Figure
    files: tuple[str, ...]  # in the folder "figures" next to the pages
    missing: tuple[str, ...]  # rows that it lacks
    shown: tuple[Any, ...] = ()  # what a plot is drawn from, see plots.rows_of; (): a sheet, or nothing is there
    table: tuple[tuple[str, ...], ...] = ()  # lines of cells below it, the head first
    rows: tuple[str, ...] = ()  # that drew the files, one each; (): one file shows all rows


def documents(
    reports: Sequence[Report], judged: Sequence[Judged], figures: Sequence[DrawnFigure] = ()
) -> dict[str, str]:
    """File name to Markdown, for each report."""
    return {
        f"{report.key}.md": page(
            report,
            [one for one in judged if one.claim.report == report.key],
            [one for one in figures if one.figure.report == report.key],
        )
        for report in reports
    }


def page(report: Report, judged: Sequence[Judged], figures: Sequence[DrawnFigure] = ()) -> str:
    """A report's claims as a table, a note on each below it, and its figures."""
    lines = [HEAD, ["---"] * len(HEAD), *map(row, judged)]
    notes = dict.fromkeys(note(one) for one in judged)
    return "\n".join(
        [
            f"# {escape_markdown(report.key)}: {escape_markdown(report.title)}",
            "",
            "Made from the records by `cgan-bench claims report`; do not edit.",
            "",
            escape_markdown(report.trained),
            "",
            counts(judged),
            "",
            *(f"| {' | '.join(line)} |" for line in lines),
            "",
            LEGEND,
            "",
            *notes,
            "",
            *(["## Figures", ""] if figures else []),
            *(line for one in figures for line in figure_lines(one)),
        ]
    )


def counts(judged: Sequence[Judged]) -> str:
    """The number of claims with each verdict, in one sentence."""
    found = []
    for verdict in get_args(Verdict):
        same = [one for one in judged if one.verdict == verdict]
        below = sum(one.is_below_report for one in same)
        after = f" ({below} after shorter training than the report's)" if below else ""
        found += [f"{len(same)} {verdict}{after}"] if same else []
    return f"Verdicts: {', '.join(found)}."


def figure_lines(drawn: DrawnFigure) -> list[str]:
    """A figure's title, its files, and the rows that it lacks."""
    title = escape_markdown(drawn.figure.title)
    rows = [escape_markdown(row) for row in drawn.rows]
    images = [f"![{title}](figures/{name})" for name in drawn.files]
    if rows:
        sheets = zip(rows, drawn.files, strict=True)
        images = [f"{row}:\n\n![{title}: {row}](figures/{name})" for row, name in sheets]
    missing = [f"Not there yet: {escape_markdown(', '.join(drawn.missing))}."] if drawn.missing else []
    head, *lines = drawn.table or ((),)
    cells = [head, ["---"] * len(head), *lines] if drawn.table else []
    table = ["\n".join(f"| {' | '.join(map(escape_markdown, line))} |" for line in cells)] if cells else []
    return [f"### {title}", "", *(line for text in (*images, *table, *missing) for line in (text, ""))]


def row(judged: Judged) -> list[str]:
    """The cells of one claim."""
    claim = judged.claim
    found = [finding_words(test) for test in judged.tests if isinstance(test, Finding)]
    numbers = "<br>".join(found + missing_words([test for test in judged.tests if isinstance(test, Missing)]))
    names = map(escape_markdown, (claim.id, claim.words))
    return [*names, numbers or NONE, verdict_words(judged), budget_words(judged)]


def finding_words(test: Finding) -> str:
    """One test: quantity, number, where it must lie, and what follows."""
    why = "" if test.reason is None else f", since {test.reason}"
    return escape_markdown(f"{test.words}: {test.number}; the claim needs: {test.needed}; {test.verdict}{why}")


def missing_words(tests: Sequence[Missing]) -> list[str]:
    """Reasons of missing numbers: all absent rows in one line, then each other reason once."""
    rows = dict.fromkeys(row for test in tests for row in test.rows)
    reasons = [f"no record of {', '.join(rows)}"] if rows else []
    reasons += dict.fromkeys(test.reason for test in tests if not test.rows)
    return [escape_markdown(f"not measured: {reason}") for reason in reasons]


def verdict_words(judged: Judged) -> str:
    """The verdict, with its restriction or the reason why there is none."""
    text = f"**{judged.verdict}**"
    if judged.claim.not_measured is not None:
        return f"{text}: {escape_markdown(judged.claim.not_measured)}"
    if judged.verdict == "not measured":
        return f"{text}: {judged.measured} of {len(judged.tests)} numbers are there"
    return text + (", below the report's budget" if judged.is_below_report else "")


def budget_words(judged: Judged, escape: Callable[[str], str] = escape_markdown) -> str:
    """The budget at which it was decided, and the report's own, with names as some markup shows them."""
    reported = escape(reported_budget(judged.claim.budget))
    if judged.protocol is None:
        return reported
    seeds = f"{judged.seeds} seed{'' if judged.seeds == 1 else 's'}"
    updates = "" if judged.updates is None else f"{judged.updates:,} updates ({escape(judged.budget)}), "
    return f"{updates}{seeds}, {escape(judged.protocol)}; {reported}"


def reported_budget(budget: Budget) -> str:
    """The report's budget in its own words, and the number of updates that stands for it here."""
    here = f"{budget.updates:,} updates here"
    return f"report: {budget.words} ({here})" if budget.stated else f"report: not stated ({here}, {budget.words})"


def note(judged: Judged) -> str:
    """The reason why the claim's tests express its words, and what they leave out."""
    left_out = "" if judged.claim.left_out is None else f" Left out: {escape_markdown(judged.claim.left_out)}"
    return f"- **{escape_markdown(judged.claim.id)}**: {escape_markdown(judged.claim.why)}{left_out}"


def claim_document(judged: Judged) -> dict[str, Any]:
    """A judged claim as plain data, for ``--json`` and for the leaderboard's page."""
    claim = judged.claim
    return {
        "id": claim.id, "report": claim.report, "words": claim.words, "verdict": judged.verdict,
        "below_report": judged.is_below_report, "budget": judged.budget, "updates": judged.updates,
        "report_updates": claim.budget.updates, "report_updates_stated": claim.budget.stated,
        "report_budget": reported_budget(claim.budget),
        "protocol": judged.protocol, "seeds": judged.seeds, "not_measured": claim.not_measured,
        "tests": [asdict(test) for test in judged.tests],
    }  # fmt: skip
