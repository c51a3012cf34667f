"""Kept rates in tables: four digits for people."""

import pytest

from benchmark.throughput.render import TITLES, sections

ROW = {
    "folder": "one", "group": "images", "name": "opening",
    "machine": {"gpu": "", "cpu": "a", "flags": [], "threads": 2, "torch": "2", "python": "3"},
    "peer": None, "status": "resolved", "ratio": None, "unit": "images", "peak_mb": None,
    "peer_peak_mb": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "expected"), [(21_554.3, "21,550 images"), (1629.4, "1,629 images"), (0.20551, "0.2055 images")]
)
def test_a_rate_has_four_digits_and_no_exponent(rate, expected):
    ((_, (cells,)),) = sections([ROW | {"per_second": rate}])
    assert cells[TITLES.index("ours per second")] == expected
