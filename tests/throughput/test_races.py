"""Sides of known speeds: timed in alternation, repeated, skipped, or found unresolved."""

from pathlib import Path

import pytest

from benchmark.throughput.kept_races import extra_info, rows
from benchmark.throughput.race import Rounds, race
from benchmark.throughput.side import Side

WORK = Path(__file__).with_name("stand_in_work.py")
QUICK = Rounds(least=5, most=9)


def side(name, /, function="takes", needs=(), **arguments):
    return Side(name, f"stand_in_work.{function}", arguments, needs, file=WORK)


def test_a_peer_of_half_the_speed_gives_a_ratio_of_two():
    found = race("toy", side("ours", seconds=[1.0], units=10), [side("peer", seconds=[1.0], units=5)], QUICK)
    assert found.ratios("peer") == [2.0] * 5
    assert found.resolved
    assert found.rounds["peer"][0].peak_mb < 60  # of a process that has imported nothing


def test_rounds_of_both_sides_alternate_and_take_turns_at_being_first(tmp_path):
    log = tmp_path / "log"
    sides = [side(name, seconds=[1.0], log=str(log), name=name) for name in ("ours", "peer")]
    race("toy", sides[0], sides[1:], Rounds(least=3, most=3))
    warm, rounds = ["ours", "peer"], ["ours", "peer", "peer", "ours", "ours", "peer"]
    assert log.read_text().split() == warm + rounds


def test_preparations_between_rounds_are_not_timed():
    found = race("toy", side("ours", "before_and_run", seconds=[3.0]), [], QUICK)
    assert found.seconds("ours") == [3.0] * 5


def test_rounds_are_repeated_until_they_agree():
    uneven = side("peer", seconds=[1.0, 9.0, 1.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    found = race("toy", side("ours", seconds=[1.0]), [uneven], Rounds(least=5, most=20))
    assert found.resolved
    assert 5 < len(found.rounds["ours"]) < 20


def test_what_a_side_says_of_its_arithmetic_is_kept():
    found = race("toy", side("ours", "of_known_arithmetic"), [side("peer", seconds=[1.0])], QUICK)
    assert found.arithmetic == {"ours": {"precision": "float32", "gflop": 3.0}}
    (row,) = rows(
        {"benchmarks": [{"group": "a", "name": "b", "extra_info": extra_info(found, "images", compared=False)}]}
    )
    assert (row["precision"], row["gflop_per_second"]) == ("float32", 6.0)  # 4 units of 3 in 2 seconds


def test_a_machine_that_stays_busy_leaves_a_race_unresolved():
    busy = side("peer", seconds=[1.0, 2.0])
    found = race("toy", side("ours", seconds=[1.0]), [busy], QUICK)
    assert not found.resolved
    assert len(found.rounds["ours"]) == QUICK.most


def test_what_disturbs_both_sides_alike_does_not_disturb_their_ratio():
    both = [side(name, seconds=[1.0, 3.0, 2.0]) for name in ("ours", "peer")]
    found = race("toy", both[0], both[1:], QUICK)
    assert found.ratios("peer") == [1.0] * 5
    assert found.resolved


def test_a_peer_that_is_not_installed_is_skipped_with_the_reason():
    absent = side("peer", seconds=[1.0], needs=("no_such_package",))
    found = race("toy", side("ours", seconds=[1.0]), [absent], QUICK)
    assert found.skipped == {"peer": "no_such_package is not installed"}
    assert found.peers == []


def test_a_side_of_ours_that_cannot_run_is_an_error():
    with pytest.raises(RuntimeError, match="toy: ours cannot be timed here: no_such_package is not installed"):
        race("toy", side("ours", seconds=[1.0], needs=("no_such_package",)), [], QUICK)


def test_a_side_that_fails_ends_the_race_with_its_last_lines():
    with pytest.raises(RuntimeError, match=r"(?s)peer failed with code 1:.*ValueError: no such thing"):
        race("toy", side("ours", seconds=[1.0]), [side("peer", "fails")], QUICK)


def test_code_of_another_checkout_than_the_one_named_is_refused(tmp_path):
    elsewhere = Side("before", "stand_in_work.of_any_tree", tree=tmp_path, file=WORK)
    with pytest.raises(RuntimeError, match=r"before was to be timed in .*, but its code is .*__init__\.py"):
        race("toy", elsewhere, [], QUICK)
