"""Images go through all networks in one pass: each is drawn once, seen once by each network, and then forgotten."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from builders.memory import Flat, scorer_of

from benchmark.scoring import image_sets

ROLES = {"judge", "judge_features", "backbone", "detector"}
IMAGES = 60
KILOBYTE = 1 / 1024  # in MB
PIXELS = 12  # kilobytes of an image, as uint8


def names(images):
    """A name for the content of each image."""
    return [hashlib.sha256(image.numpy().tobytes()).hexdigest() for image in images]


class Counted(Flat):
    """Notes how many images it draws."""

    def __init__(self):
        self.drawn = 0

    def generator(self, latents, conditions):
        self.drawn += len(latents)
        return super().generator(latents, conditions)


@pytest.fixture
def scorer(monkeypatch):
    monkeypatch.setattr(image_sets, "BATCH", 20)
    return scorer_of(IMAGES, 30)


@pytest.fixture
def log(scorer):
    """What the networks see, in order: role and image."""
    seen = []

    def noting(role, compute):
        def network(images):
            seen.extend((role, name) for name in names(images))
            return compute(images)

        return network

    networks = {
        role: dataclasses.replace(network, compute=noting(role, network.compute))
        for role, network in scorer.networks.items()
    }
    scorer.networks = networks
    return seen


def test_each_network_sees_each_image_once(scorer, log):
    model = Counted()
    assert scorer.model_scores(model).scores
    assert model.drawn == IMAGES
    counts = Counter(log)
    assert set(counts.values()) == {1}
    generated = names(scorer.generated(Flat(), "fidelity").images[:])
    assert len(set(generated)) == IMAGES
    assert all(counts[role, name] == 1 for role in ROLES for name in generated)
    real = {*names(scorer.reference.images[:]), *names(scorer.held_out.images[:])}
    assert {name for role, name in counts if role == "backbone"} == {*generated, *real}


def test_reference_images_are_not_seen_again_for_another_generator(scorer, log):
    scorer.model_scores(Flat())
    before = len(log)
    scorer.model_scores(Counted())  # draws the same
    assert len(log) == before


def test_a_batch_goes_through_all_networks_before_the_next_one_is_drawn(scorer, log):
    scorer.model_scores(Flat())
    number = {name: row // 20 for row, name in enumerate(names(scorer.generated(Flat(), "fidelity").images[:]))}
    batches = [(role, number[name]) for role, name in log if name in number]
    assert [batch for _, batch in batches] == sorted(batch for _, batch in batches)
    assert all({role for role, batch in batches if batch == each} == ROLES for each in range(3))


def peak(images, *more):
    """Megabytes of its own that a process has at most while it scores so many images."""
    fixed = {"MALLOC_MMAP_THRESHOLD_": "500000", "OMP_NUM_THREADS": "1"}  # what is free goes back to the system
    tests = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "builders.memory", str(images), "--width", "64", "--large", "500", *more]
    environment = os.environ | fixed | {"PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells a process's own memory from that of files")
def test_a_score_of_more_images_takes_little_more_memory():
    few, many, kept = peak(1_500), peak(5_500), peak(5_500, "--keep")
    print(f"{(many - few) / 4_000 / KILOBYTE:.2f} KB for each image; {kept - many:.0f} MB more with all images kept")
    assert many - few < 4_000 * PIXELS / 3 * KILOBYTE
    assert kept - many > 5_500 * PIXELS / 2 * KILOBYTE
