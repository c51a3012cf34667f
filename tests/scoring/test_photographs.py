"""Scores of photographs in celeba-transfer: the detector, the encoder, their self-tests, and the record's parts."""

import dataclasses
import re

import pytest
import torch
from builders.data import toy_data
from builders.people import variants
from builders.scorers import MACHINE, SIZES, eight_pixels

from benchmark.data.datasets import dataset_of
from benchmark.scoring import networks
from benchmark.scoring.networks import Tools, networks_of
from benchmark.scoring.recording import untrained
from benchmark.scoring.scorer import Scorer
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.tasks import TASKS

TASK = TASKS["celeba-transfer"]


@pytest.fixture(scope="module")
def found():
    return networks_of(TASK, Tools(), MACHINE)


def test_photographs_are_searched_by_the_package_for_photographs(found):
    assert found["detector"].name == "face_recognition"
    assert found["detector"].fault is None
    assert found["face_encoder"].fault is None
    assert {"same_person_rate", "face_identity_distance", "face_hit_rate"} <= {*TASK.scores}
    assert "same_person_rate" not in TASKS["anime-transfer"].scores


def test_a_detector_of_drawn_faces_fails_the_self_test_of_photographs():
    drawn = networks_of(TASK, Tools(detector=str(networks.detectors.bundled_detector())), MACHINE)["detector"]
    assert "known faces" in drawn.fault


def test_an_encoder_that_tells_nobody_apart_from_nobody_has_a_fault(monkeypatch):
    """One that finds a face upside down, and one whose mirror image is somebody else."""
    for answers, reason in (
        (torch.zeros(3, 128), "upside down"),
        (torch.arange(3.0)[:, None].expand(3, 128), "22.* apart|11.* apart"),
    ):
        monkeypatch.setattr(networks.photographed_faces, "encode_faces", lambda images, answers=answers: answers)
        assert re.search(reason, networks_of(TASK, Tools(), MACHINE)["face_encoder"].fault)


def test_without_the_package_its_scores_are_left_out_and_a_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(networks.photographed_faces, "missing", lambda: "face_recognition")
    assert "face_encoder" not in networks_of(TASK, Tools(), MACHINE)
    assert "scores of whose face it is are left out; pip install --no-deps" in capsys.readouterr().err


@pytest.fixture(scope="module")
def people():
    """A packed data set of 60 photographs of two people, in turn."""
    images = torch.stack([variants("collins", 30), variants("hopper", 30)], dim=1).flatten(0, 1)
    return dataclasses.replace(toy_data(dataset_of(TASK), count=60), images=images)


def test_a_translation_is_scored_by_whose_face_it_shows(people, found):
    sizes = dataclasses.replace(SIZES, fidelity=6, returned=4, reference=20)
    backbone = ScoringNetwork("eight pixels", "2" * 64, eight_pixels)
    scorer = Scorer(task=TASK, data=people, sizes=sizes, machine=MACHINE, networks=found | {"backbone": backbone})
    results = scorer.model_scores(untrained(scorer))
    assert results.scores["same_person_rate"].value == 0.0  # an untrained generator draws no face
    assert "0 of 4 faces are still there" in results.refused["face_identity_distance"]
    assert results.scores["face_hit_rate"].value == 0.0
    assert scorer.protocol.face_encoder_sha256 == found["face_encoder"].sha256
