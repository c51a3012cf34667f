"""The files of a run folder that say what is trained and how it ended: one type each, and no other keys."""

import json
from dataclasses import replace

import pytest
from builders.data import toy_data

from benchmark.data.datasets import DATASETS
from benchmark.errors import UsageError
from benchmark.system.files import write_json
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from benchmark.training import run_config, runs, trained_run
from benchmark.training.loop import TrainConfig
from benchmark.training.run_config import Outcome, RunConfig, check_same_config, read_config, read_outcome

MACHINE = this_machine("cpu", "float32")
BEFORE = {  # as runs of the first version wrote it
    "budget": "report",
    "data_digest": "b80747c01e34ef7d97138070d0b6a8250bff14d163ac3565aef17184b3a747d3",
    "data_label": "synthetic",
    "memory_format": "channels_last",
    "model": "mlp_gan:adam_raw",
    "model_config": {
        "batch_size": 64,
        "betas": [0.5, 0.999],
        "channels": 64,
        "conditions": {"kind": "none", "sizes": []},
        "convolutions": False,
        "discriminator_optimizer": "adam",
        "generator_optimizer": "adam",
        "image_size": 64,
        "latent_dim": 100,
        "learning_rate": 0.0002,
        "n_critic": 1,
        "n_generator": 1,
        "normalise": False,
        "sgd_learning_rate": 0.01,
        "widths": [128, 256, 256, 256],
    },
    "precision": "float32",
    "task": "anime-faces-unconditional",
    "train_config": {
        "checkpoint_every": 100,
        "ema_half_life": 20000,
        "grid_every": 500,
        "log_every": 50,
        "seed": 0,
        "snapshot_every": 1000,
        "total_updates": 20000,
    },
}


def written(folder, document):
    write_json(folder / "config.json", document)
    return folder


def changed(**settings):
    return BEFORE | {"model_config": BEFORE["model_config"] | settings}


def test_a_run_written_before_is_read_and_written_again_byte_for_byte(tmp_path):
    before = (written(tmp_path, BEFORE) / "config.json").read_bytes()
    config = read_config(tmp_path)
    assert (config.model_config.widths, config.train_config.total_updates) == ((128, 256, 256, 256), 20_000)
    assert (written(tmp_path, config.to_json()) / "config.json").read_bytes() == before
    assert trained_run.model_of(config, tmp_path, MACHINE).config.normalise is False


@pytest.mark.parametrize("task", TASKS)
def test_every_models_configuration_comes_back_from_its_file(task, tmp_path):
    data = toy_data(DATASETS[TASKS[task].dataset])
    for model in TASKS[task].models:
        config = run_config.configure(TASKS[task], model, data, "short", TrainConfig(seed=3), MACHINE)
        assert read_config(written(tmp_path, config.to_json())) == config


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (BEFORE | {"editor": "vim"}, "editor: got 'vim'; unexpected keyword argument"),
        (changed(depth=3), "model_config: settings of mlp_gan: depth: got 3; unexpected keyword argument"),
        (
            changed(channels="x"),
            "model_config: settings of mlp_gan: channels: got 'x'; input should be a valid integer",
        ),
        (BEFORE | {"train_config": {"decay": 0.9}}, "train_config.decay: got 0.9; unexpected keyword argument"),
        (BEFORE | {"train_config": {"seed": True}}, "train_config.seed: got True; input should be a valid integer"),
        (BEFORE | {"budget": "huge"}, "budget: got 'huge'; input should be 'smoke', 'short', 'report' or 'custom'"),
        (BEFORE | {"model": "mlp"}, "model_config: .*mlp_gan"),
        (BEFORE | {"model_config": []}, r"model_config: settings are an object, got \[\]"),
    ],
)
def test_what_is_unknown_in_a_configuration_is_refused_by_its_name(document, words, tmp_path):
    with pytest.raises(UsageError, match=rf"config\.json: {words}.*; train into another folder"):
        read_config(written(tmp_path, document))


def test_a_lacking_key_is_named(tmp_path):
    written(tmp_path, {name: value for name, value in BEFORE.items() if name != "precision"})
    with pytest.raises(UsageError, match=r"config\.json lacks the key 'precision'"):
        read_config(tmp_path)


def test_two_configurations_differ_in_what_is_named_and_in_nothing_else(tmp_path):
    ours = read_config(written(tmp_path, BEFORE))
    check_same_config(tmp_path, ours, ours)
    theirs = replace(ours, precision="bfloat16", model_config=replace(ours.model_config, widths=(8,)))
    with pytest.raises(UsageError) as caught:
        check_same_config(tmp_path, theirs, ours)
    differences = str(caught.value).partition("configuration: ")[2].partition(". Give")[0]
    assert differences == (
        "the setting widths was (8,), now (128, 256, 256, 256); --precision was 'bfloat16', now 'float32'"
    )


def test_a_run_whose_settings_are_gone_goes_with_no_resume_and_not_without(tmp_path):
    ours = read_config(written(tmp_path, BEFORE))
    small = replace(ours, model_config=replace(ours.model_config, widths=(8,)))
    written(tmp_path, changed(depth=3))
    with pytest.raises(UsageError, match="depth"):
        runs.open_run(tmp_path, small, MACHINE)
    runs.open_run(tmp_path, small, MACHINE, resume=False)
    assert read_config(tmp_path) == small


def test_a_configuration_that_no_record_could_have_is_not_made():
    with pytest.raises(ValueError, match="float8"):
        RunConfig(**BEFORE | {"precision": "float8", "train_config": TrainConfig()})


def test_an_outcome_is_written_without_what_is_not_known_and_comes_back(tmp_path):
    for outcome in (
        Outcome(status="finished", step=4, turns=8, images_seen=64, seconds=1.5, images_per_second=42.7),
        Outcome(status="diverged", reason="x was not finite", images_seen=0, seconds=0.0, images_per_second=0.0),
    ):
        write_json(tmp_path / "outcome.json", outcome.to_json())
        assert None not in json.loads((tmp_path / "outcome.json").read_text()).values()
        assert read_outcome(tmp_path) == outcome
