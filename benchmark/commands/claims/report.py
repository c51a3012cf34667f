"""Verdicts on the reports' claims, from a folder of records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmark.records.store import load_records
from benchmark.reports import pages
from benchmark.reports.judging import judge
from benchmark.reports.load import load_claims
from benchmark.reports.render import claim_document


def report(records: Path, out: Path, *, others: Sequence[Path], check: bool, pdf: bool = False) -> dict[str, Any]:
    """Judge all claims, and write or check the pages of their reports with their figures.

    Returns:
        The verdicts, and the paths that were written or, with ``check``, the differences.

    Raises:
        UsageError: a claims file is wrong, or there are no records, or a file of theirs is damaged.
    """
    claims = load_claims(*others)
    known = load_records(records)
    judged, figures = judge(claims.claims, known, records), pages.drawn_figures(claims, known, records, out)
    found = {"claims": [claim_document(one) for one in judged]}
    if check:
        return found | {"differences": pages.check(claims, judged, figures, out)}
    return found | {"written": list(map(str, pages.write(claims, judged, figures, out, pdf=pdf)))}


def verdicts_in_words(judged: Iterable[dict[str, Any]]) -> dict[str, str]:
    """One line a claim and protocol, for people."""
    found: dict[str, str] = {}
    for one in judged:
        below = ", below the report's budget" if one["below_report"] else ""
        line = f"{one['verdict']}{below}"
        found[one["id"]] = f"{found[one['id']]}; {line}" if one["id"] in found else line
    return found
