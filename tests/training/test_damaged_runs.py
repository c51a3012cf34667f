"""Run folders of which a file was changed, cut off or left behind."""

import json
import math
import os
import signal

import pytest
from builders.trainings import flip_bit, logged_steps, toy_config, train_toy, train_toy_until
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from benchmark.commands.pack import pack
from benchmark.errors import UsageError
from benchmark.system.machine import this_machine
from benchmark.training import checkpoint, saved_weights, trained_run
from benchmark.training.loop import TrainConfig

MACHINE = this_machine("cpu", "float32")


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """The task's own settings of the model are those of the toy."""
    monkeypatch.setattr(trained_run, "model_config", lambda *_: toy_config()[0].model_config)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The weights of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    train_toy(folder)
    return (folder / "generator.safetensors").read_bytes()


def with_number(path, value, prefix="", **header):
    """Rewrite a safetensors file with one number changed, as valid as before but for its digest."""
    tensors = load_file(path)
    name = next(name for name in tensors if name.startswith(prefix) and tensors[name].is_floating_point())
    tensors[name].view(-1)[0] = value
    save_file(tensors, path, **header)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def wrong_step(path):
    counters = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(counters | {"step": 2, "turns": 4}))


def nan_without_digests(path):
    """As in a checkpoint by an earlier version."""
    with_number(path, math.nan, "model.")
    counters = json.loads(path.with_suffix(".json").read_text())
    del counters["sha256"]
    path.with_suffix(".json").write_text(json.dumps(counters))


DAMAGES = {
    "a bit of the tensors": lambda path: flip_bit(path, -200),
    "a bit of the header": lambda path: flip_bit(path, 100),
    "another number": lambda path: with_number(path, 0.125, "optimizer."),
    "truncated tensors": cut,
    "truncated numbers": lambda path: cut(path.with_suffix(".json")),
    "no tensors": lambda path: path.unlink(),
    "a wrong step": wrong_step,
    "another checkpoint's tensors": lambda path: os.replace(path.with_name("step_0000002.safetensors.kept"), path),
    "NaN, without digests": nan_without_digests,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_from_a_damaged_checkpoint_a_run_goes_on_with_the_one_before_and_a_remark(tmp_path, whole, damage, capsys):
    train_toy_until(tmp_path / "run", 4)
    folder = tmp_path / "run/checkpoints"
    (folder / "step_0000002.safetensors.kept").write_bytes((folder / "step_0000002.safetensors").read_bytes())
    DAMAGES[damage](folder / "step_0000004.safetensors")
    capsys.readouterr()
    assert train_toy(tmp_path / "run").status == "finished"
    (remark,) = (line for line in capsys.readouterr().err.splitlines() if "going on from the checkpoint" in line)
    assert "step_0000004" in remark
    assert "delete" not in remark
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole
    assert logged_steps(tmp_path / "run") == [*range(1, 9)]


def test_a_whole_checkpoint_is_taken_without_a_remark(tmp_path, whole, capsys):
    train_toy_until(tmp_path / "run", 5)
    train_toy(tmp_path / "run")
    assert "checkpoint" not in capsys.readouterr().err
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole


def test_without_any_whole_checkpoint_a_run_is_refused(tmp_path):
    train_toy_until(tmp_path / "run", 4)
    for path in (tmp_path / "run/checkpoints").glob("*.safetensors"):
        cut(path)
    with pytest.raises(UsageError, match=r"step_0000002.safetensors is not a readable .*or delete .*step_0000002.json"):
        train_toy(tmp_path / "run")


def test_of_the_only_checkpoint_a_copy_is_asked_for_and_all_else_may_stay(tmp_path, whole):
    train_toy_until(tmp_path / "run", 3)
    numbers = tmp_path / "run/checkpoints/step_0000002.json"
    copy = numbers.read_bytes()
    cut(numbers)
    with pytest.raises(
        UsageError, match=r"put a whole copy back, or delete .*2\.json to begin .* other files can stay"
    ):
        train_toy(tmp_path / "run")
    numbers.write_bytes(copy)
    train_toy(tmp_path / "run")
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole


def test_what_the_message_says_about_all_checkpoints_helps(tmp_path, whole):
    train_toy_until(tmp_path / "run", 4)
    for path in (tmp_path / "run/checkpoints").glob("*.safetensors"):
        cut(path)
    with pytest.raises(UsageError, match=r"delete \S*step_0000002.json, step_0000004.json to begin"):
        train_toy(tmp_path / "run")
    for path in (tmp_path / "run/checkpoints").glob("*.json"):
        path.unlink()
    train_toy(tmp_path / "run")
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole
    assert logged_steps(tmp_path / "run") == [*range(1, 9)]


def test_the_weights_of_a_run_are_hashed_once(tmp_path, monkeypatch):
    train_toy(tmp_path / "run")
    hashed = []
    kept = saved_weights.file_sha256
    for module in (saved_weights, trained_run):
        monkeypatch.setattr(module, "file_sha256", lambda path: hashed.append(path.name) or kept(path))
    run = trained_run.load_run(tmp_path / "run", MACHINE)
    assert hashed == ["generator.safetensors"]
    assert run.subject.model.weights_sha256 == kept(tmp_path / "run/generator.safetensors")


def test_checkpoints_by_earlier_versions_have_no_digests_and_are_taken(tmp_path, whole, capsys):
    train_toy_until(tmp_path / "run", 4)
    path = tmp_path / "run/checkpoints/step_0000004.safetensors"
    save_file(load_file(path), path)
    counters = json.loads(path.with_suffix(".json").read_text())
    del counters["sha256"]
    path.with_suffix(".json").write_text(json.dumps(counters))
    capsys.readouterr()
    train_toy(tmp_path / "run")
    assert "checkpoint" not in capsys.readouterr().err
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole


@pytest.mark.parametrize("kill_at", [4, 5, 7])
def test_no_line_of_the_log_is_lost_where_checkpoints_fall_between_its_lines(tmp_path, kill_at):
    settings = TrainConfig(total_updates=8, log_every=3, grid_every=8, checkpoint_every=2)
    train_toy_until(tmp_path / "run", kill_at, settings)
    train_toy(tmp_path / "run", settings)
    assert logged_steps(tmp_path / "run") == [*range(1, 9)]


CHANGES = {
    "a bit": (lambda path: flip_bit(path, -5), "sha256"),
    "another run's": (lambda path: with_number(path, 0.5), "has sha256 .*, but the run ended with"),
    "NaN": (lambda path: with_number(path, math.nan), "has sha256 .*, but the run ended with"),
}


@pytest.mark.parametrize("read", [trained_run.load_run, trained_run.load_generator, pack])
@pytest.mark.parametrize("change", CHANGES)
def test_a_finished_runs_changed_weights_are_neither_scored_nor_drawn_from_nor_packed(tmp_path, change, read):
    train_toy(tmp_path / "run")
    damage, words = CHANGES[change]
    damage(tmp_path / "run/generator.safetensors")
    with pytest.raises(UsageError, match=rf"generator.safetensors.*{words}.*delete outcome.json"):
        read(tmp_path / "run", tmp_path / "mine.zip" if read is pack else MACHINE)


def test_outcomes_by_earlier_versions_name_no_weights_but_those_must_be_numbers(tmp_path):
    train_toy(tmp_path / "run")
    weights, outcome = tmp_path / "run/generator.safetensors", tmp_path / "run/outcome.json"
    save_file(load_file(weights), weights)
    named = json.loads(outcome.read_text())
    del named["weights_sha256"]
    outcome.write_text(json.dumps(named))
    assert trained_run.load_run(tmp_path / "run", MACHINE).divergence is None
    with_number(weights, math.nan)
    with pytest.raises(UsageError, match="has weights that are not finite, though the run did not diverge"):
        trained_run.load_run(tmp_path / "run", MACHINE)
    outcome.write_text(json.dumps(named | {"status": "diverged", "reason": "a loss"}))
    assert trained_run.load_run(tmp_path / "run", MACHINE).divergence


def test_a_damaged_snapshot_is_refused(tmp_path):
    train_toy(tmp_path / "run")
    snapshot = tmp_path / "run/snapshots/step_0000004.safetensors"
    trained_run.load_generator(tmp_path / "run", MACHINE, snapshot)
    flip_bit(snapshot, -1)
    with pytest.raises(UsageError, match=r"step_0000004.safetensors is damaged"):
        trained_run.load_generator(tmp_path / "run", MACHINE, snapshot)


def test_leftovers_of_a_killed_process_go_at_the_next_start_and_nothing_else_does(tmp_path, whole):
    run = tmp_path / "run"
    train_toy_until(run, 4)
    places = (".config.json", "checkpoints/.step_0000006.safetensors", "samples/.x.png", "snapshots/.x.safetensors")
    left = [run / f"{place}.0123abcd.part" for place in places]
    for path in left:
        path.mkdir()
        (path / ".tmpAbc123").write_bytes(b"half")
    old = run / "checkpoints/.step_0000004.safetensors.89abcdef.part"  # a file, as earlier versions left them
    old.write_bytes(b"half")
    orphan = run / "checkpoints/step_0000003.safetensors"
    orphan.write_bytes(b"no numbers next to it")
    mine = [run / "notes.part", run / ".mine.part", run / "checkpoints/thesis.safetensors"]
    for path in mine:
        path.write_text("mine")
    train_toy(run)
    assert [path for path in [*left, old, orphan] if path.exists()] == []
    assert [path for path in mine if not path.exists()] == []
    assert (run / "generator.safetensors").read_bytes() == whole


def test_a_clock_that_was_set_back_changes_nothing(tmp_path, whole, monkeypatch):
    train_toy_until(tmp_path / "run", 5)
    for path in (tmp_path / "run").rglob("*"):
        os.utime(path, (2e9, 2e9))
    monkeypatch.setattr("time.time", lambda: 1e9)
    train_toy(tmp_path / "run")
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole
    assert logged_steps(tmp_path / "run") == [*range(1, 9)]


def test_losses_that_are_not_finite_end_a_run_before_a_checkpoint_of_them_is_written(tmp_path, monkeypatch):
    from reference_models.mlp_gan import MLPGAN

    kept = MLPGAN.generator_turn

    def spoiled(self, real, condition):
        losses = kept(self, real, condition)
        spoiled.turns += 1
        return {name: loss * (math.nan if spoiled.turns == 4 else 1) for name, loss in losses.items()}

    spoiled.turns = 0
    monkeypatch.setattr(MLPGAN, "generator_turn", spoiled)
    assert train_toy(tmp_path / "run").reason.endswith("at generator update 4")
    assert [path.stem for path in (tmp_path / "run/checkpoints").glob("*.json")] == ["step_0000002"]
    weights = load_file(tmp_path / "run/generator.safetensors").values()
    assert not all(tensor.isfinite().all() for tensor in weights)


def test_a_disk_that_fills_during_a_training_is_one_line_and_the_run_goes_on_later(tmp_path, whole, monkeypatch):
    def full(*_args, **_named):
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    train_toy_until(tmp_path / "run", 4)
    with monkeypatch.context() as patch:
        patch.setattr("benchmark.system.tensors.save_file", full)
        with pytest.raises(
            UsageError, match=r"cannot write .*step_0000006.safetensors: .*No space left.*free some space"
        ):
            train_toy(tmp_path / "run")
    train_toy(tmp_path / "run")
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole
    assert logged_steps(tmp_path / "run") == [*range(1, 9)]


def test_a_training_told_to_end_leaves_nothing_half_written_and_goes_on(tmp_path, whole, monkeypatch):
    """SIGTERM, which the command line turns into an interruption, in the middle of the writing of a checkpoint."""
    kept = checkpoint.write_json

    def told_to_end(path, document):
        if path.name == "step_0000006.json":
            signal.raise_signal(signal.SIGTERM)
        kept(path, document)

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(checkpoint, "write_json", told_to_end)
            with pytest.raises(KeyboardInterrupt):
                train_toy(tmp_path / "run")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [path for path in (tmp_path / "run").rglob("*") if path.name.endswith(".part")] == []
    train_toy(tmp_path / "run")
    assert (tmp_path / "run/generator.safetensors").read_bytes() == whole


@pytest.mark.parametrize("damage", [lambda path: flip_bit(path, -1), lambda path: path.unlink()])
def test_training_a_finished_run_again_says_that_its_weights_are_lost_and_how_to_get_them_back(tmp_path, damage):
    train_toy(tmp_path / "run")
    weights = tmp_path / "run/generator.safetensors"
    before = weights.read_bytes()
    damage(weights)
    with pytest.raises(UsageError, match=r"generator\.safetensors .*delete outcome\.json"):
        train_toy(tmp_path / "run")
    (tmp_path / "run/outcome.json").unlink()
    train_toy(tmp_path / "run")
    assert weights.read_bytes() == before
