"""Trainings that are killed at any moment, without any chance to clean up."""

import os
import signal
import time

import pytest
from builders import crashes
from builders.trainings import KILLED, logged_steps, train_toy

from benchmark.errors import UsageError

KILLS = 12


def files(folder):
    """What lies in a run folder, but for the seconds in its numbers."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.slow
def test_a_training_killed_at_any_moment_resumes_to_the_same_bytes_and_leaves_nothing_behind(tmp_path, one_thread):
    whole = tmp_path / "whole"
    killed = crashes.left_behind(whole, train_toy, whole, KILLED)
    for step in crashes.moments(KILLS, len(killed)):
        assert_goes_on(killed[step - 1], whole)


@pytest.mark.slow
def test_a_training_that_is_really_killed_leaves_no_lock(tmp_path, one_thread):
    touched = crashes.touches(tmp_path / "whole", train_toy, tmp_path / "whole", KILLED)
    assert crashes.dies_at(touched // 2, tmp_path / "run", train_toy, tmp_path / "run", KILLED)
    assert_goes_on(tmp_path / "run", tmp_path / "whole")


def assert_goes_on(folder, whole):
    """Train a run to its end, as a whole one was."""
    train_toy(folder, KILLED)
    assert (folder / "generator.safetensors").read_bytes() == (whole / "generator.safetensors").read_bytes(), folder
    assert logged_steps(folder) == [*range(1, KILLED.total_updates + 1)], folder
    assert files(folder) == files(whole), folder


@pytest.mark.slow
def test_of_two_processes_in_one_run_folder_the_second_is_refused(tmp_path, one_thread):
    train_toy(tmp_path / "whole", KILLED)
    child = crashes.forked(train_toy, tmp_path / "run", KILLED)
    while child.is_alive() and not (tmp_path / "run/log.jsonl").exists():
        time.sleep(0.001)
    os.kill(child.pid, signal.SIGSTOP)  # it ends no sooner than this process has tried
    with pytest.raises(UsageError, match="another process is working in"):
        train_toy(tmp_path / "run", KILLED)
    os.kill(child.pid, signal.SIGCONT)
    child.join(300)
    assert child.exitcode == 0
    whole, run = tmp_path / "whole/generator.safetensors", tmp_path / "run/generator.safetensors"
    assert run.read_bytes() == whole.read_bytes()
