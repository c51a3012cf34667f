"""A participant's page says which score of which list made the work borderline or fail."""

import re

import numpy as np
import pytest
import torch

from benchmark.data.datasets import DATASETS
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.grading.marking.marking import BY_CONDITION, Marks, repeat_conditions
from benchmark.grading.marking.scheme import Scheme, ScoreRule
from benchmark.grading.pages import participant
from benchmark.records.record import ScoreEntry

SCHEME = Scheme(
    name="s", task="iclevr",
    scores=[
        ScoreRule(name="topk_accuracy", lists={"test": 1.0, "new_test": 1.0}, points=[(0.7, 100)]),
        ScoreRule(name="exact_match", lists={"test": 1.0}, points=[(0.3, 10)], passing=0.0),
    ],
)  # fmt: skip


def entry(value, low, high):
    return ScoreEntry(
        value=value, interval=(low, high), method="wilson", n=72, direction="higher", unit="fraction", version=1
    )


def graded(**topk):
    scores = {name: {"topk_accuracy": entry(*one), "exact_match": entry(0.0, 0.0, 0.1)} for name, one in topk.items()}
    return Grade(
        id="a", status="graded", reason=None, remarks=[], kind="images", conditions="public only", scores=scores,
        points=SCHEME.points(scores), verdict=SCHEME.verdict(scores), flags=[],
    )  # fmt: skip


GOOD, NEAR, BAD, NONE = (0.9, 0.8, 0.95), (0.71, 0.66, 0.76), (0.5, 0.4, 0.6), (0.0, 0.0, 0.4)
REASONS = [
    ({"test": GOOD, "new_test": GOOD}, []),
    ({"test": GOOD}, ["fail: new_test is missing."]),
    ({"test": NEAR, "new_test": GOOD}, ["borderline: test, topk_accuracy 0.710 [0.660, 0.760] reaches across 0.70."]),
    ({"test": NEAR, "new_test": BAD}, ["fail: new_test, topk_accuracy 0.500 [0.400, 0.600] lies below 0.70."]),
    ({"test": NONE, "new_test": GOOD}, ["fail: test, topk_accuracy 0.000 lies below 0.70."]),
    ({"new_test": GOOD}, ["fail: test is missing."]),
]


@pytest.mark.parametrize(("method", "is_said"), [(BY_CONDITION, True), ("wilson", False)])
def test_a_page_says_that_conditions_count_for_an_interval_over_them(method, is_said):
    rows = repeat_conditions([[1, 0], [0, 1]], 5)
    marks = Marks(np.zeros((10, 3, 8, 8), np.uint8), rows, torch.zeros(10, 2), {}, 5)
    one = graded(test=GOOD)
    one.scores["test"]["topk_accuracy"] = entry(*GOOD).model_copy(update={"method": method})
    words = (
        "test: the interval is over 2 conditions, not over 10 images: images of one condition may be right or wrong "
        "together."
    )
    assert list(participant.intervals_over_conditions(one, {"test": marks})) == [words] * is_said


@pytest.mark.parametrize(("topk", "reasons"), REASONS)
def test_a_page_says_which_list_made_it_borderline_or_fail_and_of_a_pass_nothing(topk, reasons):
    book = Gradebook(
        task="iclevr", scheme="s", judge_sha256="0" * 64, seed=0, protections={}, not_checked=[], ignored=[],
        submissions=[graded(**topk)],
    )  # fmt: skip
    text = participant.html(book.submissions[0], {}, book, SCHEME, DATASETS["iclevr"])
    assert re.findall("<p>((?:fail|borderline): .*)</p>", text) == reasons
