"""Decimals of a score as people see it, the same in tables, cards and the README."""

import pytest
from builders.leaderboards import FD, ranked_by, run, with_scores

from benchmark.leaderboard.headline import headline
from benchmark.leaderboard.latex import to_latex
from benchmark.leaderboard.markdown import to_markdown
from benchmark.leaderboard.model_cards import card
from benchmark.leaderboard.tables import build
from benchmark.records.rounding import decimals, rounded

KID = "kid_efficientnet_lite0"


@pytest.mark.parametrize(
    ("value", "interval", "expected"),
    [
        (0.0013, (0.0011, 0.0015), 4),
        (0.0525, (0.0512, 0.0539), 3),
        (0.3, (0.25, 0.35), 2),
        (299.2, (298.5, 299.9), 2),  # never fewer
        (1.0, (1.0 - 1e-9, 1.0 + 1e-9), 6),  # never more
        (0.0013, None, 4),
        (0.0013, (0.0013, 0.0013), 4),
        (0.0, None, 2),
        (12.0, None, 2),
    ],
)
def test_half_of_the_interval_shows_or_the_value_where_there_is_none(value, interval, expected):
    assert decimals("squared maximum mean discrepancy", value, interval) == expected


@pytest.mark.parametrize("unit", ["fraction of images", "mean fraction of an image's objects", "F1 over all classes"])
@pytest.mark.parametrize("interval", [None, (0.4, 0.6), (0.5001, 0.5002)])
def test_shares_are_in_percent_with_one_decimal(interval, unit):
    digits = decimals(unit, 0.5, interval)
    assert (digits, rounded(0.50014, unit, digits)) == (1, "50.0")
    assert rounded(0.5, "mean absolute difference, of the range of a pixel", 2) == "0.50"


@pytest.mark.parametrize(("value", "expected"), [(64.0, "64"), (63.5, "63.5")])
def test_a_count_is_whole_unless_it_is_a_mean(value, expected):
    unit = "of 64 generated images"
    assert rounded(value, unit, decimals(unit, value, (60.38, 64.0))) == expected


def test_a_number_that_rounds_to_zero_has_no_minus():
    assert rounded(-0.00001, "distance", 4) == "0.0000"


def test_a_kernel_distance_below_a_hundredth_looks_the_same_wherever_it_stands():
    kid = FD | {"value": 0.00134, "interval": (0.00104, 0.00164), "method": "jackknife"}
    record = with_scores(run("good"), {KID: kid})
    tables = build([ranked_by(KID, record)])
    for text in (to_markdown(tables), headline(tables), card(record)):
        assert "0.0013 [0.0010, 0.0016]" in text
    assert "\\withinterval{0.0013}{0.0010, 0.0016}" in to_latex(tables)
