"""The verdicts on the reports' claims, as the page shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmark.leaderboard.page.contents import Contents

ORDER = ("reproduced", "contradicted", "undecided", "not measured")


def claim_rows(contents: Contents) -> list[dict[str, Any]]:
    """One row per claim and protocol."""
    return [claim_row(claim, contents) for claim in contents.claims]


def claim_row(claim: Mapping[str, Any], contents: Contents) -> dict[str, Any]:
    tests = claim["tests"]
    measured = [test for test in tests if "number" in test]
    numbers = [{"text": measured_text(test), "verdict": test["verdict"]} for test in measured]
    absent = dict.fromkeys(name for test in tests for name in test.get("rows", ()))
    missing = [f"No record of {', '.join(absent)}."] if absent else []
    missing += dict.fromkeys(test["reason"] for test in tests if "number" not in test and not test["rows"])
    return {
        "id": claim["id"],
        "report": claim["report"],
        "title": contents.titles.get(claim["report"], ""),
        "words": claim["words"],
        "verdict": claim["verdict"],
        "order": ORDER.index(claim["verdict"]),
        "below": claim["below_report"],
        "numbers": numbers,
        "missing": [claim["not_measured"]] if claim["not_measured"] else missing,
        "budget": budget_text(claim),
    }


def measured_text(test: Mapping[str, Any]) -> str:
    """The measured number, the numbers for which the claim holds, and the reason if it decides nothing."""
    reason = f"; {test['reason']}" if test.get("reason") else ""
    return f"{test['words']}: {test['number']}; needed: {test['needed']}{reason}"


def budget_text(claim: Mapping[str, Any]) -> str:
    reported = claim["report_budget"]
    return reported if claim["updates"] is None else f"{claim['updates']:,} updates; {reported}"


def verdict_counts(contents: Contents) -> list[tuple[str, int, int]]:
    """The number of claims with each verdict, and of those decided below the report's budget."""
    found = Counter(claim["verdict"] for claim in contents.claims)
    below = Counter(claim["verdict"] for claim in contents.claims if claim["below_report"])
    return [(verdict, found[verdict], below[verdict]) for verdict in ORDER if found[verdict]]
