"""Training and checking judges from the command line."""

import dataclasses
import json
import re

import pytest
import torch
from builders.data import toy_data
from builders.judges import FACTS, TINY, class_names, toys, trained  # noqa: F401 - one is a fixture

from benchmark.cli import main
from benchmark.commands.judge import check, train
from benchmark.commands.judge.chance import beside_chance
from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError
from benchmark.scoring import judges
from benchmark.tasks import TASKS
from evaluators.intervals import wilson_interval
from evaluators.judges.self_test import Band, fault_in
from evaluators.judges.store import make_card
from evaluators.judges.training import JudgeSettings

SHORT = ("--updates", "3", "--batch-size", "16")
SPLITS = ("train", "held_out")
JUDGED = [task for task in TASKS.values() if task.judge and not task.translates]


@pytest.fixture
def toy(monkeypatch):
    for module in (check, train):
        monkeypatch.setattr(module, "open_data", lambda dataset, source: toy_data(dataset, count=300))


def test_a_trained_judge_comes_with_its_card_and_can_be_checked(toy, tmp_path, capsys):
    path = tmp_path / "judge.safetensors"
    assert main(["judge", "train", "--task", "anime-faces", *SHORT, "--out", str(path), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    card = json.loads(path.with_suffix(".json").read_text())
    assert card["data_digest"] == "0" * 64
    assert card["training_images"] + card["held_out_images"] == 300
    assert "--updates 3 --batch-size 16 --learning-rate 0.004" in card["command"]
    assert set(card["held_out"]) == {"hair", "eyes", "joint"}

    arguments = ["judge", "check", "--task", "anime-faces", "--judge", str(path), "--json"]
    assert main(arguments) == 3  # after 3 updates it proves nothing
    checked = json.loads(capsys.readouterr().out)
    assert "it hardly tells them apart" in checked["self_test"]
    assert checked["joint"] == written["joint"]
    assert checked["joint_ci95"] == pytest.approx(wilson_interval(checked["joint"], checked["images"]))
    assert main([*arguments, "--split", "all"]) == 3
    assert json.loads(capsys.readouterr().out)["images"] == 300


def test_a_judge_that_has_learned_nothing_is_said_beside_chance(toy, tmp_path, capsys):
    assert main(["judge", "train", "--task", "anime-faces", *SHORT, "--out", str(tmp_path / "judge.safetensors")]) == 0
    first, second = (line for line in capsys.readouterr().err.splitlines() if "chance" in line)
    assert re.fullmatch(r"right on \d+ held-out images: (\w+ [\d.]+ % \(by chance [\d.]+ %\)(, |$)){3}", first)
    assert second.startswith("do not score with this judge: of hair, eyes, joint it is not surely better than chance (")
    assert "(check the labels, or give more images or --updates); it fails its self-test (" in second
    assert second.endswith("it hardly tells them apart), so records by it would be 'invalid'")


def test_a_judge_is_told_apart_from_one_answer_to_every_image_for_each_attribute(trained):  # noqa: F811
    kind, judge = trained
    judge = dataclasses.replace(judge, attributes=("above", "below"))
    images, conditions = toys(kind, 256, 2)

    def lines(conditions):
        card = make_card(judge, images, conditions, class_names=class_names(kind), settings=TINY, **FACTS)
        return beside_chance(judge, card, conditions, (images, conditions))

    line, *others = lines(conditions)
    assert not any("than chance" in other for other in others)
    assert line.startswith("right on 256 held-out images: " + ("above " if kind == "attributes" else "objects "))
    if kind == "attributes":
        shares = [100 * conditions[:, column].bincount().max().item() / 256 for column in (0, 1)]
        for name, share in zip(("above", "below"), shares, strict=True):
            assert re.search(rf"{name} [\d.]+ % \(by chance {share:.1f} %\)", line)
    wrong = conditions.roll(1, dims=0)
    if kind == "attributes":
        wrong[:, 0] = conditions[:, 0]
    weak = {"attributes": "below", "multi_label": "objects, exact_match"}[kind]
    assert lines(wrong)[1].startswith(f"do not score with this judge: of {weak} it is not surely better than chance (")


def test_a_judge_of_two_data_sets_and_a_half_of_each_says_so(toy, tmp_path, capsys):
    path = tmp_path / "judge.safetensors"
    options = ["--data", "one", "--data", "two", "--part", "2/2", "--architecture", "plain-cnn-1", *SHORT]
    assert main(["judge", "train", "--task", "anime-faces", *options, "--out", str(path), "--json"]) == 0
    card = json.loads(path.with_suffix(".json").read_text())
    train, held_out = (len(toy_data(dataset_of(TASKS["anime-faces"]), count=300).indices(split)) for split in SPLITS)
    assert card["training_images"] == 2 * (train // 2)
    assert card["held_out_images"] == 2 * held_out
    assert card["architecture"] == "plain-cnn-1"
    assert "--part 2/2 --architecture plain-cnn-1" in card["command"]


def test_a_judge_of_other_conditions_is_refused(toy, tmp_path):
    path = tmp_path / "judge.safetensors"
    train.train("iclevr", ["synthetic"], "1/1", path, seed=0, settings=JudgeSettings(updates=1))
    with pytest.raises(UsageError, match=r"judges multi_label conditions of other classes than anime-faces has"):
        check.check_judge("anime-faces", "synthetic", "all", path)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--out", "judge.pt"], "ending in .safetensors"),
        (["--out", "j.safetensors", "--updates", "0"], "--updates is 0"),
        (["--out", "j.safetensors", "--part", "3/2"], "--part is '3/2'"),
        (["--out", "j.safetensors", "--architecture", "vgg"], "--architecture is 'vgg'; give residual-cnn-2 or"),
    ],
)
def test_wrong_options_are_refused(toy, capsys, options, word):
    assert main(["judge", "train", "--task", "iclevr", *options]) == 2
    assert word in capsys.readouterr().err


def test_a_missing_or_damaged_judge_is_one_line_and_exit_2(toy, tmp_path, capsys):
    path = tmp_path / "judge.safetensors"
    assert main(["judge", "check", "--task", "iclevr", "--judge", str(path)]) == 2
    train.train("iclevr", ["synthetic"], "1/1", path, seed=0, settings=JudgeSettings(updates=1))
    path.write_bytes(path.read_bytes()[:-10])
    assert main(["judge", "check", "--task", "iclevr", "--judge", str(path)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert any("cannot be read" in line for line in errors)
    assert any("the file is damaged or another judge's" in line for line in errors)


@pytest.mark.parametrize("task", JUDGED, ids=[task.name for task in JUDGED])
def test_the_bundled_judge_is_small_and_has_the_accuracy_its_task_needs(task):
    from evaluators.judges.store import load_judge

    path = judges.bundled_judge(task)
    assert path.stat().st_size <= 4_000_000
    _, card = load_judge(path)
    embedded = [rates for label, rates in card.held_out_by_data.items() if label.startswith("synthetic")]
    rates = embedded[0] if card.held_out_by_data else card.held_out  # on embedded images; real tags may be wrong
    name, needed = {"iclevr": ("objects", 0.99), "anime-faces": ("joint", 0.97)}[task.name]
    assert rates[name].value >= needed
    assert card.class_names == tuple(dataset_of(task).attributes.values())


@pytest.mark.parametrize("task", JUDGED, ids=[task.name for task in JUDGED])
def test_the_bundled_judge_knows_embedded_images_it_has_not_seen(task):
    """Images beyond the embedded data's indices, so that neither split holds them."""
    from evaluators.judges.accuracy import check_judge

    dataset = dataset_of(task)
    images, conditions = dataset.render(range(90_000, 90_300), 0)
    judge = judges.judge_network(task).compute
    rates = check_judge(judge, images, conditions)
    needed = {"iclevr": ("objects", 0.98), "anime-faces": ("joint", 0.95)}[task.name]
    assert rates[needed[0]].value >= needed[1]


def test_images_that_all_show_the_same_and_a_split_without_images_are_refused(monkeypatch, tmp_path, capsys):
    """Before anything is trained."""
    data = toy_data(dataset_of(TASKS["anime-faces"]), count=300)
    one = dataclasses.replace(data, conditions=data.conditions.clone().index_fill_(1, torch.tensor(0), 3))
    kept = data.indices("train")[:9]
    few = dataclasses.replace(
        data, images=data.images[kept], conditions=data.conditions[kept], names=tuple(data.names[i] for i in kept)
    )
    arguments = ["judge", "train", "--task", "anime-faces", "--out", str(tmp_path / "judge.safetensors")]
    for given, message in ((one, "of hair the training images show gray alone"), (few, "none of them in the split")):
        monkeypatch.setattr(train, "open_data", lambda dataset, source, given=given: given)
        assert main(arguments) == 2
        assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_colours_that_no_image_shows_are_said(monkeypatch, tmp_path, capsys):
    data = toy_data(dataset_of(TASKS["anime-faces"]), count=300)
    without = dataclasses.replace(data, conditions=data.conditions.clamp(min=1))
    monkeypatch.setattr(train, "open_data", lambda dataset, source: without)
    out = str(tmp_path / "judge.safetensors")
    assert main(["judge", "train", "--task", "anime-faces", *SHORT, "--out", out]) == 0
    assert "of eyes no training image shows gray: the judge will not know them" in capsys.readouterr().err


def test_a_card_with_a_band_for_unknown_images_is_refused():
    rates = dict.fromkeys(("known good", "noise", "flat"), 0.5)
    with pytest.raises(ValueError, match="a band for 'mirrored'; known images are known good, noise, flat"):
        fault_in(rates, {"mirrored": Band(measured=0.5, low=0.0, high=1.0)})
