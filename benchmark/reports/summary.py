"""All verdicts in one short table, for a document that leads to the reports' pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from benchmark.reports.claims import Report
from benchmark.reports.judging import Judged
from benchmark.reports.render import NONE, anchor
from benchmark.reports.verdicts import Verdict
from benchmark.system.markup import escape_markdown


def summary(reports: Sequence[Report], judged: Sequence[Judged], folder: str) -> str:
    """A line for each report with the ids of its claims by verdict; each leads to the claim's tests.

    Args:
        reports: in order.
        judged: their claims; one that was judged under several protocols stands once for each verdict.
        folder: of the pages, as a link.
    """
    verdicts = get_args(Verdict)
    head = ("report", *(f"{verdict} ({_number(judged, verdict)})" for verdict in verdicts))
    lines = [head, ("---",) * len(head)]
    for report in reports:
        page, own = f"{folder}/{report.key}.md", [one for one in judged if one.claim.report == report.key]
        name = f"[{escape_markdown(report.key)}]({page}): {escape_markdown(report.title)}"
        lines.append((name, *(_links([one for one in own if one.verdict == verdict], page) for verdict in verdicts)))
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), ""])


def _number(judged: Sequence[Judged], verdict: str) -> int:
    return len({one.claim.id for one in judged if one.verdict == verdict})


def _links(judged: Sequence[Judged], page: str) -> str:
    """Links to claims on a report's page; a star marks those judged after shorter training alone."""
    shorter: dict[str, bool] = {}
    for one in judged:
        shorter[one.claim.id] = shorter.get(one.claim.id, True) and one.is_after_shorter_training
    links = {name: f"[{escape_markdown(name)}]({page}#{anchor(name)})" for name in shorter}
    return ", ".join(link + "\\*" * shorter[name] for name, link in links.items()) or NONE
