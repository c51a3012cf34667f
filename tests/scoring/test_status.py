"""The status of a finished run: has it learned anything?"""

import pytest
import torch

from benchmark.records.per_sample import Answers
from benchmark.records.record import ScoreEntry
from benchmark.records.subject import TrainingEntry
from benchmark.scoring.from_logits import permuted_score, score_of
from benchmark.scoring.status import status_of_run
from benchmark.tasks import TASKS

ICLEVR = TASKS["iclevr"]


def scores(value, half=0.02, name="topk_accuracy"):
    distance = name.startswith("fd_")
    interval = (value - half, value + half if distance else min(1.0, value + half))
    return {
        name: ScoreEntry(
            value=value,
            interval=interval,
            method="x",
            n=640,
            direction="higher",
            version=1,
            unit="distance" if distance else "fraction",
        )
    }


LOW = scores(0.05)["topk_accuracy"]  # under permuted conditions


def training(budget="short", updates=1_500):
    return TrainingEntry(
        budget=budget, total_updates=updates, images_seen=1, batch_size=64, seed=0, seconds=1.0,
        precision="float32", memory_format="contiguous", config={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "status"), [(0.14, "undertrained"), (0.139, "undertrained"), (0.141, "valid"), (0.9, "valid")]
)
def test_a_run_is_valid_only_beyond_both_intervals(value, status):
    assert status_of_run(ICLEVR, "cdcgan_iclevr", training(), scores(value), scores(0.10), LOW)[0] == status


def test_a_slow_run_says_what_it_reached_and_how_long_its_report_trained():
    _, reason = status_of_run(ICLEVR, "cdcgan_iclevr:c_dim_400", training(), scores(0.11), scores(0.10), LOW)
    assert reason == (
        "topk_accuracy 0.110 [0.090, 0.130] is not beyond the untrained row's 0.100 [0.080, 0.120] "
        "after 1,500 generator updates; its report trained for 56,400"
    )


@pytest.mark.parametrize("model", ["modern_cgan", "cdcgan_iclevr:c_dim_100", "cdcgan_iclevr:c_dim=50", "wgan_iclevr"])
def test_a_slow_run_of_which_no_report_says_how_long_it_trained_names_no_report(model):
    _, reason = status_of_run(ICLEVR, model, training(), scores(0.11), scores(0.10), LOW)
    assert reason.endswith("0.100 [0.080, 0.120] after 1,500 generator updates")


@pytest.mark.parametrize(
    ("alike", "before", "status"), [(0.9, 0.1, "collapsed"), (0.9, 0.9, "undertrained"), (0.4, 0.1, "undertrained")]
)
def test_a_run_that_learned_nothing_and_draws_one_image_has_collapsed(alike, before, status):
    found = scores(0.1) | scores(alike, name="near_duplicate_rate_of_64")
    floor = scores(0.1) | scores(before, name="near_duplicate_rate_of_64")
    given, reason = status_of_run(ICLEVR, "cdcgan_iclevr", training(), found, floor, LOW)
    assert given == status
    assert ("near_duplicate_rate_of_64 is 0.900" in reason) == (status == "collapsed")
    learned = scores(0.5) | scores(alike, name="near_duplicate_rate_of_64")
    assert status_of_run(ICLEVR, "cdcgan_iclevr", training(), learned, floor, LOW) == ("valid", None)


def test_smoke_is_not_expected_to_teach_anything():
    assert status_of_run(ICLEVR, "cdcgan_iclevr", training("smoke", 5), scores(0.1), scores(0.1), LOW) == (
        "valid",
        None,
    )


@pytest.mark.parametrize(("distance", "status"), [(200.0, "collapsed"), (340.0, "undertrained")])
def test_where_the_untrained_generator_draws_one_image_too_a_collapsed_run_has_left_it(distance, status):
    alike = scores(0.9, name="near_duplicate_rate_of_64")
    found = scores(0.1) | alike | scores(distance, half=5.0, name="fd_efficientnet_lite0")
    floor = scores(0.1) | alike | scores(341.0, half=5.0, name="fd_efficientnet_lite0")
    given, reason = status_of_run(ICLEVR, "cdcgan_iclevr", training(), found, floor, LOW)
    assert given == status
    assert ("fd_efficientnet_lite0 is 200.000" in reason) == (status == "collapsed")


@pytest.mark.parametrize(("alike", "status"), [(0.9, "collapsed"), (0.3, "valid")])
def test_without_conditions_a_run_must_only_draw_different_images(alike, status):
    task = TASKS["anime-faces-unconditional"]
    found = scores(alike, name="near_duplicate_rate_of_64") | scores(200.0, half=5.0, name="fd_efficientnet_lite0")
    floor = scores(1.0, name="near_duplicate_rate_of_64") | scores(341.0, half=5.0, name="fd_efficientnet_lite0")
    assert status_of_run(task, "dcgan", training(), found, floor, None)[0] == status
    assert status_of_run(task, "dcgan", training(), {}, {}, None) == ("valid", None)


@pytest.mark.parametrize(("permuted", "status"), [(0.30, "valid"), (0.47, "collapsed"), (0.50, "collapsed")])
def test_images_that_fit_any_conditions_as_well_have_learned_nothing_of_them(permuted, status):
    alike = scores(0.9, name="near_duplicate_rate_of_64")
    found = scores(0.5) | alike | scores(200.0, half=5.0, name="fd_efficientnet_lite0")
    floor = scores(0.1) | alike | scores(341.0, half=5.0, name="fd_efficientnet_lite0")
    given, reason = status_of_run(ICLEVR, "cdcgan_iclevr", training(), found, floor, scores(permuted)["topk_accuracy"])
    assert given == status
    expected = f"0.500 [0.480, 0.520] is not beyond that of its images under permuted conditions, {permuted:.3f}"
    assert status == "valid" or expected in reason


def test_one_image_scores_the_same_under_permuted_conditions_and_right_images_do_not():
    conditions = torch.eye(24, dtype=torch.uint8).repeat(10, 1)
    right = {"test": Answers(conditions.float()[None], conditions[None])}
    same = {"test": Answers(conditions[:1].float().expand(240, -1)[None], conditions[None])}
    assert permuted_score(ICLEVR, right).value < 0.1 < score_of(*pair(right), "topk_accuracy").value == 1
    assert permuted_score(ICLEVR, same).value == score_of(*pair(same), "topk_accuracy").value == 1 / 24
    assert permuted_score(ICLEVR, {}) is None


def pair(answers):
    return answers["test"].logits[0], answers["test"].conditions[0]
