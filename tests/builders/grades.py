"""Grades without submissions, and books of them."""

from __future__ import annotations

from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.records.record import ScoreEntry


def grade(name="a", **changes):
    """A grade without scores."""
    document = {
        "id": name, "status": "graded", "reason": None, "remarks": [], "kind": "images", "conditions": "public only",
        "scores": {}, "points": 60.0, "verdict": "pass", "flags": [],
    }  # fmt: skip
    return Grade(**document | changes)


def book(*grades, **changes):
    """A book of some grades."""
    document = {
        "task": "iclevr", "scheme": "HW4", "judge_sha256": "0" * 64, "seed": 0, "protections": {}, "not_checked": [],
        "ignored": [], "submissions": list(grades),
    }  # fmt: skip
    return Gradebook(**document | changes)


def entry(value, low, high):
    """A score with its interval."""
    return ScoreEntry(
        value=value, interval=(low, high), method="wilson", n=72, direction="higher", unit="fraction", version=1
    )
