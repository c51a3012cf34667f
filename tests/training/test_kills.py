"""Trainings that are killed at random moments, without any chance to clean up."""

import multiprocessing
import random
import signal
import time

import pytest
from builders.trainings import KILLED, logged_steps, train_on_one_thread, train_toy

from benchmark.errors import UsageError

KILLS = 30


def child_of(folder):
    """A process that trains into the folder, forked from one that has imported everything, once it has begun."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmark.training.runs", "builders.trainings"])
    started = context.Event()
    child = context.Process(target=train_on_one_thread, args=(folder, KILLED, started))
    child.start()
    assert started.wait(120)
    return child


def trained(folder):
    """Train to the end; the seconds that it took."""
    begun, child = time.perf_counter(), child_of(folder)
    child.join(300)
    assert child.exitcode == 0
    return time.perf_counter() - begun


def files(folder):
    """What lies in a run folder, but for the seconds in its numbers."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.slow
def test_a_training_killed_at_any_moment_resumes_to_the_same_bytes_and_leaves_nothing_behind(tmp_path):
    seconds = min(trained(tmp_path / "warm"), trained(tmp_path / "whole"))  # the first one starts the server, too
    whole = (tmp_path / "whole/generator.safetensors").read_bytes()
    random.seed(0)
    killed = []
    for number in range(KILLS):
        folder = tmp_path / f"run{number}"
        child = child_of(folder)
        time.sleep(random.uniform(0, 0.8 * seconds))
        child.kill()
        child.join(60)
        killed.append(child.exitcode == -signal.SIGKILL)
        trained(folder)
        assert (folder / "generator.safetensors").read_bytes() == whole, number
        assert logged_steps(folder) == [*range(1, KILLED.total_updates + 1)], number
        assert files(folder) == files(tmp_path / "whole"), number
    assert sum(killed) >= KILLS / 4  # or the moments were chosen badly


@pytest.mark.slow
def test_of_two_processes_in_one_run_folder_the_second_is_refused(tmp_path):
    trained(tmp_path / "whole")
    child = child_of(tmp_path / "run")
    while child.is_alive() and not (tmp_path / "run/log.jsonl").exists():
        time.sleep(0.01)
    with pytest.raises(UsageError, match="another process is working in"):
        train_toy(tmp_path / "run", KILLED)
    child.join(300)
    assert child.exitcode == 0
    whole, run = tmp_path / "whole/generator.safetensors", tmp_path / "run/generator.safetensors"
    assert run.read_bytes() == whole.read_bytes()
