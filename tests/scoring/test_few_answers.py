"""Condition scores that are refused for too few images, or that need no judge."""

import dataclasses

import pytest
import torch
from builders.data import toy_data
from builders.plugins import plugin_file, toys  # noqa: F401 - fixtures
from builders.scorers import MACHINE, SIZES, scorer_of, toy_networks

from benchmark.data.datasets import dataset_of
from benchmark.definitions.lookup import find_task
from benchmark.records.record import ScoreEntry
from benchmark.records.store import load_record
from benchmark.records.subject import TrainingEntry
from benchmark.scoring.from_logits import permuted_score
from benchmark.scoring.recording import record_images, untrained
from benchmark.scoring.scorer import Scorer
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.scoring.status import status_of_run
from benchmark.tasks import TASKS
from evaluators.attribute_accuracy import attribute_hits
from evaluators.base import JudgedEvaluator, TooFewImagesError
from evaluators.intervals import share
from evaluators.multi_label import topk_hits

OF_A_PART = 4 * SIZES.draws  # images
BOTH = 2 * OF_A_PART


class Picky(JudgedEvaluator):
    """The share of images with a requested object, of many images."""

    name = "picky"
    unit = "fraction of images"
    source = "a toy"
    least = 0

    def outcomes(self, logits, condition):
        return topk_hits(logits, condition) > 0

    def compute(self):
        if len(self.seen()) < self.least:
            raise TooFewImagesError(f"picky saw {len(self.seen())} images; it needs {self.least}")
        return share(self.seen())


def picky_scorer(least):
    own = {"picky": type("Picky", (Picky,), {"least": least})}
    return scorer_of(dataclasses.replace(TASKS["iclevr"], own_evaluators=own, main_score="picky", headline=("picky",)))


def drawn_for(scorer):
    """Images of the requested shade."""
    shades = (10 * scorer.samples.conditions.max(dim=1).indices).to(torch.uint8)
    images = shades[:, None, None, None].expand(-1, 3, 64, 64)
    return {part: images[rows.start : rows.stop] for part, rows in scorer.samples.parts.items()}


@pytest.mark.parametrize(
    ("least", "groups"), [(OF_A_PART, {"test": 1.0, "new_test": 1.0}), (OF_A_PART + 1, {}), (BOTH, {})]
)
def test_a_part_with_too_few_images_for_a_score_is_left_out_of_its_groups(least, groups):
    scorer = picky_scorer(least)
    found = scorer.image_scores(drawn_for(scorer)).scores["picky"]
    assert (found.value, found.n, found.groups) == (1.0, BOTH, groups)


def test_a_condition_score_of_too_few_images_is_refused_and_the_others_stay():
    scorer = picky_scorer(BOTH + 1)
    found = scorer.image_scores(drawn_for(scorer))
    assert found.refused["picky"] == f"picky saw {BOTH} images; it needs {BOTH + 1}"
    assert found.scores["topk_accuracy"].value == 1.0
    assert set(found.per_sample.answers) == {"test", "new_test"}
    assert permuted_score(scorer.task, found.per_sample.answers) is None
    assert not scorer.progress_of(untrained(scorer))


def test_a_second_judge_whose_score_is_refused_gives_no_second_opinion():
    scorer = picky_scorer(0)
    second = ScoringNetwork("sees half", "7" * 64, lambda images: scorer.networks["judge"].compute(images))
    scorer = dataclasses.replace(scorer, networks=scorer.networks | {"second_judge": second})
    assert scorer.image_scores(drawn_for(scorer)).scores["picky"].second.value == 1.0

    def compute(self):
        if self.judge == second.outputs:
            raise TooFewImagesError("too few for the second judge")
        return share(self.seen())

    scorer.task.own_evaluators["picky"].compute = compute
    assert scorer.image_scores(drawn_for(scorer)).scores["picky"].second is None


@pytest.fixture
def picky_status():
    """The status of a run by its main score, the untrained row's and that under permuted conditions."""
    task = picky_scorer(0).task
    training = TrainingEntry(
        budget="short", total_updates=1_500, images_seen=1, batch_size=64, seed=0, seconds=1.0,
        precision="float32", memory_format="contiguous", config={},
    )  # fmt: skip

    def status(own, untrained, permuted):
        rows = [{} if value is None else {"picky": entry(value)} for value in (own, untrained)]
        return status_of_run(task, "cdcgan_iclevr", training, *rows, permuted and entry(permuted))

    return status


def entry(value):
    return ScoreEntry(
        value=value, interval=(value - 0.01, value + 0.01), method="x", n=9, direction="higher", unit="fraction",
        version=1,
    )  # fmt: skip


def test_a_run_without_its_main_score_has_shown_nothing(picky_status):
    status, reason = picky_status(None, 0.1, 0.1)
    assert status == "undertrained"
    assert "picky was refused" in reason


def test_a_floor_that_was_refused_is_no_floor(picky_status):
    assert picky_status(0.5, None, 0.1) == picky_status(0.5, 0.1, None) == ("valid", None)
    assert picky_status(0.5, None, 0.6)[0] == picky_status(0.5, 0.6, None)[0] == "undertrained"
    status, reason = picky_status(0.5, None, None)
    assert status == "undertrained"
    assert "no floor" in reason


class Shade(JudgedEvaluator):
    """The share of images of the requested shade, read without a judge."""

    name = "shade_accuracy"
    unit = "fraction of images"
    source = "a toy"
    network = "none"

    def __init__(self):
        super().__init__(lambda images: -(torch.arange(3) - (images.float().mean(dim=(1, 2, 3)) / 10)[:, None]).abs())

    def outcomes(self, logits, condition):
        return attribute_hits(logits, condition, (3,))[:, 0]

    def compute(self):
        return share(self.seen())


def test_a_condition_score_without_a_network_needs_no_judge(toys, tmp_path):  # noqa: F811
    task = find_task(f"{toys}.tasks:SHADES")
    task = dataclasses.replace(task, own_evaluators=task.own_evaluators | {"shade_accuracy": Shade})
    scorer = Scorer(
        task=task, data=toy_data(dataset_of(task)), sizes=SIZES, machine=MACHINE, networks=toy_networks(task)
    )
    conditions = scorer.samples.conditions
    images = (10 * conditions)[:, :, None, None].expand(-1, 3, 64, 64)
    found = scorer.image_scores({"fidelity": images})
    assert found.scores["shade_accuracy"].value == 1.0
    assert found.scores["shade_accuracy"].n == SIZES.fidelity
    assert not found.per_sample.answers
    record = load_record(record_images(scorer, "mine", {"fidelity": images.contiguous()}, tmp_path)[0])
    assert record.scores["shade_accuracy"].value == 1.0
