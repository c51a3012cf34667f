"""A run as it was at an earlier update, as if its budget had ended there."""

import dataclasses

import pytest
import torch
from builders.trainings import toy_config, train_toy, train_toy_until

from benchmark.errors import UsageError
from benchmark.system.machine import this_machine
from benchmark.tasks import budget_name, generator_updates
from benchmark.training import trained_run
from benchmark.training.loop import TrainConfig
from benchmark.training.trained_run import load_run

MACHINE = this_machine("cpu", "float32")
SETTINGS = TrainConfig(total_updates=4, snapshot_every=2, checkpoint_every=2)


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """The task's own settings of the model are those of the toy."""
    monkeypatch.setattr(trained_run, "model_config", lambda *_: toy_config()[0].model_config)


@pytest.fixture
def run(tmp_path):
    train_toy(tmp_path / "run", SETTINGS)
    return tmp_path / "run"


def without_times(lines):
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


def untimed(training):
    return training.model_copy(update={"seconds": 0.0})


def test_a_run_at_an_earlier_update_is_what_a_run_of_as_many_updates_leaves(run, tmp_path):
    train_toy(tmp_path / "short", dataclasses.replace(SETTINGS, total_updates=2))
    earlier, short, end = load_run(run, MACHINE, 2), load_run(tmp_path / "short", MACHINE), load_run(run, MACHINE)
    assert earlier.subject.model == short.subject.model != end.subject.model
    assert untimed(earlier.subject.training) == untimed(short.subject.training) != untimed(end.subject.training)
    assert without_times(earlier.log) == without_times(short.log) == without_times(end.log[:2])
    assert 0 < earlier.subject.training.seconds == earlier.log[-1]["seconds"] < end.subject.training.seconds
    weights = (one.model.generator.state_dict().values() for one in (earlier, short))
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


def test_the_last_update_is_the_end_of_the_run(run):
    assert load_run(run, MACHINE, 4).subject == load_run(run, MACHINE).subject


def test_a_run_that_goes_on_has_its_snapshots_already(tmp_path):
    train_toy_until(tmp_path / "run", 3, SETTINGS)
    whole = load_run(tmp_path / "run", MACHINE, 2)
    assert whole.subject.training.images_seen > 0
    with (tmp_path / "run" / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "ima')  # killed while it wrote
    assert load_run(tmp_path / "run", MACHINE, 2).log == whole.log
    with pytest.raises(UsageError, match="has not ended"):
        load_run(tmp_path / "run", MACHINE)


def test_an_update_without_a_snapshot_is_refused_with_those_that_have_one(run, tmp_path):
    with pytest.raises(UsageError, match=r"has no snapshot of update 3; its snapshots: of 2, 4"):
        load_run(run, MACHINE, 3)
    train_toy(tmp_path / "none", dataclasses.replace(SETTINGS, snapshot_every=0))
    with pytest.raises(UsageError, match="its snapshots: none; train with --snapshot-every"):
        load_run(tmp_path / "none", MACHINE, 2)


def test_a_log_that_lacks_the_update_is_refused(run):
    log = run / "log.jsonl"
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:1]))
    with pytest.raises(UsageError, match=r"log\.jsonl has no line of update 2; train that run again with --no-resume"):
        load_run(run, MACHINE, 2)


def test_a_log_that_lacks_an_update_to_which_the_run_comes_again_is_mended_by_going_on(tmp_path):
    settings = dataclasses.replace(SETTINGS, checkpoint_every=3)
    train_toy_until(tmp_path / "run", 2, settings)
    (tmp_path / "run" / "log.jsonl").write_text("")
    with pytest.raises(UsageError, match="no line of update 2; go on with the 'cgan-bench train' that began the run"):
        load_run(tmp_path / "run", MACHINE, 2)
    train_toy(tmp_path / "run", settings)
    assert [line["step"] for line in load_run(tmp_path / "run", MACHINE, 2).log] == [1, 2]


@pytest.mark.parametrize(
    ("updates", "budget"), [(20_000, "report"), (1_500, "short"), (2, "custom"), (19_999, "custom")]
)
def test_an_earlier_update_has_the_name_of_the_budget_that_ends_there(updates, budget):
    assert budget_name(updates, 20_000) == budget
    assert generator_updates(str(updates), 20_000) == (budget, updates), "as a training that is asked for so many"


@pytest.mark.parametrize(("budget", "name"), [("smoke", "smoke"), ("short", "report"), ("report", "report")])
def test_two_names_of_one_length_give_a_run_one_name(budget, name):
    assert generator_updates(budget, 1_500) == (name, 2 if name == "smoke" else 1_500)
