"""The training loop: turns, averages, checkpoints, resuming, divergence."""

import copy
import dataclasses
import json
import math
import shutil

import pytest
import torch
from builders.data import toy_data
from torch import nn

from benchmark.data.batches import feed
from benchmark.data.datasets import DATASETS
from benchmark.definitions import model_settings
from benchmark.definitions.model_settings import report_updates
from benchmark.errors import UsageError
from benchmark.system.files import locked
from benchmark.system.machine import this_machine
from benchmark.system.tensors import load_tensors, save_tensors
from benchmark.tasks import TASKS
from benchmark.training import checkpoint, runs, trained_run
from benchmark.training.loop import (
    DivergedError,
    TrainConfig,
    TrainState,
    Update,
    check_losses,
    log_lines,
    train,
    update_ema,
)
from benchmark.training.run_config import configure
from benchmark.training.run_folder import numbered, step_of

FACES = DATASETS["anime-faces"]
SETTINGS = TrainConfig(total_updates=4, log_every=2, grid_every=4, checkpoint_every=2, snapshot_every=2)
MACHINE = this_machine("cpu", "float32")


def make_small(patch):
    """Have R1 narrow layers and batches of 8, so that an update takes milliseconds."""
    full = model_settings.model_config
    changes = {"channels": 8, "critic_channels": 4, "head_channels": 8, "batch_size": 8, "n_critic": 2}
    for module in ("run_config", "trained_run"):
        patch.setattr(f"benchmark.training.{module}.model_config", lambda name, task: full(name, task, **changes))


@pytest.fixture
def small(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    """A folder with a run that has ended, and one that was killed half-way; no test changes it."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        finished(folder / "ended")
        half_way(folder / "half_way")
    return folder


@pytest.fixture
def ended(small, trained_once, tmp_path):
    """A run that has ended, of the test's own."""
    return shutil.copytree(trained_once / "ended", tmp_path / "run")


@pytest.fixture
def killed(small, trained_once, tmp_path):
    """A run of eight updates that was killed after four, of the test's own."""
    return shutil.copytree(trained_once / "half_way", tmp_path / "run")


def config(settings=SETTINGS, seed=0):
    data = toy_data(FACES)
    settings = dataclasses.replace(settings, seed=seed)
    return configure(TASKS["anime-faces"], "wgan_gp_hardest_negative", data, "custom", settings, MACHINE), data


def finished(folder, settings=SETTINGS, seed=0):
    run_config, data = config(settings, seed)
    return runs.train_run(folder, run_config, MACHINE, data)


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


NO_MEMORY = [MemoryError(), torch.OutOfMemoryError("CUDA"), RuntimeError("DefaultCPUAllocator: no")]
LONGER = dataclasses.replace(SETTINGS, total_updates=8)


def half_way(folder):
    """A run of eight updates that was killed after four."""
    run_config, data = config(LONGER)

    def killed(self, state):
        kept(self, state)
        if state.step == 4:
            raise KeyboardInterrupt

    kept = runs.Housekeeping.__call__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.Housekeeping, "__call__", killed)
        with pytest.raises(KeyboardInterrupt):
            runs.train_run(folder, run_config, MACHINE, data)


def weights(folder):
    return load_tensors(folder / "generator.safetensors")


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_same_seed_gives_the_same_bytes(small, tmp_path):
    for name in ("a", "b"):
        finished(tmp_path / name)
    assert (tmp_path / "a/generator.safetensors").read_bytes() == (tmp_path / "b/generator.safetensors").read_bytes()


def test_another_seed_gives_other_weights(small, tmp_path):
    finished(tmp_path / "a")
    finished(tmp_path / "b", seed=1)
    assert not same(weights(tmp_path / "a"), weights(tmp_path / "b"))


def test_a_killed_run_ends_as_if_it_had_not_been_killed(small, tmp_path, monkeypatch):
    whole = finished(tmp_path / "whole")

    def killed(self, state):
        kept(self, state)
        if state.step == 3:
            raise KeyboardInterrupt

    kept = runs.Housekeeping.__call__
    monkeypatch.setattr(runs.Housekeeping, "__call__", killed)
    with pytest.raises(KeyboardInterrupt):
        finished(tmp_path / "killed")
    monkeypatch.setattr(runs.Housekeeping, "__call__", kept)
    resumed = finished(tmp_path / "killed")

    assert same(weights(tmp_path / "whole"), weights(tmp_path / "killed"))
    assert resumed.images_seen == whole.images_seen == 4 * 2 * 8
    steps = [json.loads(line)["step"] for line in (tmp_path / "killed/log.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4]


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_moments_come_back_in_the_layout_of_their_weights(layout, tmp_path):
    """A fused Adam goes over weights and moments as they lie in memory, and a file knows no layout."""

    def stepped(layer, optimizer, images):
        optimizer.zero_grad()
        layer(images).square().sum().backward()
        optimizer.step()
        return layer.weight.detach().clone()

    torch.manual_seed(0)
    layer = nn.Conv2d(3, 5, 4).to(memory_format=layout)
    again, images = copy.deepcopy(layer), torch.randn(2, 3, 8, 8)
    ours, theirs = (torch.optim.Adam(one.parameters(), fused=True) for one in (layer, again))
    again.load_state_dict({"weight": stepped(layer, ours, images), "bias": layer.bias})
    save_tensors(tmp_path / "kept.safetensors", checkpoint.pack_optimizer("o", ours))
    checkpoint.unpack_optimizer("o", theirs, load_tensors(tmp_path / "kept.safetensors"))
    assert torch.equal(stepped(layer, ours, images), stepped(again, theirs, images))


def test_a_finished_run_is_not_trained_again(ended):
    before = (ended / "generator.safetensors").stat().st_mtime_ns
    log = (ended / "log.jsonl").read_text()
    finished(ended)
    assert (ended / "log.jsonl").read_text() == log
    assert (ended / "generator.safetensors").stat().st_mtime_ns == before


@pytest.mark.parametrize("began", ["ended", "killed"])
def test_a_longer_budget_goes_on_and_ends_as_if_it_had_been_given_first(began, request, tmp_path):
    folder = request.getfixturevalue(began)
    longest = dataclasses.replace(SETTINGS, total_updates=10)
    finished(tmp_path / "at once", longest)
    outcome = finished(folder, longest)
    assert outcome.step == runs.read_config(folder).train_config.total_updates == 10
    assert (folder / "generator.safetensors").read_bytes() == (tmp_path / "at once/generator.safetensors").read_bytes()
    losses = [[without_seconds(line) for line in log_of(place)] for place in (folder, tmp_path / "at once")]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 10


def log_of(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def without_seconds(line):
    return {name: value for name, value in line.items() if name != "seconds"}


def test_a_run_that_has_come_as_far_is_not_cut_short_and_stays_as_it_is(ended):
    before = (ended / "outcome.json").read_bytes()
    with pytest.raises(UsageError, match="is at update 4 already, and --budget asks for 2; give more than 4"):
        finished(ended, dataclasses.replace(SETTINGS, total_updates=2))
    assert (ended / "outcome.json").read_bytes() == before


def test_a_shorter_budget_ends_a_killed_run_as_if_it_had_been_given_first(killed, tmp_path):
    begun = runs.read_config(killed).train_config.total_updates
    for name in ("samples/step_0000099.png", "snapshots/step_0000099.safetensors"):  # ahead of the last checkpoint
        (killed / name).parent.mkdir(exist_ok=True)
        (killed / name).touch()
    shorter = dataclasses.replace(SETTINGS, total_updates=begun - 1)
    finished(tmp_path / "at once", shorter)
    assert finished(killed, shorter).step == runs.read_config(killed).train_config.total_updates == begun - 1
    both = [(folder / "generator.safetensors").read_bytes() for folder in (killed, tmp_path / "at once")]
    assert both[0] == both[1]
    assert [step_of(path) for path in numbered(killed / "samples", ".png")][-1] == begun - 1
    assert not (killed / "snapshots/step_0000099.safetensors").exists()


@pytest.mark.parametrize("began", ["ended", "killed"])
def test_a_budget_may_get_another_name_for_as_many_updates(began, request):
    folder = request.getfixturevalue(began)
    run_config, data = config(runs.read_config(folder).train_config)
    kept = {path: path.read_bytes() for path in folder.rglob("step_*")}
    runs.train_run(folder, dataclasses.replace(run_config, budget="report"), MACHINE, data)
    assert runs.read_config(folder).budget == "report"
    assert all(path.read_bytes() == content for path, content in kept.items() if path.exists())
    assert finished(folder, run_config.train_config).step == run_config.train_config.total_updates
    assert runs.read_config(folder).budget == "custom"


def test_a_run_that_diverged_stays_so_at_a_longer_budget(ended):
    edit(ended / "outcome.json", status="diverged", reason="generator/loss was not finite")
    weights = (ended / "generator.safetensors").read_bytes()
    assert finished(ended, LONGER).status == "diverged"
    assert (ended / "generator.safetensors").read_bytes() == weights


def test_a_run_that_diverged_is_not_cut_short_to_before_it_did(killed):
    """It has a checkpoint of update 4, and diverged at 6; the first five updates alone would have been fine."""
    diverged = runs.Outcome(status="diverged", reason="x", step=6, images_seen=1, seconds=1.0, images_per_second=1.0)
    (killed / "outcome.json").write_text(json.dumps(diverged.to_json()))
    (killed / "generator.safetensors").touch()
    with pytest.raises(UsageError, match="is at update 6 already, and --budget asks for 5; give more than 6"):
        finished(killed, dataclasses.replace(SETTINGS, total_updates=5))
    assert finished(killed, dataclasses.replace(SETTINGS, total_updates=7)).status == "diverged"


def test_another_configuration_is_refused_with_the_differences(ended):
    with pytest.raises(UsageError) as caught:
        finished(ended, LONGER, seed=3)
    assert "--seed was 0, now 3" in str(caught.value)
    assert "the number of generator updates (--budget) was 4, now 8" in str(caught.value)
    assert "--no-resume" in str(caught.value)


def test_no_resume_starts_anew(ended):
    run_config, _ = config(seed=3)
    assert runs.open_run(ended, run_config, MACHINE, resume=False).state.step == 0


def test_no_resume_deletes_the_run_and_nothing_else(ended):
    (ended / "notes.txt").write_text("mine")
    run_config, _ = config(seed=3)
    runs.open_run(ended, run_config, MACHINE, resume=False)
    assert sorted(path.name for path in ended.iterdir()) == ["config.json", "lock", "notes.txt"]


@pytest.mark.parametrize("resume", [True, False])
def test_somebody_elses_config_json_is_left_alone(small, tmp_path, resume):
    (tmp_path / "config.json").write_text('{"editor": "vim"}')
    run_config, _ = config()
    with pytest.raises(UsageError, match=r"config.json lacks the key 'task' that such a file has"):
        runs.open_run(tmp_path, run_config, MACHINE, resume=resume)
    assert json.loads((tmp_path / "config.json").read_text()) == {"editor": "vim"}


def test_two_processes_do_not_train_in_one_folder(ended):
    before = sorted(path.name for path in ended.iterdir())
    run_config, data = config(seed=1)
    with locked(ended / "lock"), pytest.raises(UsageError, match="another process is working in"):
        runs.train_run(ended, run_config, MACHINE, data, resume=False)
    assert sorted(path.name for path in ended.iterdir()) == before
    assert runs.train_run(ended, run_config, MACHINE, data, resume=False).status == "finished"


def test_too_few_images_leave_no_folder_behind(small, tmp_path):
    run_config, _ = config()
    with pytest.raises(UsageError, match="fewer than one batch"):
        runs.train_run(tmp_path / "run", run_config, MACHINE, toy_data(FACES, count=4))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("content", "word"), [("", "not a whole JSON file"), ("[]", "lacks the key 'status'")])
def test_a_damaged_outcome_is_refused(ended, content, word):
    (ended / "outcome.json").write_text(content)
    with pytest.raises(UsageError, match=rf"outcome.json.*{word}.*delete it and train again"):
        trained_run.read_outcome(ended)


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        ("config.json", "task", 5),
        ("config.json", "model", None),
        ("config.json", "model_config", "x"),
        ("config.json", "train_config", {"total_updates": "x"}),
        ("config.json", "precision", "float8"),
        ("config.json", "data_digest", 5),
        ("config.json", "images_left_out", -1),
        ("config.json", "editor", "vim"),
        ("outcome.json", "status", 5),
        ("outcome.json", "images_seen", "x"),
        ("outcome.json", "seconds", -1.0),
    ],
)
def test_a_run_folders_files_are_read_with_every_type_checked(ended, file, key, value):
    edit(ended / file, **{key: value})
    with pytest.raises(UsageError, match=rf"{file}: {key}.*[ :]got .*; (train into|delete it)"):
        trained_run.load_generator(ended, MACHINE)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"conditions": {"kind": "attributes", "sizes": [-1]}}, r"conditions is .*\(-1,\).*; train again"),
        ({"conditions": {"kind": "multi_label", "sizes": [24]}}, "conditions is .*multi_label.*; train again"),
        ({"channels": 1_000_000}, "takes up to .* GB"),
    ],
)
def test_a_saved_model_that_cannot_be_is_refused_before_it_is_made(ended, settings, words):
    config = json.loads((ended / "config.json").read_text())
    edit(ended / "config.json", model_config=config["model_config"] | settings)
    with pytest.raises(UsageError, match=words):
        trained_run.load_generator(ended, MACHINE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"step": "x"}, "step: got 'x'; input should be a valid integer"),
        ({"step": -5}, "step: got -5; input should be greater than or equal to 0"),
        ({"model": 1}, "model: got 1; extra inputs are not permitted"),
        ({"step": 3}, "is damaged: it is not what was written"),
        ({"step": 3, "sha256": ""}, "says that it is of update 3"),
        ({"seconds": 1e9}, "is damaged: it is not what was written"),
    ],
)
def test_a_checkpoint_with_other_numbers_is_refused_with_what_to_do(killed, change, words):
    (killed / "checkpoints/step_0000002.json").unlink()
    edit(killed / "checkpoints/step_0000004.json", **change)
    with pytest.raises(UsageError, match=f"{words}.*delete .*step_0000004.json to begin this run again"):
        finished(killed, LONGER)


def test_a_checkpoint_of_another_model_is_refused(killed):
    folder = killed / "checkpoints"
    counters = json.loads((folder / "step_0000004.json").read_text())
    del counters["sha256"]
    checkpoint.save(folder, 4, {"model.x": torch.zeros(1)}, counters)
    (folder / "step_0000002.json").unlink()
    with pytest.raises(UsageError, match=r"holds no state of this run .*delete .*4.json to begin this run again"):
        finished(killed, LONGER)


def test_files_beside_the_checkpoints_do_not_count(killed):
    for name in ("step_abc.json", "step_abc.safetensors"):
        (killed / "checkpoints" / name).write_text("{}")
    assert finished(killed, LONGER).step == 8


def test_lost_weights_come_back_as_the_message_says(ended):
    kept = weights(ended)
    (ended / "generator.safetensors").unlink()
    with pytest.raises(UsageError, match=r"delete outcome\.json next to it and train again"):
        trained_run.load_generator(ended, MACHINE)
    (ended / "outcome.json").unlink()
    finished(ended)
    assert same(weights(ended), kept)


def test_an_ended_run_says_so(small, tmp_path, capsys):
    first = finished(tmp_path / "run")
    assert "ended already" not in capsys.readouterr().err
    assert finished(tmp_path / "run") == first
    assert f"{tmp_path / 'run'} holds a run that has ended already" in capsys.readouterr().err


@pytest.mark.parametrize("error", NO_MEMORY)
def test_too_little_memory_is_said_in_one_line(small, tmp_path, monkeypatch, error):
    def refuse(*_):
        raise error

    monkeypatch.setattr("benchmark.training.loop.take_turn", refuse)
    with pytest.raises(UsageError, match="the memory does not suffice for batches of 8; give a smaller batch_size"):
        finished(tmp_path / "run")


def test_other_errors_of_torch_are_no_lack_of_memory(small, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.training.loop.take_turn", lambda *_: torch.zeros(2) @ torch.zeros(3))
    with pytest.raises(RuntimeError, match="inconsistent tensor size"):
        finished(tmp_path / "run")


def test_an_unfinished_run_has_no_outcome(small, tmp_path):
    run_config, _ = config()
    runs.open_run(tmp_path / "run", run_config, MACHINE)
    with pytest.raises(UsageError, match="holds a run that has not ended"):
        trained_run.read_outcome(tmp_path / "run")


def test_a_log_line_that_was_cut_off_or_edited_is_dropped(small, tmp_path):
    path = tmp_path / "log.jsonl"
    odd = '{"step": "x"}\n{"step": [1]}\n' + 10_000 * "[" + "\n"
    path.write_text('{"step": 2, "a": 1}\n' + odd + '{"step": 4, "a": 1}\n{"step": 2, "a"')
    runs.trim_log(path, step=2)
    assert path.read_text() == '{"step": 2, "a": 1}\n'


def test_a_folder_with_other_things_is_refused(small, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    run_config, _ = config()
    with pytest.raises(UsageError, match="holds other things and no run"):
        runs.open_run(tmp_path, run_config, MACHINE)
    with pytest.raises(UsageError, match="holds other things and no run"):
        runs.open_run(tmp_path, run_config, MACHINE, resume=False)
    assert (tmp_path / "thesis.txt").exists()


def test_the_last_two_checkpoints_and_all_snapshots_are_kept(small, tmp_path):
    finished(tmp_path / "run", dataclasses.replace(SETTINGS, total_updates=8))
    kept = sorted(path.name for path in (tmp_path / "run/checkpoints").iterdir())
    assert kept == [f"step_000000{step}.{kind}" for step in (6, 8) for kind in ("json", "safetensors")]
    assert len(list((tmp_path / "run/snapshots").iterdir())) == 4
    assert (tmp_path / "run/samples/step_0000008.png").exists()


def test_a_half_written_checkpoint_does_not_count(ended):
    folder = ended / "checkpoints"
    (folder / "step_0000004.json").unlink()
    assert [path.name for path in checkpoint.complete(folder)] == ["step_0000002.json"]


def test_divergence_is_an_outcome_and_no_crash(small, tmp_path, monkeypatch):
    from reference_models.wgan_gp_hardest_negative import WGANGPHardestNegative

    monkeypatch.setattr(
        WGANGPHardestNegative,
        "generator_loss",
        lambda self, real, fake, condition: {"wasserstein": fake.sum() * float("nan")},
    )
    run_config, data = config()
    outcome = runs.train_run(tmp_path / "run", run_config, MACHINE, data)
    assert outcome.status == "diverged"
    assert outcome.reason == "generator/wasserstein was not finite at generator update 1"
    (line,) = map(json.loads, (tmp_path / "run" / "log.jsonl").read_text().splitlines())
    assert line["generator/wasserstein"] is None
    assert math.isfinite(line["discriminator/wasserstein"])
    assert (line["step"], line["turns"]) == (1, 3)


def test_turns_alternate_as_the_model_says(small, monkeypatch):
    run_config, data = config()
    state = TrainState.start(model_settings.find_model(run_config.model)[0](run_config.model_config))
    players = []
    monkeypatch.setattr("benchmark.training.loop.take_turn", lambda _s, player, *_: players.append(player))
    monkeypatch.setattr("benchmark.training.loop.update_ema", lambda *_: None)
    train(state, feed(data, "all", 8, 0, MACHINE), TrainConfig(total_updates=2), MACHINE, lambda _: None)
    assert players == ["discriminator", "discriminator", "generator"] * 2


def test_the_average_follows_the_formula():
    layer = torch.nn.BatchNorm1d(1)
    model = type("Model", (), {"generator": layer})()
    state = TrainState(model=model, ema=torch.nn.BatchNorm1d(1), optimizers={}, step=10, images_seen=1_000)
    with torch.no_grad():
        layer.weight.fill_(3.0)
    layer.num_batches_tracked.fill_(7)
    update_ema(state, half_life=20_000)
    decay = 0.5 ** (100 / 50)  # 100 images an update, half-life 5 % of 1,000
    assert state.ema.weight.item() == pytest.approx(decay * 1 + (1 - decay) * 3)
    assert state.ema.num_batches_tracked.item() == 7


def updates(*losses_of_updates):
    """A state of which so many updates are not logged yet, each given by its turns' losses."""
    unlogged = [
        Update({"step": step}, [{name: torch.tensor(value) for name, value in turn.items()} for turn in turns])
        for step, turns in enumerate(losses_of_updates, 1)
    ]
    return TrainState(model=None, ema=None, optimizers={}, unlogged=unlogged)


def test_the_log_has_a_line_for_each_update_with_means_over_its_turns():
    state = updates([{"d": 1.0}, {"d": 3.0}, {"g": 5.0}], [{"d": 4.0}, {"d": 4.0}, {"g": -1.0}])
    assert log_lines(state) == [{"step": 1, "d": 2.0, "g": 5.0}, {"step": 2, "d": 4.0, "g": -1.0}]
    assert log_lines(state) == []


def test_divergence_names_the_first_loss_that_was_not_finite_and_when():
    inf = float("inf")
    lines = log_lines(updates([{"d": 1.0}, {"g": 2.0}], [{"d": 3.0}, {"g": inf}], [{"d": inf}, {"g": 4.0}]))
    assert lines == [{"step": 1, "d": 1.0, "g": 2.0}, {"step": 2, "d": 3.0, "g": inf}]
    check_losses(lines[:1])
    with pytest.raises(DivergedError, match="g was not finite at generator update 2"):
        check_losses(lines)


def test_losses_that_leap_from_one_infinity_to_the_other_within_an_update_are_a_divergence_too():
    (line,) = log_lines(updates([{"d": float("inf")}, {"d": float("-inf")}, {"g": 2.0}]))
    assert math.isnan(line["d"])
    with pytest.raises(DivergedError, match="d was not finite at generator update 1"):
        check_losses([line])


def test_a_variants_report_budget_counts_all_generator_updates_of_its_cycles():
    assert report_updates("cdcgan_iclevr") == 56_400
    assert report_updates("cdcgan_iclevr:four_generator_steps") == 4 * 56_400
    assert report_updates("cwgan_gp_tags:n_generator=5") == 50_000


def test_every_image_comes_once_an_epoch_in_a_new_order():
    data = toy_data(FACES, count=32)
    supply = feed(data, "all", 8, 0, MACHINE)
    supply.conditions = torch.arange(32, dtype=torch.uint8)[:, None]
    epochs = [torch.cat([supply.batch(4 * epoch + k)[1] for k in range(4)]).flatten().tolist() for epoch in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(32))
    assert epochs[0] != epochs[1]


def test_batch_k_does_not_depend_on_the_batches_before_it():
    data = toy_data(FACES, count=32)
    walked, jumped = feed(data, "all", 8, 0, MACHINE), feed(data, "all", 8, 0, MACHINE)
    for k in range(9):
        last = walked.batch(k)
    for ours, theirs in zip(last, jumped.batch(8), strict=True):
        assert torch.equal(ours, theirs)


def test_batches_are_in_the_models_range():
    images, _ = feed(toy_data(FACES), "train", 8, 0, MACHINE).batch(0)
    assert images.dtype == torch.float32
    assert images.min() >= -1
    assert images.max() <= 1


def test_fewer_images_than_a_batch_are_refused():
    with pytest.raises(UsageError, match="toy has 12 images to train on, fewer than one batch of 64"):
        feed(toy_data(FACES, count=12), "all", 64, 0, MACHINE)
    with pytest.raises(
        UsageError, match=r"toy has 1 images to train on, fewer than one batch of 64; give more images$"
    ):
        feed(toy_data(FACES, count=1), "all", 64, 0, MACHINE)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_both_number_formats_train(small, precision):
    machine = this_machine("cpu", precision)
    run_config, data = config()
    state = TrainState.start(machine.place(model_settings.find_model(run_config.model)[0](run_config.model_config)))
    supply = feed(data, "all", 8, 0, machine)
    train(state, supply, TrainConfig(total_updates=2), machine, lambda _: None)
    losses = log_lines(state)[-1]
    assert losses.keys() - state.counters().keys() == {
        "discriminator/wasserstein", "discriminator/wrong_condition", "discriminator/gradient_penalty",
        "generator/wasserstein",
    }  # fmt: skip
    assert all(p.dtype == torch.float32 and p.isfinite().all() for p in state.model.parameters())


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"avx2", "avx512f", "avx512vl"}, "float32"),
        ({"avx512f", "avx512_bf16"}, "bfloat16"),
        ({"avx512f", "amx_tile", "amx_bf16"}, "bfloat16"),
    ],
)
def test_bfloat16_is_chosen_where_the_cpu_has_instructions_for_it(monkeypatch, flags, expected):
    monkeypatch.setattr("benchmark.system.machine.cpu_flags", lambda: flags)
    assert this_machine("cpu").precision == expected


def test_an_unknown_precision_is_refused():
    with pytest.raises(UsageError, match="precision is 'float8'; it may be auto, float32 or bfloat16"):
        this_machine("cpu", "float8")
