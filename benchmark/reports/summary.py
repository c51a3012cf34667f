"""All verdicts in one short table, for a document that leads to the reports' pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.reports.claims import Report
from benchmark.reports.judging import Judged, claims_by_verdict
from benchmark.reports.render import NONE, anchor
from benchmark.system.markup import escape_markdown


def summary(reports: Sequence[Report], judged: Sequence[Judged], folder: str) -> str:
    """A line for each report with the ids of its claims by verdict; each leads to the claim's tests.

    Args:
        reports: in order.
        judged: their claims.
        folder: of the pages, as a link.
    """
    numbers = claims_by_verdict(judged)
    head = ("report", *(f"{verdict} ({len(names)})" for verdict, names in numbers.items()))
    lines = [head, ("---",) * len(head)]
    for report in reports:
        page, own = f"{folder}/{report.key}.md", [one for one in judged if one.claim.report == report.key]
        name = f"[{escape_markdown(report.key)}]({page}): {escape_markdown(report.title)}"
        lines.append((name, *(_links(names, page) for names in claims_by_verdict(own).values())))
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), ""])


def _links(names: Mapping[str, bool], page: str) -> str:
    """Links to claims on a report's page; a star marks those judged after shorter training alone."""
    links = (f"[{escape_markdown(name)}]({page}#{anchor(name)})" + "\\*" * below for name, below in names.items())
    return ", ".join(links) or NONE
