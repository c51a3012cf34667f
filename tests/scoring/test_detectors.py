"""Face detectors from the command line: trained, checked, compared, and refused where they do not work."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import dlib
import pytest
import torch
from builders.data import toy_data

from benchmark.cli import main
from benchmark.commands.detector import agree, check, train
from benchmark.commands.detector.train import DetectorSettings, stretches
from benchmark.data.datasets import DATASETS
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError
from benchmark.scoring import detectors, networks
from benchmark.scoring.scorer import scorer_of
from benchmark.system import machine
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS
from evaluators.detectors.base import Detector
from evaluators.detectors.frontal_face import FrontalFace
from evaluators.detectors.lbp_cascade import LBPCascade
from evaluators.detectors.store import load_detector

FACES = TASKS["anime-faces"]


def few(dataset, source="synthetic"):
    """A hundred embedded images that the bundled detector was not trained on; split by their names as ever."""
    start = 10_000 if dataset.name == "anime-faces" else 20_000
    images, conditions = DATASETS[dataset.name].render(range(start, start + 100), 0)
    return PackedData(
        dataset=dataset.name, label=Path(source).name, images=images, conditions=conditions,
        names=tuple(map(str, range(100))), digest="0" * 64,
    )  # fmt: skip


@pytest.fixture(scope="module")
def rendered():
    return {name: few(DATASETS[name]) for name in ("anime-faces", "iclevr")}


@pytest.fixture
def embedded(rendered, monkeypatch):
    for module in (check, agree, train):
        monkeypatch.setattr(module, "open_data", lambda dataset, source: rendered[dataset.name])


LIBRARIES = {
    "bundled": (lambda: load_detector(detectors.bundled_detector())[0], dlib),
    "cascade": (lambda: LBPCascade(cv2.CascadeClassifier(), "0" * 64), cv2),
}


@pytest.mark.parametrize(("made", "library"), LIBRARIES.values(), ids=LIBRARIES)
def test_another_version_of_a_detector_s_library_takes_no_answers_from_the_cache(made, library, monkeypatch):
    """The hash that records carry stays: weights, settings and preparation are the same."""
    calls, images = [], torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
    monkeypatch.setattr(detectors, "find_detector", lambda *_: made())
    monkeypatch.setattr(Detector, "__call__", lambda self, images: calls.append(1) or torch.zeros(len(images)).bool())
    hashes = set()
    for version in ("0.1", "0.1", "0.2"):
        monkeypatch.setattr(library, "__version__", version)
        network = networks.networks_of(FACES, networks.Tools(), this_machine("cpu"))["detector"]
        network.outputs(images)
        hashes.add(network.sha256)
    assert len(calls) == 2
    assert len(hashes) == 1


def answer(capsys, *arguments):
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def refusal(capsys, *arguments):
    code = main(list(map(str, arguments)))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return code, captured.err


def test_the_bundled_detector_passes_its_check(embedded, capsys):
    code, found = answer(capsys, "detector", "check", "--split", "all")
    assert code == 0
    assert found["self_test"] == "passed"
    assert found["hit_rate"] >= 0.95
    assert found["hit_rate_n"] == 100
    assert found["false_alarms_shuffled_patches"] <= 0.05
    assert found["false_alarms_scenes"] <= 0.05
    assert found["false_alarms_scenes_ci95"][1] > found["false_alarms_scenes"]


def test_a_detector_of_photographs_is_no_detector_of_drawings(embedded, rendered, capsys):
    code, found = answer(capsys, "detector", "check", "--detector", "face_recognition")
    assert code == 3
    assert "of the known faces, fewer than 0.8" in found["self_test"]
    assert found["hit_rate"] < 0.2
    tools = networks.Tools(detector="face_recognition")
    scorer = scorer_of(FACES, rendered["anime-faces"], "smoke", this_machine("cpu"), tools)
    assert scorer.fault.startswith("the face detector fails its self-test: it finds a face in")


def test_a_detector_that_sees_faces_everywhere_fails_its_self_test(monkeypatch):
    monkeypatch.setattr(FrontalFace, "finds_face", lambda *_: True)
    assert detectors.fault_in(FrontalFace()) == (
        "it finds a face in 1.000 of the known faces' shuffled patches, more than 0.1"
    )


def test_a_trained_detector_comes_with_its_card_and_serves(embedded, tmp_path, capsys):
    path = tmp_path / "mine.svm"
    code, trained = answer(capsys, "detector", "train", "--faces", "40", "--spoiled", "20", "--c", "3", "--out", path)
    assert code == 0
    card = json.loads(path.with_suffix(".json").read_text())
    assert (card["training_faces"], card["data"], card["name"]) == (40, "synthetic", "mine")
    assert card["training_others"] > 80
    assert "--seed 0 --faces 40 --spoiled 20 --c 3 --found 0.99 --out mine.svm" in card["command"]
    assert trained["synthetic"] == card["held_out_hits"]["synthetic"]["value"] > 0.5
    assert trained["shuffled patches"] < 0.5
    assert set(card["held_out_false_alarms"]) >= {"shuffled patches", "upside down", "noise", "flat", "scenes"}

    _, checked = answer(capsys, "detector", "check", "--detector", path)
    assert checked["hit_rate"] == trained["synthetic"]
    assert checked["digest"] == load_detector(path)[0].digest != detectors.find_detector().digest


def test_no_image_serves_two_purposes(rendered):
    data, settings = rendered["anime-faces"], DetectorSettings()
    parts = stretches(data, 0, settings)
    train = data.images[data.indices("train")]
    assert [len(part) for part in vars(parts).values()] == [44, 35, 9]
    used = torch.cat(list(vars(parts).values())).flatten(1)
    assert len(used.unique(dim=0)) == len(train)
    few_only = stretches(data, 0, DetectorSettings(faces=5, spoiled=4))
    assert (len(few_only.faces), len(few_only.spoiled)) == (5, 4)
    assert torch.equal(few_only.faces, parts.faces[:5])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "mine.bin"], "--out is mine.bin; give a file name ending in .svm"),
        (["--out", "x.svm", "--seed=-1"], "--seed is -1"),
        (["--out", "x.svm", "--faces", "0"], "--faces is 0; give more than 0"),
        (["--out", "x.svm", "--c", "0"], "--c is 0.0; give more than 0"),
        (["--out", "x.svm", "--found", "1"], "--found is 1.0; give a share between 0 and 1"),
        (["--out", "x.svm", "--task", "iclevr"], "iclevr shows no faces; give anime-faces, "),
    ],
)
def test_a_training_that_cannot_be_is_refused(embedded, capsys, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    code, err = refusal(capsys, "detector", "train", *options)
    assert code == 2
    assert message in err
    assert list(tmp_path.glob("*.svm")) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nose", "no face detector is called 'nose'; give bundled, lbp (as fetched), lbp:FILE.xml, face_recognition"),
        ("lbp:", "no face detector is called 'lbp:'"),
        ("lbp:no.xml", "no.xml: cannot be read (No such file"),
        ("lbp", "lbpcascade_animeface.xml is not here; run 'cgan-bench judge fetch lbpcascade_animeface.xml'"),
        ("no.svm", "no.json: cannot be read (No such file"),
    ],
)
def test_a_detector_that_is_not_there_is_refused(embedded, capsys, name, message):
    code, err = refusal(capsys, "detector", "check", "--detector", name)
    assert code == 2
    assert message in err


def test_two_detectors_are_compared_on_the_faces_of_a_data_set(embedded, capsys):
    code, found = answer(capsys, "detector", "agree", "--other", "face_recognition", "--split", "all")
    assert code == 0
    assert found["images"] == "synthetic, all"
    assert found["agreement"] <= 1 - found["hit_rate"] + found["other_hit_rate"] + 1e-9
    assert found["agreement_n"] == 100
    _, same = answer(capsys, "detector", "agree", "--other", "bundled", "--split", "all")
    assert same["agreement"] == 1
    assert same["hit_rate"] == same["other_hit_rate"]
    assert 0.9 <= same["other_with_its_mirror"] <= 1


def test_the_cascade_as_fetched_serves_by_its_short_name(embedded, shared, capsys):
    path = shared / "lbpcascade_animeface.xml"
    if not path.exists():
        pytest.skip("the cascade is not next to this checkout")
    assert main(["judge", "fetch", "--url", path.resolve().as_uri()]) == 0
    capsys.readouterr()
    code, found = answer(capsys, "detector", "agree", "--other", "lbp", "--split", "all")
    assert code == 0
    assert found["agreement"] >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlds_faces.zip", "adl_faces.zip"])
def test_the_bundled_detector_agrees_with_the_cascade_on_real_held_out_faces(shared, real_faces, name, capsys):
    """As far as the cascade agrees with itself on mirrored images, if that is less than 0.93."""
    if not (shared / "lbpcascade_animeface.xml").exists():
        pytest.skip("the cascade is not next to this checkout")
    cascade = f"lbp:{shared / 'lbpcascade_animeface.xml'}"
    _, found = answer(capsys, "detector", "agree", "--other", cascade, "--data", real_faces / name)
    assert found["agreement"] >= min(0.93, found["other_with_its_mirror"])
    assert found["hit_rate"] >= 0.97


def test_a_task_without_faces_wants_no_detector():
    task, machine_ = TASKS["iclevr"], this_machine("cpu")
    assert "detector" not in networks.networks_of(task, networks.Tools(), machine_)
    with pytest.raises(UsageError, match="iclevr looks for no faces; leave out --detector lbp"):
        networks.networks_of(task, networks.Tools(detector="lbp"), machine_)


def test_a_task_with_faces_gets_the_detector_and_its_digest(monkeypatch):
    data = toy_data(DATASETS["anime-faces"], count=300)
    scorer = scorer_of(FACES, data, "smoke", machine.this_machine("cpu"))
    assert scorer.protocol.detector_sha256 == detectors.find_detector().digest
    assert not scorer.networks["detector"].outputs(data.images[:3]).any()
    plain = scorer_of(TASKS["iclevr"], toy_data(DATASETS["iclevr"]), "smoke", machine.this_machine("cpu"))
    assert plain.protocol.detector_sha256 is None
