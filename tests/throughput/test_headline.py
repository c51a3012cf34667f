"""README's table of speeds: chosen rows of one machine."""

import pytest

from benchmark.throughput.headline import SHOWN, headline

FID_PEERS = (("clean-fid", 2.0), ("torchmetrics, float32", 0.5))
MACHINE = {"gpu": "", "cpu": "a_b*", "flags": ["avx2"], "threads": 2, "torch": "2", "python": "3"}


def row(name, peer, folder="one", **changes):
    known = {
        "folder": folder, "machine": MACHINE | {"cpu": folder}, "group": "training", "name": name, "peer": peer,
        "status": "resolved", "ratio": 1.5, "low": 1.25, "high": 2.0, "spread": 0.1, "per_second": 1234.6,
        "unit": "images", "precision": None, "gflop_per_second": None, "datetime": "2026-01-01",
    }  # fmt: skip
    return known | changes


def peak(precision, speed, folder="one"):
    name = f"arithmetic[{precision}]"
    return row(name, None, folder, group="peaks", ratio=None, per_second=speed, precision=precision)


def whole(folder="one", **changes):
    return [row(shown.name, shown.peers[0], folder, **changes) for shown in SHOWN]


def lines(rows):
    return [line for line in headline(rows).splitlines() if line.startswith("| ")][2:]


def test_a_row_has_its_ratio_its_quartiles_and_our_speed_as_a_share_of_the_peak():
    rows = whole(precision="float32", gflop_per_second=25.0)
    text = headline([*rows, peak("float32", 100.0), peak("bfloat16", 200.4)])
    first = (
        "| training `modern_cgan` in float32 | plain loop | 1.50 (1.25 to 2.00) | 1,235 images/s, 25 % of the peak |"
    )
    assert text.startswith("On one (avx2), 2 threads, torch 2, Python 3. The peak is 100 GFLOP/s in float32, 200")
    assert first in text.splitlines()
    assert len(lines(rows)) == len(SHOWN)


def test_of_several_peers_and_machines_the_chosen_ones_count():
    other = [row(shown.name, "another package", ratio=9.0) for shown in SHOWN]
    assert lines([*other, *whole()]) == lines(whole())
    assert lines([*whole("few")[:3], *whole("one")]) == lines(whole())
    later = whole("zwei", datetime="2026-02-01", ratio=3.0)
    assert lines([*whole(), *later]) == lines([*later, *whole()]) == lines(later)


def test_of_peers_that_do_the_same_work_the_fastest_counts():
    slower, faster = (row("distance[kid]", peer, ratio=ratio) for peer, ratio in FID_PEERS)
    (line,) = [line for line in lines([slower, faster]) if line.startswith("| KID")]
    assert "| torchmetrics, float32 | 0.50 " in line
    unknown = row("distance[kid]", "torchmetrics, float32", status="unresolved", ratio=None)
    (line,) = [line for line in lines([slower, unknown]) if line.startswith("| KID")]
    assert "| clean-fid | 2.00 " in line


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "| - | - |"),
        ([{"status": "skipped", "reason": "it is a|b", "ratio": None}], r"| skipped: it is a\|b | 1,235 images/s |"),
        (
            [{"status": "unresolved", "spread": 0.3, "ratio": None, "per_second": None}],
            "| unresolved (spread 30%) | - |",
        ),
    ],
)
def test_what_has_no_number_says_so(found, words):
    changed = [row(SHOWN[0].name, SHOWN[0].peers[0], **changes) for changes in found]
    assert lines([*changed, *whole()[1:]])[0].endswith(words)
