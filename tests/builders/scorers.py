"""Scorers with stand-ins for their networks, which read toy images at once."""

from __future__ import annotations

import dataclasses

import torch

from benchmark.data.datasets import dataset_of
from benchmark.scoring.scorer import Scorer
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.system.machine import this_machine
from benchmark.tasks import Sizes
from builders.data import toy_data

MACHINE = this_machine("cpu", "float32")

SIZES = Sizes(draws=2, fidelity=20, reference=30, returned=15)


def shade_judge(task):
    """Reads the class from the shade that toy images carry; every attribute the same."""
    sizes = dataset_of(task).sizes

    def judge(images):
        shade = (images.float().mean(dim=(1, 2, 3)) / 10).round()
        return torch.cat([-(torch.arange(size) - shade[:, None]).abs() for size in sizes], dim=1)

    return judge


def eight_pixels(images):
    return images[:, :, ::32, ::64].float().flatten(1)


def bright(images):
    """Stands for a face detector: takes what is not dark for a face."""
    return images.float().mean(dim=(1, 2, 3)) > 25


def scorer_of(task):
    return Scorer(
        task=task,
        data=toy_data(dataset_of(task), count=400),
        sizes=SIZES,
        machine=MACHINE,
        networks=toy_networks(task),
    )


def toy_networks(task):
    """Stand-ins for a task's judge, its features, the backbone and the face detector."""
    found = {"backbone": ScoringNetwork("eight pixels", "2" * 64, eight_pixels)}
    if task.judge:
        found["judge"] = ScoringNetwork("shade", "1" * 64, shade_judge(task))
        found["judge_features"] = ScoringNetwork("eight pixels", "5" * 64, eight_pixels)
    if task.face_scores:
        found["detector"] = ScoringNetwork("bright", "3" * 64, bright)
    if task.photographs:
        found["face_encoder"] = ScoringNetwork("eight pixels", "6" * 64, eight_pixels)
    return found


def with_fault(scorer, role, fault):
    """The scorer with a network of that role whose self-test finds a fault."""
    network = dataclasses.replace(scorer.networks.get(role, scorer.networks["judge"]), test=lambda: fault)
    return dataclasses.replace(scorer, networks=scorer.networks | {role: network})
