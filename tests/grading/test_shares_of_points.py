"""Points of single scores on a page add up to the points of all, as Gradescope's test cases do."""

import re

import pytest
from builders.grades import book, entry, grade

from benchmark.data.datasets import DATASETS
from benchmark.grading.marking.scheme import Scheme, ScoreRule
from benchmark.grading.output.gradebook import summary, table
from benchmark.grading.output.gradescope import results
from benchmark.grading.output.platform_csv import platform_csv
from benchmark.grading.pages import participant

ONE = ScoreRule(name="topk_accuracy", lists={"test": 3.0, "new_test": 1.0}, points=[(0.8, 100.0), (0.4, 60.0)])
BONUS = ScoreRule(name="exact_match", lists={"test": 1.0}, points=[(0.5, 20.0)], passing=0.0)
SCHEMES = {
    "one score": Scheme(name="s", task="iclevr", scores=[ONE]),
    "two scores": Scheme(name="s", task="iclevr", scores=[ONE, BONUS]),
    "two scores of other weights": Scheme(
        name="s", task="iclevr", scores=[ONE.model_copy(update={"weight": 3.0}), BONUS]
    ),
    "a score that only passes": Scheme(
        name="s", task="iclevr", scores=[ONE, ScoreRule(name="exact_match", lists={"test": 1.0}, points=[(0.5, 0.0)])]
    ),
}


def graded(scheme, **topk):
    scores = {name: {"topk_accuracy": entry(*one), "exact_match": entry(0.0, 0.0, 0.1)} for name, one in topk.items()}
    return grade("a", scores=scores, points=scheme.points(scores))


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_page_summary_and_files_are_of_one_maximum_and_the_page_s_parts_add_up(scheme, tmp_path):
    one = graded(scheme, test=(0.9, 0.8, 0.95), new_test=(0.5, 0.4, 0.6))
    all_of = book(one, maximum=scheme.maximum)
    text = participant.html(one, {}, all_of, scheme, DATASETS["iclevr"])
    total, maximum = map(float, re.search(r"<b>([\d.]+) of ([\d.]+) points</b>", text).groups())
    parts = [tuple(map(float, part)) for part in re.findall(r"which earns ([\d.]+) of ([\d.]+) points", text)]
    assert (total, maximum) == (one.points, scheme.maximum)
    assert sum(earned for earned, _ in parts) == pytest.approx(total, abs=0.02)
    assert sum(most for _, most in parts) == pytest.approx(maximum, abs=0.02)
    cases = [case for case in results(one, scheme, ())["tests"] if "score" in case]
    assert parts == [(case["score"], case["max_score"]) for case in cases]
    for rule in scheme.scores:
        assert f"{rule.name}: from {rule.points[0][0]} on {100 if rule.points[0][1] else 0} %" in text
    assert summary(all_of, tmp_path)["maximum points"] == scheme.maximum
    assert f",{one.points},{scheme.maximum}," in table(all_of, scheme.maximum)
    assert f",{one.points},{scheme.maximum}," in platform_csv(all_of, "plain", scheme.maximum)


def test_the_next_band_is_told_in_points_of_all():
    scheme = SCHEMES["two scores"]
    one = graded(scheme, test=(0.5, 0.4, 0.6), new_test=(0.9, 0.8, 0.95))
    bands = list(participant.bands(one, scheme))
    assert [(band["earned"], band["maximum"]) for band in bands] == [("22.5", "37.5"), ("12.5", "12.5"), ("0", "10")]
    assert bands[0]["next"].startswith("From 0.8 on it earns 37.5: ")
    assert bands[2]["next"].startswith("From 0.5 on it earns 10: ")
