"""Flags: each is raised by what it names, and not by honest work."""

import io

import imagehash
import numpy as np
import pytest
import torch
from PIL import Image

from benchmark.data.datasets import DATASETS
from benchmark.grading import integrity
from benchmark.grading.fingerprints import perceptual_hashes, same_pictures
from benchmark.grading.marking import all_found, by_class, mark, seen
from benchmark.grading.scheme import ScoreRule

RULE = ScoreRule(name="topk_accuracy", lists={"test": 1.0}, points=[(0.5, 100.0)])
ROWS = [[int(i == n % 24) for i in range(24)] for n in range(32)]
SCENES, _ = DATASETS["iclevr"].render(range(2, 192, 3), 0)  # with three objects each
SCENES = SCENES.numpy()


def judge(rows):
    """Sees the given rows, whatever the pictures."""
    return lambda images: torch.tensor(rows).float() * 8 - 4


def marked(rows, images=SCENES[:32]):
    return mark(images, ROWS, judge(rows), ["topk_accuracy"])


def jpeg(image, quality):
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format="jpeg", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB")).transpose(2, 0, 1)


def test_pictures_are_the_same_after_compression_and_not_the_same_as_other_scenes():
    compressed = np.stack([jpeg(image, 92) for image in SCENES])
    pairs = same_pictures(SCENES, compressed)
    assert len([(i, j) for i, j in pairs if i == j]) >= 0.9 * len(SCENES)
    assert len([(i, j) for i, j in pairs if i != j]) <= 2


def test_an_object_more_makes_another_picture():
    changed = SCENES.copy()
    changed[:, :, 24:34, 24:34] = np.array([200, 30, 30])[:, None, None]
    assert [(i, j) for i, j in same_pictures(SCENES, changed) if i == j] == []


def test_the_hash_agrees_with_imagehash():
    """Another library resizes otherwise, so a few bits may differ; other pictures' hashes differ in many."""
    theirs = [imagehash.phash(Image.fromarray(image.transpose(1, 2, 0)), highfreq_factor=4).hash for image in SCENES]
    ours = np.unpackbits(perceptual_hashes(SCENES).astype(">u8").view(np.uint8)).reshape(-1, 64)
    different = np.array([(mine != their.ravel()).sum() for mine, their in zip(ours, theirs, strict=True)])
    assert np.median(different) <= 4
    assert different.max() <= 12


@pytest.mark.parametrize(("rows", "flagged"), [(ROWS, False), ([ROWS[0]] * 32, True)])
def test_pictures_that_fit_any_condition_are_flagged(rows, flagged):
    flag = integrity.ignores_condition("test", marked(rows), RULE)
    assert (flag is not None) == flagged
    if flagged:
        assert "on average with each other's" in flag.evidence


def test_one_picture_for_many_conditions_is_flagged_and_different_ones_are_not():
    assert integrity.repeats_itself("test", marked(ROWS)) is None
    same = integrity.repeats_itself("test", marked(ROWS, np.repeat(SCENES[:4], 8, axis=0)))
    assert "32 of 32 pictures" in same.evidence


def test_pictures_better_than_the_weights_are_flagged_and_equal_ones_are_not():
    good, poor = marked(ROWS), marked([ROWS[1]] * 32)
    assert integrity.best_of_many("test", good, good, RULE) is None
    assert "on fresh latents" in integrity.best_of_many("test", good, poor, RULE).evidence


def test_a_second_judge_that_sees_less_is_flagged_and_one_that_agrees_is_not():
    good, poor = marked(ROWS), marked([ROWS[1]] * 32)
    assert integrity.judges_disagree("test", good, good, RULE) is None
    assert integrity.judges_disagree("test", poor, good, RULE) is None
    assert "by the second" in integrity.judges_disagree("test", good, poor, RULE).evidence


def test_copies_of_training_pictures_are_flagged_and_new_ones_are_not():
    copied = np.concatenate([SCENES[:5], SCENES[40:59], SCENES[:8]])
    flag = integrity.copies_training("test", marked(ROWS, copied[:32]), SCENES[:5])
    assert "10 of 32 pictures" in flag.evidence
    assert integrity.copies_training("test", marked(ROWS, SCENES[:32]), SCENES[40:45]) is None


def test_pictures_in_common_are_flagged_at_both_and_a_few_by_chance_are_not():
    mine = {"test": marked(ROWS)}
    taken = {"test": marked(ROWS, np.concatenate([SCENES[:10], SCENES[32:54]]))}
    chance = {"test": marked(ROWS, np.concatenate([SCENES[54:58], SCENES[20:22], SCENES[20:22], SCENES[36:60]])[:32])}
    flags = integrity.shared_pictures({"mine": mine, "taken": taken})
    assert "10 of 32 pictures are also in taken" in flags["mine"][0].evidence
    assert "10 of 32 pictures are also in mine" in flags["taken"][0].evidence
    assert integrity.shared_pictures({"mine": mine, "chance": chance})["mine"] == []


def test_marks_say_in_words_what_was_seen_and_how_often_each_class_was_found():
    marks, dataset = marked([ROWS[0]] * 32), DATASETS["iclevr"]
    assert seen(marks, 5, dataset) == ["gray cube"]
    assert all_found(marks, dataset).sum() == 2  # rows 0 and 24 ask for the first class
    assert by_class(marks, dataset)[0] == ("gray cube", 2, 2)
    assert by_class(marks, dataset)[1] == ("red cube", 0, 2)
