"""The verdicts on the reports' claims, as the page shows them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.leaderboard.page.contents import Contents

ORDER = ("reproduced", "contradicted", "undecided", "not measured")


def claim_rows(contents: Contents) -> list[dict[str, Any]]:
    """One row per claim and protocol."""
    return [claim_row(claim, contents) for claim in contents.claims]


def claim_row(claim: Mapping[str, Any], contents: Contents) -> dict[str, Any]:
    tests = claim["tests"]
    return {
        "id": claim["id"],
        "report": claim["report"],
        "title": contents.titles.get(claim["report"], ""),
        "words": claim["words"],
        "verdict": claim["verdict"],
        "order": ORDER.index(claim["verdict"]),
        "below": claim["shorter_training"],
        "short": claim["not_measured"] or short_text(claim["verdict"], tests),
        "counts": counts_text(tests),
        "tests": [{"text": text_of_test(test), "verdict": test["verdict"]} for test in tests],
        "budget": budget_text(claim),
    }


def short_text(verdict: str, tests: Sequence[Mapping[str, Any]]) -> str:
    """The first test that has the claim's verdict, in one line: its number without the way it was made."""
    deciding = next((test for test in tests if test["verdict"] == verdict), None)
    if deciding is None:
        return ""
    if "number" not in deciding:
        return deciding["reason"]
    number = re.sub(r" \([^()]*\)$", "", deciding["number"])
    return f"{deciding['words']}: {number}; needed: {deciding['needed']}"


def counts_text(tests: Sequence[Mapping[str, Any]]) -> str:
    """The number of tests, and of each verdict among them; empty where there are none."""
    found = Counter(test["verdict"] for test in tests)
    counts = [f"{found[verdict]} {verdict}" for verdict in ORDER if found[verdict]]
    if len(tests) < 2:
        return "1 test" if tests else ""
    return f"{len(tests)} tests: {', '.join(counts)}"


def text_of_test(test: Mapping[str, Any]) -> str:
    """The measured number, the numbers for which the claim holds, and the reason if it decides nothing."""
    reason = f"; {test['reason']}" if test.get("reason") else ""
    return (
        f"{test['words']}: {test['number']}; needed: {test['needed']}{reason}"
        if "number" in test
        else (f"{test['words']}{reason}")
    )


def budget_text(claim: Mapping[str, Any]) -> str:
    reported = claim["report_budget"]
    return reported if claim["updates"] is None else f"{claim['updates']:,} updates; {reported}"


def verdict_counts(contents: Contents) -> list[tuple[str, int, int]]:
    """Each verdict with the number of its claims, and of those that have it after shorter training alone."""
    return [(verdict, len(names), sum(names.values())) for verdict, names in contents.verdicts.items() if names]
