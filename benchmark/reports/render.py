"""Judged claims as Markdown, one page a report, and for machines; the same records give the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, get_args

from benchmark.reports.claims import Budget, Report
from benchmark.reports.figures import Figure
from benchmark.reports.judging import Judged
from benchmark.reports.verdicts import Finding, Missing, Verdict
from benchmark.system.markup import escape_markdown

NONE = "–"  # noqa: RUF001
HEAD = ("id", "claim", "verdict", "tests", "at budget")
SHORTER = "after shorter training"
LEGEND = (
    "A claim is reproduced if the 95 % interval of every test lies where the claim holds. It is contradicted if one "
    "interval lies wholly outside. Otherwise it is undecided. "
    "Shorter training has fewer updates than the report's, or than those chosen here where the report states none. "
    "It cannot contradict a value or a collapse that it may still reach. "
    "A comparison with a short run that collapsed or learned too little decides nothing, unless the claim is about "
    "that. A saturated score decides nothing: the other row is so near to its bound that the claimed difference has "
    "no room. Intervals are over the images or over the log of one run, or over the seeds of several. One run says "
    "nothing about other seeds."
)


@dataclass(frozen=True)
class DrawnFigure:
    """A figure of a page."""

    figure: Figure
    files: tuple[str, ...]  # in the folder "figures" next to the pages
    missing: tuple[str, ...]  # rows that it lacks
    shown: tuple[Any, ...] = ()  # what a plot is drawn from, see plots.rows_of; (): a sheet, or nothing is there
    table: tuple[tuple[str, ...], ...] = ()  # lines of cells below it, the head first
    heads: tuple[str, ...] = ()  # what stands above each file; (): one file shows all rows


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
    """A report's claims as a short table, the tests of each below it, and its figures."""
    lines = [HEAD, ["---"] * len(HEAD), *map(row, judged)]
    of_claim = groupby(judged, key=lambda one: one.claim.id)
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
            "## Tests",
            "",
            *(line for _, same in of_claim for line in lines_of_tests(list(same))),
            *(["## Figures", ""] if figures else []),
            *(line for one in figures for line in figure_lines(one)),
        ]
    )


def counts(judged: Sequence[Judged]) -> str:
    """The number of claims with each verdict, in one sentence."""
    found = []
    for verdict in get_args(Verdict):
        same = [one for one in judged if one.verdict == verdict]
        below = sum(one.is_after_shorter_training for one in same)
        after = f" ({below} {SHORTER})" if below else ""
        found += [f"{len(same)} {verdict}{after}"] if same else []
    return f"Verdicts: {', '.join(found)}."


def figure_lines(drawn: DrawnFigure) -> list[str]:
    """A figure's title, its files, and the rows that it lacks."""
    title = escape_markdown(drawn.figure.title)
    heads = [escape_markdown(head) for head in drawn.heads]
    images = [f"![{title}](figures/{name})" for name in drawn.files]
    if heads:
        sheets = zip(heads, drawn.files, strict=True)
        images = [f"{head}:\n\n![{title}: {head}](figures/{name})" for head, name in sheets]
    missing = [f"Not there yet: {escape_markdown(', '.join(drawn.missing))}."] if drawn.missing else []
    head, *lines = drawn.table or ((),)
    cells = [head, ["---"] * len(head), *lines] if drawn.table else []
    table = ["\n".join(f"| {' | '.join(map(escape_markdown, line))} |" for line in cells)] if cells else []
    return [f"### {title}", "", *(line for text in (*images, *table, *missing) for line in (text, ""))]


def row(judged: Judged) -> list[str]:
    """The cells of one claim; its id leads to its tests."""
    claim = judged.claim
    name, words = map(escape_markdown, (claim.id, claim.words))
    link = f"[{name}](#{anchor(claim.id)})"
    return [link, words, verdict_words(judged), counts_of_tests(judged.tests), budget_words(judged)]


def anchor(claim_id: str) -> str:
    """The end of a link to a claim's heading, as GitHub makes it."""
    return f"claim-{claim_id.lower().replace('.', '')}"


def counts_of_tests(tests: Sequence[Finding | Missing]) -> str:
    """The number of tests with each verdict; a dash where there are no tests."""
    found = Counter(test.verdict for test in tests)
    return ", ".join(f"{found[verdict]} {verdict}" for verdict in get_args(Verdict) if found[verdict]) or NONE


def lines_of_tests(same: Sequence[Judged]) -> list[str]:
    """One claim's tests under each protocol, with the reason why they express its words, and what they leave out."""
    claim = same[0].claim
    lines = [f"### Claim {escape_markdown(claim.id)}", "", escape_markdown(claim.words), ""]
    for judged in same:
        lines += [f"Under {escape_markdown(judged.protocol)}:", ""] if len(same) > 1 and judged.protocol else []
        lines += [f"- {words_of_test(test)}" for test in judged.tests] + ([""] if judged.tests else [])
    left_out = [f"Left out: {escape_markdown(claim.left_out)}", ""] if claim.left_out is not None else []
    return [*lines, f"Why these tests: {escape_markdown(claim.why)}", "", *left_out]


def words_of_test(test: Finding | Missing) -> str:
    """One test: its verdict, quantity, number, where it must lie, and why it decides nothing."""
    if isinstance(test, Missing):
        return f"**{test.verdict}**: {escape_markdown(f'{test.words} ({test.reason})')}"
    why = "" if test.reason is None else f". It decides nothing, since {test.reason}"
    return f"**{test.verdict}**: {escape_markdown(f'{test.words}: {test.number}; needed: {test.needed}{why}')}"


def verdict_words(judged: Judged) -> str:
    """The verdict, with its restriction or the reason why there is none."""
    text = f"**{judged.verdict}**"
    if judged.claim.not_measured is not None:
        return f"{text}: {escape_markdown(judged.claim.not_measured)}"
    return text + (f", {SHORTER}" if judged.is_after_shorter_training else "")


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
    if budget.stated:
        return f"report: {budget.words} ({budget.updates:,} updates here)"
    why = "" if budget.words is None else f", {budget.words}"
    return f"report: not stated; our choice: {budget.updates:,} updates{why}"


def claim_document(judged: Judged) -> dict[str, Any]:
    """A judged claim as plain data, for ``--json`` and for the leaderboard's page."""
    claim = judged.claim
    return {
        "id": claim.id, "report": claim.report, "words": claim.words, "verdict": judged.verdict,
        "shorter_training": judged.is_after_shorter_training, "budget": judged.budget, "updates": judged.updates,
        "report_updates": claim.budget.updates, "report_updates_stated": claim.budget.stated,
        "report_budget": reported_budget(claim.budget),
        "protocol": judged.protocol, "seeds": judged.seeds, "not_measured": claim.not_measured,
        "tests": [asdict(test) for test in judged.tests],
    }  # fmt: skip
