"""The process that looks at a submission can read it, and do nothing else."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from builders.batches import ONE_LIST_SCHEME, honest
from hostile import HOSTILE
from users import HERE

from benchmark.grading.looking import thread_pool
from benchmark.grading.sandbox import forking
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
        f"import sys; sys.path[:0] = {[str(HERE), str(ROOT)]!r}\nimport looks; looks.look({str(tmp_path)!r}, 'sleeps')"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as grader:
        try:
            [child] = wait_for(lambda: confined_children(grader.pid))
        finally:
            grader.send_signal(signal.SIGKILL)
    assert wait_for(lambda: not alive(child))


def test_an_interrupt_ends_all_that_is_looked_at(look):
    """Nobody waits for the limit of a submission after Ctrl-C."""
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(look, "sleeps")
        wait_for(lambda: RUNNING)
        end_all()
        assert "SIGKILL" in answer.result().reason  # and not that its time was over
    assert not RUNNING


def test_an_interrupt_also_ends_what_is_begun_a_moment_later(look):
    """A thread that was about to start a process when the interrupt came would wait for its whole time."""
    begun, began = threading.Event(), time.monotonic()

    def look_later():
        begun.set()
        time.sleep(0.5)
        return look("sleeps")

    interrupted(look_later, begun.is_set)
    assert not RUNNING
    assert time.monotonic() - began < LIMITS.wall_seconds / 2


def test_an_interrupt_leaves_no_server_behind(tmp_path):
    (server,) = interrupted(lambda: look_at(tmp_path, ASSIGNMENT, LIMITS), lambda: list(forking._SERVERS.values()))
    assert not server.lives()
    assert not forking._SERVERS


# The command, also where these tests run in the background of a shell, which has its programs ignore interrupts.
HEARS_INTERRUPTS = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from benchmark.cli import main
sys.exit(main())
"""


@pytest.mark.slow
def test_ctrl_c_during_a_batch_keeps_what_is_done_and_leaves_no_process(tmp_path):
    (tmp_path / "scheme.toml").write_text(ONE_LIST_SCHEME.replace("cpu_seconds = 8", "cpu_seconds = 600"))
    honest(tmp_path / "inbox" / "a")
    for name in ("b", "c"):
        (tmp_path / "inbox" / name).mkdir()
        HOSTILE["onnx_that_never_ends"][0](tmp_path / "inbox" / name)
    words = [tmp_path / "inbox", "--scheme", tmp_path / "scheme.toml", "--jobs", "2", "--out", tmp_path / "out"]
    command = [sys.executable, "-c", HEARS_INTERRUPTS, "grade", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as grader:
        done = wait_for(lambda: list((tmp_path / "out" / "seen").glob("*.judged.safetensors")), 300)
        processes = wait_for(lambda: descendants(grader.pid)[2:])  # the server and copies
        began = time.monotonic()
        grader.send_signal(signal.SIGINT)
        said = next(line for line in grader.stderr if "interrupted" in line)
        took = time.monotonic() - began
    assert (grader.returncode, said) == (
        130,
        "cgan-bench: interrupted; the same command goes on: what was graded is kept\n",
    )
    assert took < 2
    assert not [process for process in processes if alive(process)]
    assert done[0].exists()
    assert not (tmp_path / "out" / "grades.json").exists()


def interrupted(work, when):
    """Interrupt a thread that does some work once a condition is true; what that was."""
    found = []
    with suppress(KeyboardInterrupt), thread_pool(1) as pool:
        pool.submit(work)
        found.append(wait_for(when))
        raise KeyboardInterrupt
    return found[0]


def descendants(pid):
    return [one for child in children(pid) for one in (child, *descendants(child))]


def children(pid):
    threads_of = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for path in threads_of for word in path.read_text().split()]


def confined_children(pid):
    """The processes of a grader that run a stand-in behind the last wall.

    A process that tries a wall is a copy of the grader: it has the grader's command and soon ends.
    """
    return [
        one
        for one in children(pid)
        if "stand_in" in process_file(one, "cmdline")
        and process_file(one, "cmdline") != process_file(pid, "cmdline")
        and "Seccomp:\t2" in process_file(one, "status")
    ]


def process_file(pid, name):
    """A file that the system keeps about a process; empty of one that has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


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
