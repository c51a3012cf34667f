"""The numbers of a run: seconds with what the device had still to do, and all of them up to a divergence."""

import json
from types import SimpleNamespace

import pytest
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


@pytest.mark.parametrize("update", [3, 4])
def test_a_run_that_diverged_counts_what_it_did_until_then(tmp_path, monkeypatch, update):
    whole = loop.losses_of

    def infinite_from_then_on(player, model, real, condition):
        losses = whole(player, model, real, condition)
        turns.append(player)
        return {name: loss / (turns.count("generator") < update) for name, loss in losses.items()}

    turns = []
    monkeypatch.setattr(loop, "losses_of", infinite_from_then_on)
    outcome = train_toy(tmp_path / "run", SETTINGS)
    last = lines_of(tmp_path / "run")[-1]
    assert (outcome.status, outcome.step, last["step"]) == ("diverged", update, update)
    assert (outcome.turns, outcome.seconds) == (last["turns"], last["seconds"])
    assert outcome.images_seen == last["images_seen"] == 8 * update
    assert outcome.images_per_second == pytest.approx(outcome.images_seen / outcome.seconds)
