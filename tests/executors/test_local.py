"""Jobs on this machine: one by one, or in processes that may die."""

import os
import signal
import sys
import time

import pytest
from builders.jobs import DEATHS, Number, dies, dies_beside_a_slow_one, dies_once, double, fails_with_odd, takes_all

from benchmark.cli import main
from benchmark.errors import UsageError
from benchmark.executors import request
from benchmark.executors.jobs import Outcome
from benchmark.executors.local import Local, Workers
from benchmark.executors.progress_screen import Screen
from benchmark.executors.request import ExecutorRequest, executor_of

JOBS = [Number(number) for number in range(6)]
KINDS = [Local(), Local(jobs=2)]


def by_number(outcomes):
    return {outcome.job.number: outcome for outcome in outcomes}


@pytest.mark.parametrize("executor", KINDS, ids=["here", "processes"])
def test_each_job_has_one_outcome_and_one_that_fails_does_not_stop_the_others(executor):
    with executor:
        found = by_number(executor.run(fails_with_odd, JOBS, "numbers"))
    assert {number: outcome.value for number, outcome in found.items() if outcome.status == "done"} == {
        0: 0,
        2: 4,
        4: 8,
    }
    assert (found[1].status, found[1].reason, found[1].details) == ("failed", "1 is odd; give an even number", "")
    assert (found[3].status, found[3].reason) == ("failed", "ZeroDivisionError: ours")
    assert "Traceback" in found[3].details
    assert found[5].status == "busy"
    assert (found[0].pid == os.getpid()) == (executor.jobs == 1)


@pytest.fixture
def light(monkeypatch):
    """Processes that do not import torch, which takes far longer than these jobs."""
    monkeypatch.setattr("benchmark.executors.local._limit_threads", takes_all)


def test_a_job_whose_process_dies_is_computed_again_and_the_others_too(tmp_path, capsys, light):
    jobs = [Number(number, str(tmp_path)) for number in range(4)]
    found = by_number(Local(jobs=2).run(dies_once, jobs, "numbers"))
    assert {number: outcome.value for number, outcome in found.items()} == {0: 0, 1: 2, 2: 4, 3: 6}
    assert found[2].attempts == 2
    assert "number 2: its process died" in capsys.readouterr().err


def test_a_job_whose_processes_always_die_fails(monkeypatch, light):
    monkeypatch.setattr("benchmark.executors.local.ATTEMPTS", 2)
    (outcome,) = Local(jobs=2).run(dies, [Number(2)], "numbers")
    assert (outcome.status, outcome.attempts) == ("failed", 2)
    assert outcome.reason.startswith("its process died 2 times, as where memory does not suffice")


def test_a_job_whose_processes_always_die_takes_no_other_with_it(tmp_path, monkeypatch, light):
    monkeypatch.setattr("benchmark.executors.local.ATTEMPTS", DEATHS)
    jobs = [Number(number, str(tmp_path)) for number in (2, 0, 1)]
    found = by_number(Local(jobs=2).run(dies_beside_a_slow_one, jobs, "numbers"))
    assert {number: outcome.status for number, outcome in found.items()} == {0: "done", 1: "done", 2: "failed"}
    assert {number: outcome.attempts for number, outcome in found.items()} == {0: 1, 1: 1, 2: DEATHS}
    assert (found[0].value, found[1].value) == (0, 2)


def test_a_process_that_dies_between_two_jobs_is_no_fault_of_theirs(light):
    with Workers(1) as workers:
        workers.begin(0, double, Number(1))
        ((_, first),) = until_ended(workers)
        os.kill(first.pid, signal.SIGKILL)
        until = time.monotonic() + 30
        while time.monotonic() < until and not workers.idle[0]._broken:
            time.sleep(0.02)
        workers.begin(1, double, Number(2))
        ((number, second),) = until_ended(workers)
    assert (first.value, number, second.value) == (2, 1, 4)
    assert first.pid != second.pid


def until_ended(workers):
    while not (ended := list(workers.ended())):
        pass
    return ended


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--jobs", "0"], "--jobs is 0; give 1 or more"),
        (["--ray-address", "auto"], "--ray-address is auto, but the local executor has no use for it"),
        (["--gpus-per-run", "1"], "--gpus-per-run is 1.0, but the local executor has no use for it"),
        (["--cpus-per-run", "1"], "--cpus-per-run is 1.0, but the local executor has no use for it"),
        (["--executor", "slurm"], "slurm"),
    ],
)
def test_options_that_an_executor_does_not_have_are_one_line(tmp_path, monkeypatch, capsys, options, words):
    monkeypatch.chdir(tmp_path)
    assert main(["benchmark", "--profile", "smoke", *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("ray_cluster", "ray_executor"):
        monkeypatch.delitem(sys.modules, f"benchmark.executors.{name}", raising=False)
    with pytest.raises(UsageError, match=r"--executor ray needs the extra 'ray' .*pip install '\.\[ray\]'"):
        executor_of(ExecutorRequest(name="ray"))
    assert request.NAMES == ("local", "ray")


def test_the_screen_counts_and_says_what_runs_where(capsys):
    with Screen("runs", 4) as screen:
        screen.running = {"number 1": "node7, process 12"}
        for outcome in Local().run(fails_with_odd, JOBS[:2], "numbers"):
            screen.finished(outcome)
        screen._shown -= 60
        screen.running = {"number 3": "node7, process 12"}
        screen.show()
    said = capsys.readouterr().err
    assert "runs: 1 of 4 done, 1 failed, 1 running, 0 s left; now number 3 on node7, process 12" in said


def test_jobs_of_other_programs_take_no_time():
    with Screen("runs", 2, begun=time.monotonic() - 100) as screen:
        for status in ("done", "busy"):
            screen.finished(Outcome(job=JOBS[0], status=status))
    assert screen.left() == "0 s"


def test_jobs_one_by_one_come_in_their_order():
    assert [outcome.value for outcome in Local().run(double, JOBS, "numbers")] == [0, 2, 4, 6, 8, 10]
