"""The load of other programs: seen where there is one, and not our own."""

import subprocess
import sys
import time

import pytest
from builders.trainings import SETTINGS, toy_config, train_toy, train_toy_until

from benchmark.system import other_work
from benchmark.system.machine import this_machine
from benchmark.system.other_work import OtherWork
from benchmark.training import trained_run

STAT = "cpu  {busy} 0 0 1000 0 0 0 0 0 0\n"


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system of which the clock, the busy time and our own share are given: a function sets them."""
    now = {"clock": 0.0, "own": 0.0}
    monkeypatch.setattr(other_work, "STAT", tmp_path / "stat")
    monkeypatch.setattr(other_work.time, "monotonic", lambda: now["clock"])
    monkeypatch.setattr(other_work.os, "times", lambda: (now["own"], 0.0, 0.0, 0.0, 0.0))

    def moment(clock, busy, own):
        ticks = other_work.os.sysconf("SC_CLK_TCK")
        (tmp_path / "stat").write_text(STAT.format(busy=round(busy * ticks)))
        now.update(clock=clock, own=own)

    return moment


def test_the_busy_time_of_all_without_our_own_is_that_of_others(system):
    system(0, 100, 5)
    meter = OtherWork()
    system(10, 133, 23)  # 33 s busy, 18 of them ours, in 10 s
    assert meter.cores() == pytest.approx(1.5)


def test_a_program_of_our_own_is_no_other_work(system):
    system(0, 100, 5)
    meter = OtherWork()
    system(10, 119, 25)
    assert meter.cores() == 0.0


def test_a_system_that_does_not_say_gives_none(tmp_path, monkeypatch):
    monkeypatch.setattr(other_work, "STAT", tmp_path / "no")
    assert OtherWork().cores() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/stat")
def test_a_busy_program_next_to_us_is_seen():
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        meter = OtherWork()
        time.sleep(1.0)
        assert meter.cores() > 0.2
    finally:
        busy.kill()
        busy.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/stat")
def test_a_run_keeps_it_for_its_record(tmp_path, monkeypatch):
    monkeypatch.setattr(trained_run, "model_config", lambda *_: toy_config()[0].model_config)
    monkeypatch.setattr(OtherWork, "cores", lambda _: 0.25)
    outcome = train_toy(tmp_path / "run")
    assert outcome.other_cores == 0.25
    assert trained_run.load_run(tmp_path / "run", this_machine("cpu", "float32")).other_cores == outcome.other_cores


def test_a_resumed_run_does_not_say_what_ran_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(OtherWork, "cores", lambda _: 0.0)
    train_toy_until(tmp_path / "run", SETTINGS.checkpoint_every)
    assert train_toy(tmp_path / "run").other_cores is None
