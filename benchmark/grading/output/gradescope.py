"""Gradescope's ``results.json`` of one submission.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format" and "Controlling test case
visibility".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from benchmark.grading.marking.grades import Grade
from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.pages.templates import near_words
from benchmark.records.record import ScoreEntry


def results(grade: Grade, scheme: Scheme, hidden: Collection[str]) -> dict[str, Any]:
    """A grade as the output of an autograder: a test case for each score of each list, and the points of all.

    What speaks of a hidden list is shown when the grades are published. So is the verdict where there is one, since it
    depends on that list. Gradescope hides the sum of points while any test case is hidden; so what is for staff is no
    test case: flags, and thresholds that a score is near. Participants see no ``extra_data``.

    Args:
        grade: of one submission.
        scheme: by which it was graded.
        hidden: names of the lists that participants do not see.
    """
    cases = [*_graded_cases(grade, scheme), *_ungraded_cases(grade, scheme)]
    output = grade.in_words
    if hidden and not grade.reason:
        cases = [{"name": "verdict", "output": output, "visibility": "after_published"}, *cases]
        output = "graded; the verdict is shown when the grades are published"
    return {
        "score": grade.points,
        "output": output,
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"for_staff": list(_for_staff(grade))},
        "tests": [{"visibility": _visibility(case["name"], hidden)} | case for case in cases],
    }


def _for_staff(grade: Grade) -> Iterator[str]:
    """Decisions, flags and thresholds nearby, which participants never see."""
    if grade.decision is not None:
        yield f"decided: {grade.decision_in_words}: {grade.decision.reason}"
    for flag in grade.flags:
        yield f"flag{' (cleared)' * flag.cleared}: {flag.name}: {flag.evidence}"
    for near in grade.near:
        yield f"{near_words(near)}: {near.score} is {near.distance:.3f} from it"


def _graded_cases(grade: Grade, scheme: Scheme) -> Iterator[dict[str, Any]]:
    """The scores that earn points."""
    for rule in scheme.scores:
        for list_name in rule.lists:
            entry = grade.scores.get(list_name, {}).get(rule.name)
            weight = scheme.weight(rule, list_name)
            yield {
                "name": f"{list_name}: {rule.name}",
                "score": round(weight * rule.earned(entry.value), 2) if entry else 0.0,
                "max_score": round(weight * rule.points[0][1], 2),
                "output": _with_interval(entry) if entry else "nothing was graded for this list",
            }


def _ungraded_cases(grade: Grade, scheme: Scheme) -> Iterator[dict[str, Any]]:
    """The scores that earn nothing."""
    counted = {(list_name, rule.name) for rule in scheme.scores for list_name in rule.lists}
    for list_name, scores in grade.scores.items():
        for name, entry in scores.items():
            if (list_name, name) not in counted:
                yield {"name": f"{list_name}: {name}", "output": _with_interval(entry)}


def _visibility(case: str, hidden: Collection[str]) -> str:
    return "after_published" if case.rpartition(": ")[0] in hidden else "visible"


def _with_interval(entry: ScoreEntry) -> str:
    return f"{entry.value:.4f} [{entry.interval[0]:.4f}, {entry.interval[1]:.4f}]"
