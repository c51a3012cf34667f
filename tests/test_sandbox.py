"""The process that looks at a submission can read it, and do nothing else."""

import sys
import time
from pathlib import Path

import pytest

from benchmark.grading.assignment import Assignment, ConditionList
from benchmark.grading.confinement import WALLS, Limits
from benchmark.grading.sandbox import look_at

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

LISTS = [ConditionList(name="test", rows=[[1] + [0] * 23] * 2, stems=["0", "1"])]
ASSIGNMENT = Assignment(task="iclevr", kind="multi_label", sizes=[24], image_size=64, lists=LISTS, draws=1, seed=0)
LIMITS = Limits(cpu_seconds=10, wall_seconds=30)


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Run a stand-in for a process that has been taken over."""
    monkeypatch.setattr("benchmark.grading.sandbox.EXTRA", (str(Path(__file__).parent),))
    (tmp_path / "work").mkdir()

    def run(name, limits=LIMITS):
        return look_at(tmp_path / "work", ASSIGNMENT, limits, main=f"stand_in:{name}")

    return run


def test_a_taken_over_process_gets_nothing_done(look, tmp_path):
    answer = look("try_everything")
    assert answer.walls == (1 << len(WALLS)) - 1
    outcome = dict(part.rsplit(":", 1) for part in answer.reason.replace("write inside", "inside").split())
    assert outcome.pop("env") in {"0", "1"}  # Python itself may set LC_CTYPE
    assert set(outcome.values()) == {"PermissionError"}, outcome
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


@pytest.mark.parametrize(
    ("name", "limits", "reason"),
    [
        ("sleeps", Limits(wall_seconds=3), "stopped after 3 s"),
        ("computes", Limits(cpu_seconds=2, wall_seconds=60), "processor time"),
        ("eats_memory", Limits(address_space=1 << 30, wall_seconds=60), "needs more than 1,024 MiB"),
        ("forks", LIMITS, "PermissionError"),
        ("crashes", LIMITS, "SIGABRT"),
        ("lies", LIMITS, "damaged answer"),
    ],
)
def test_a_process_that_misbehaves_fails_within_its_limits(look, name, limits, reason):
    started = time.monotonic()
    answer = look(name, limits)
    assert answer.status == "failed"
    assert reason in answer.reason
    assert answer.pictures == {}
    assert time.monotonic() - started < limits.wall_seconds + 10
