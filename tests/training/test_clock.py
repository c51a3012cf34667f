"""The seconds of a run, with what the device had still to do."""

import json
from types import SimpleNamespace

from builders.trainings import train_toy

from benchmark.system.machine import Machine
from benchmark.training import loop
from benchmark.training.loop import TrainConfig

SETTINGS = TrainConfig(total_updates=5, log_every=2, grid_every=100, checkpoint_every=100)


def lines_of(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_the_clock_waits_for_the_device_before_each_writing_of_the_log_and_only_then(tmp_path, monkeypatch):
    """A clock that ticks once each time it is read, so twice a turn, and a device that is 1,000 ticks behind."""
    ticks = iter(range(10_000))
    behind = []
    clock = SimpleNamespace(perf_counter=lambda: next(ticks) + 1_000.0 * len(behind))
    monkeypatch.setattr(loop, "time", clock)
    monkeypatch.setattr(Machine, "wait", lambda _machine: behind.append("waited"))
    outcome = train_toy(tmp_path / "run", SETTINGS)
    seconds = [line["seconds"] for line in lines_of(tmp_path / "run")]
    assert seconds == [2, 1_004, 1_006, 2_008, 3_010]  # it is waited for after updates 2 and 4, and at the end
    assert outcome.seconds == 3_010
