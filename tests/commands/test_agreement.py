"""Judges over submissions: agreement with given scores, and tuning on what was handed in."""

import json

import numpy as np
import pytest
import torch
from builders.submissions import encoded

from benchmark.cli import main
from benchmark.commands.judge import agree, tune
from benchmark.commands.judge.agree import Pair, figures_of
from benchmark.commands.judge.tune import part_of
from benchmark.data.labels import COURSE_LISTS
from benchmark.errors import UsageError
from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.grading.scored_submissions import GivenScore, HandedIn, groups, read_images, read_scores
from benchmark.tasks import TASKS
from evaluators.judges.judge import Judge
from evaluators.judges.network import empty_network
from evaluators.judges.tuning import TuneSettings, between, choose, trust_by_score, tune_judge

ASSIGNMENT = assignment_of(TASKS["iclevr"], [], None, draws=1, seed=0)
COUNT = len(COURSE_LISTS["test"])


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (COUNT, 3, 64, 64), dtype=np.uint8)


def handed_in(**submissions):
    return HandedIn(ASSIGNMENT, {name: {"test": images} for name, images in submissions.items()})


def test_agreement_is_correlation_and_mean_absolute_difference():
    figures = figures_of(
        [Pair("a", "test", 0.5, 0.4, ""), Pair("b", "test", 0.7, 0.7, ""), Pair("c", "test", 0.9, 0.8, "")]
    )
    assert figures["n"] == 3
    assert figures["correlation"] == pytest.approx(np.corrcoef([0.5, 0.7, 0.9], [0.4, 0.7, 0.8])[0, 1], abs=1e-4)
    assert figures["mean_absolute_difference"] == pytest.approx(0.2 / 3, abs=1e-4)
    assert figures["mean_difference"] == pytest.approx(-0.2 / 3, abs=1e-4)


def test_submissions_that_share_images_are_never_divided():
    mixed = np.concatenate([noise(1)[:20], noise(4)[20:]])
    found = groups(handed_in(a=noise(1), b=noise(2), c=mixed, d=noise(3)))
    assert ["a", "c"] in found
    assert sorted(name for group in found for name in group) == ["a", "b", "c", "d"]
    halves = [set(part_of(found, part)) for part in ("1/2", "2/2")]
    assert halves[0] | halves[1] == {"a", "b", "c", "d"}
    assert not halves[0] & halves[1]
    assert any({"a", "c"} <= half for half in halves)


@pytest.mark.parametrize("part", ["0/2", "3/2", "half", "1", "1/-2"])
def test_a_part_that_is_none_is_refused(part):
    with pytest.raises(UsageError, match="--part"):
        part_of([["a"], ["b"]], part)


def test_scores_of_other_images_do_not_count(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / "in" / name / "test").mkdir(parents=True)
        for number, image in enumerate(noise(1)):
            (tmp_path / "in" / name / "test" / f"{number}.png").write_bytes(encoded(image))
    scores = [
        {"id": "a", "official_score": {"test": 0.5, "new_test": None}, "kind": "gan", "more": 1},
        {"id": "b", "official_score": {"test": 0.6}, "score_is_for_these_images": {"test": "unclear"}},
        {"id": "missing", "official_score": {"test": 0.7}},
    ]
    (tmp_path / "scores.json").write_text(json.dumps(scores))
    read = read_images([tmp_path / "in"], ASSIGNMENT)
    found = agree.pairs(TASKS["iclevr"], read, read_scores(tmp_path / "scores.json"), None)
    assert [(pair.submission, pair.theirs, pair.kind) for pair in found] == [("a", 0.5, "gan")]
    arguments = ["judge", "agree", str(tmp_path / "in"), "--task", "iclevr", "--scores", str(tmp_path / "scores.json")]
    assert main(arguments) == 2  # one score is too few for a correlation


def small_judge(seed=0):
    torch.manual_seed(seed)
    network = empty_network("residual-cnn-2", 24, (4, 4, 4, 4)).to_empty(device="cpu")
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return Judge(network.eval(), "multi_label", (24,))


def labelled(count=64, seed=0):
    """Images whose brightness tells the class."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 2, count)
    images = np.broadcast_to((60 + 120 * classes)[:, None, None, None], (count, 3, 64, 64)).astype(np.uint8)
    return torch.from_numpy(images.copy()), torch.eye(24, dtype=torch.uint8)[classes]


def test_tuning_moves_answers_towards_what_was_requested_and_leaves_the_given_judge_alone():
    judge, (images, requested) = small_judge(), labelled(seed=1)
    before = judge(images)
    settings = TuneSettings(updates=60, batch_size=16, learning_rate=1e-2, way=1.0)
    tuned = tune_judge(judge, labelled(), (images, requested), torch.ones(64), settings=settings, seed=0)
    assert torch.equal(judge(images), before)

    def loss(logits):
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, requested.float()).item()

    assert loss(tuned(images)) < 0.5 * loss(before)
    kept = tune_judge(judge, labelled(), (images, requested), torch.zeros(64), settings=settings, seed=0)
    assert loss(kept(images)) > loss(tuned(images))  # its own answers were its aim, next to the labelled images
    again = tune_judge(judge, labelled(), (images, requested), torch.ones(64), settings=settings, seed=0)
    assert torch.equal(tuned(images), again(images))


def test_the_way_goes_from_the_old_weights_to_the_new_ones():
    old, new = small_judge(0).network, small_judge(1).network
    for way in (0.0, 0.25, 1.0):
        for mixed, a, b in zip(between(old, new, way).parameters(), old.parameters(), new.parameters(), strict=True):
            torch.testing.assert_close(mixed, ((1 - way) * a + way * b).half().float(), rtol=1e-3, atol=1e-4)


def test_a_judge_of_attributes_is_not_tuned():
    judge = Judge(small_judge().network, "attributes", (12, 12))
    with pytest.raises(ValueError, match="cannot be tuned"):
        tune_judge(judge, labelled(), labelled(), torch.ones(64), settings=TuneSettings(), seed=0)


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--updates", "0", "--updates is 0"),
        ("--trust", "2", "--trust is 2"),
        ("--way", "-1", "--way is -1"),
        ("--out", "a.pt", "ending in"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_read(option, value, reason, tmp_path, capsys):
    options = {"--out": str(tmp_path / "a.safetensors")} | {option: value}
    flat = [f"{name}={text}" for name, text in options.items()]
    assert main(["judge", "tune", str(tmp_path), "--task", "iclevr", *flat]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "own", "trust"), [(0.7, 0.6, 0.5), (0.7, 0.7, 0.0), (0.5, 0.9, 0.0), (0.95, 0.5, 0.8), (0.2, 0.1, 0.0)]
)
def test_a_list_is_trusted_as_far_as_its_score_says_that_the_judge_misses_objects(given, own, trust):
    assert trust_by_score(given, own) == pytest.approx(trust)


def test_images_with_most_to_learn_from_come_most_often_and_none_never():
    chosen = choose(torch.tensor([0.8, 0.0, 0.3]), 20_000, torch.Generator().manual_seed(0))
    shares = chosen.bincount(minlength=3) / 20_000
    assert shares.tolist() == pytest.approx([1.0 / 1.7, 0.2 / 1.7, 0.5 / 1.7], abs=0.02)


def test_drawn_images_come_with_what_was_requested_and_how_far_that_is_trusted():
    work, judge = handed_in(a=noise(1), b=noise(2)), small_judge()
    images, requested, trust = tune.drawn_images(work, ["b"], judge, {}, 0.25)
    assert trust.tolist() == [0.25] * COUNT
    given = {"b": GivenScore(id="b", official_score={"test": 1.0})}
    assert tune.drawn_images(work, ["b"], judge, given, 0.25)[2].tolist() == pytest.approx([0.8] * COUNT)
    other = {"b": given["b"].model_copy(update={"score_is_for_these_images": {"test": False}})}
    assert tune.drawn_images(work, ["b"], judge, other, 0.25)[2].tolist() == [0.25] * COUNT
    assert np.array_equal(images.numpy(), noise(2))
    assert [tuple(sorted(row)) for row in COURSE_LISTS["test"]] == [
        tuple(row.nonzero().flatten().tolist()) for row in requested
    ]
