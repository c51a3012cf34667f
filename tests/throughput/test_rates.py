"""Kept rates in tables: four digits for people."""

import pytest

from benchmark.throughput.render import TITLES, sections

ROW = {
    "folder": "one", "group": "images", "name": "opening",
    "machine": {"gpu": "", "cpu": "a", "flags": [], "threads": 2, "torch": "2", "python": "3"},
    "peer": None, "status": "resolved", "ratio": None, "unit": "images", "peak_mb": None, "peer_peak_mb": None,
    "precision": None, "gflop_per_second": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "expected"), [(21_554.3, "21,550 images"), (1629.4, "1,629 images"), (0.20551, "0.2055 images")]
)
def test_a_rate_has_four_digits_and_no_exponent(rate, expected):
    ((_, (cells,)),) = sections([ROW | {"per_second": rate}])
    assert cells[TITLES.index("ours per second")] == expected


@pytest.mark.parametrize(("precision", "expected"), [("float32", "25%"), ("bfloat16", "10%"), ("float16", "-")])
def test_arithmetic_is_a_share_of_the_fastest_in_the_same_precision(precision, expected):
    peaks = [
        ROW | {"group": "peaks", "name": f"arithmetic[{name}]", "unit": "GFLOP", "per_second": speed}
        for name, speed in (("float32", 80.0), ("bfloat16", 200.0))
    ]
    training = ROW | {"group": "training", "per_second": 5.0, "precision": precision, "gflop_per_second": 20.0}
    ((_, found),) = sections([*peaks, training])
    assert [cells[TITLES.index("of the peak")] for cells in found] == ["-", "-", expected]
