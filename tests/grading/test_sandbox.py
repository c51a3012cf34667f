"""The process that looks at a submission can read it, and do nothing else."""

import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from users import HERE

from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.grading.sandbox.confine import WALLS, Limits
from benchmark.grading.sandbox.launch import ROOT, RUNNING, end_all, look_at

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

LISTS = [ConditionList(name="test", rows=[[1] + [0] * 23] * 2, stems=["0", "1"])]
ASSIGNMENT = Assignment(task="iclevr", kind="multi_label", sizes=[24], image_size=64, lists=LISTS, draws=1, seed=0)
LIMITS = Limits(cpu_seconds=10, wall_seconds=300)


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Run a stand-in for a process that has been taken over."""
    monkeypatch.setattr("benchmark.grading.sandbox.launch.EXTRA", (str(HERE),))
    (tmp_path / "work").mkdir()

    def run(name, limits=LIMITS):
        return look_at(tmp_path / "work", ASSIGNMENT, limits, main=f"stand_in:{name}")

    return run


def test_a_taken_over_process_gets_nothing_done(look, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("mine")
    before = mine.stat()
    answer = look("try_everything")
    assert answer.walls == (1 << len(WALLS)) - 1
    assert re.fullmatch(r"17 tried, [01] in the environment; worked:", answer.reason), answer.reason  # LC_CTYPE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "work"]
    assert (mine.read_text(), mine.stat().st_mtime_ns, mine.stat().st_mode, mine.stat().st_uid) == (
        "mine", before.st_mtime_ns, before.st_mode, before.st_uid,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "limits", "reason"),
    [
        ("sleeps", Limits(wall_seconds=3), "stopped after 3 s"),
        ("computes", Limits(cpu_seconds=2, wall_seconds=600), "processor time"),
        ("eats_memory", Limits(address_space=1 << 30, wall_seconds=600), "needs more than 1,024 MiB"),
        ("forks", LIMITS, "PermissionError"),
        ("starts_threads", Limits(threads=100, wall_seconds=600), "can't start new thread"),
        ("crashes", LIMITS, "SIGABRT"),
        ("lies", LIMITS, "damaged answer"),
    ],
)
def test_a_process_that_misbehaves_fails_within_its_limits(look, name, limits, reason):
    answer = look(name, limits)
    assert answer.status == "failed"
    assert reason in answer.reason
    assert answer.images == {}


def test_the_process_ends_with_the_one_that_started_it(tmp_path):
    """A grader that is killed leaves nobody behind who still computes."""
    code = (
        f"import sys; sys.path[:0] = {[str(HERE), str(HERE / 'grading'), str(ROOT)]!r}\n"
        "import test_sandbox, benchmark.grading.sandbox.launch as sandbox, pathlib\n"
        f"sandbox.EXTRA = ({str(HERE)!r},)\n"
        f"path = pathlib.Path({str(tmp_path)!r})\n"
        "sandbox.look_at(path, test_sandbox.ASSIGNMENT, test_sandbox.LIMITS, 'stand_in:sleeps')"
    )
    grader = subprocess.Popen([sys.executable, "-c", code])
    child = wait_for(lambda: children(grader.pid))[0]
    wait_for(lambda: "stand_in" in Path(f"/proc/{child}/cmdline").read_text())
    wait_for(lambda: "Seccomp:\t2" in Path(f"/proc/{child}/status").read_text())  # the last wall stands
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    assert wait_for(lambda: not alive(child))


def test_an_interrupt_ends_all_that_is_looked_at(look):
    """Nobody waits for the limit of a submission after Ctrl-C."""
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(look, "sleeps")
        wait_for(lambda: RUNNING)
        end_all()
        assert "SIGKILL" in answer.result().reason  # and not that its time was over
    assert not RUNNING


def children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(found, seconds=120):
    """What ``found`` returns once it is true."""
    until = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return result
