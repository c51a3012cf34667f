"""Flags: each is raised by what it names, and not by honest work."""

import io
import re
import time
import tracemalloc

import imagehash
import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from benchmark.data.datasets import DATASETS
from benchmark.grading.evidence.fingerprints import groups_of_same, perceptual_hashes, same_images
from benchmark.grading.evidence.flags import (
    best_of_many,
    different_orders,
    ignores_condition,
    ignores_latent,
    judges_disagree,
    values_in_orders,
)
from benchmark.grading.evidence.near_duplicates import ALIKE, SHIFTS, alike_owners, copied_from, mirrored, sketches
from benchmark.grading.evidence.shared import MOST_NAMED, shared_images
from benchmark.grading.marking.marking import Marks, all_found, by_class, judged_in_words, mark
from benchmark.grading.marking.scheme import ScoreRule
from benchmark.scoring.from_logits import score_of
from evaluators.intervals import wilson_interval

RULE = ScoreRule(name="topk_accuracy", lists={"test": 1.0}, points=[(0.5, 100.0)])
ROWS = [[int(i == n % 24) for i in range(24)] for n in range(32)]
SCENES, _ = DATASETS["iclevr"].render(range(2, 192, 3), 0)  # with three objects each
SCENES = SCENES.numpy()
TRAINING = DATASETS["iclevr"].render(range(194, 794, 3), 0)[0].numpy()  # 200 others with three objects


def judge(rows):
    """Sees the given rows, whatever the images."""
    return lambda images: torch.tensor(rows).float() * 8 - 4


def marked(rows, images=SCENES[:32]):
    return mark(images, ROWS, judge(rows), ["topk_accuracy"])


def jpeg(image, quality):
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format="jpeg", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB")).transpose(2, 0, 1)


def test_images_are_the_same_after_compression_and_not_the_same_as_other_scenes():
    compressed = np.stack([jpeg(image, 92) for image in SCENES])
    pairs = same_images(SCENES, compressed)
    assert len([(i, j) for i, j in pairs if i == j]) >= 0.9 * len(SCENES)
    assert len([(i, j) for i, j in pairs if i != j]) <= 2


def test_an_object_more_makes_another_image():
    changed = SCENES.copy()
    changed[:, :, 24:34, 24:34] = np.array([200, 30, 30])[:, None, None]
    assert [(i, j) for i, j in same_images(SCENES, changed) if i == j] == []


def test_the_hash_agrees_with_imagehash():
    """Another library resizes otherwise, so a few bits may differ; other images' hashes differ in many."""
    theirs = [imagehash.phash(Image.fromarray(image.transpose(1, 2, 0)), highfreq_factor=4).hash for image in SCENES]
    ours = np.unpackbits(perceptual_hashes(SCENES).astype(">u8").view(np.uint8)).reshape(-1, 64)
    different = np.array([(mine != their.ravel()).sum() for mine, their in zip(ours, theirs, strict=True)])
    assert np.median(different) <= 4
    assert different.max() <= 12


@pytest.mark.parametrize(("rows", "flagged"), [(ROWS, False), ([ROWS[0]] * 32, True)])
def test_images_that_fit_any_condition_are_flagged(rows, flagged):
    flag = ignores_condition("test", marked(rows), RULE)
    assert (flag is not None) == flagged
    if flagged:
        assert "on average with each other's" in flag.evidence


def test_equal_draws_of_images_that_know_nothing_of_their_conditions_are_flagged_as_single_ones_are():
    """Each condition's ten draws are alike, so exchanging them one by one would make chance look like skill."""
    flagged, rng = 0, np.random.default_rng(0)
    for _ in range(60):
        answers = np.repeat(np.eye(24)[rng.integers(0, 24, 32)], 10, axis=0).tolist()
        found = mark(np.repeat(SCENES[:32], 10, axis=0), ROWS, judge(answers), ["topk_accuracy"])
        assert found.draws == 10
        flagged += ignores_condition("test", found, RULE) is not None
    assert flagged >= 52  # 57 of 60 are expected


def test_a_list_of_one_condition_cannot_be_ignored():
    found = mark(SCENES[:8], [ROWS[0]], judge([ROWS[0]] * 8), ["topk_accuracy"])
    assert ignores_condition("test", found, RULE) is None


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_list_with_few_orders_is_not_checked_for_ignoring_them(count):
    for answers in (ROWS[:count], [ROWS[9]] * count):
        found = mark(SCENES[:count], ROWS[:count], judge(answers), ["topk_accuracy"])
        assert ignores_condition("test", found, RULE) is None


@pytest.mark.parametrize(("answers", "is_flagged"), [(ROWS[:5], False), ([ROWS[9]] * 5, True)])
def test_five_conditions_are_enough_to_see_that_they_are_ignored(answers, is_flagged):
    found = mark(SCENES[:5], ROWS[:5], judge(answers), ["topk_accuracy"])
    assert (ignores_condition("test", found, RULE) is not None) == is_flagged


def test_orders_that_differ_are_those_in_which_equal_conditions_change_no_places():
    rows = torch.tensor([[1, 0], [0, 1], [1, 0], [1, 1]])
    assert different_orders(rows) == 12


def test_images_better_than_the_weights_are_flagged_and_equal_ones_are_not():
    good, poor = marked(ROWS), marked([ROWS[1]] * 32)
    assert best_of_many("test", good, good, RULE) is None
    assert "on fresh latents" in best_of_many("test", good, poor, RULE).evidence


def test_a_second_judge_that_sees_less_is_flagged_and_one_that_agrees_is_not():
    good, poor = marked(ROWS), marked([ROWS[1]] * 32)
    assert judges_disagree("test", good, good, RULE) is None
    assert judges_disagree("test", poor, good, RULE) is None
    assert "by the second" in judges_disagree("test", good, poor, RULE).evidence


def drawn(images, draws):
    """Marks of a generator that drew so many images for each of the first conditions."""
    rows = torch.tensor(ROWS[: len(images) // draws], dtype=torch.uint8).repeat_interleave(draws, dim=0)
    return Marks(images, rows, rows.float(), {}, draws)


def test_a_generator_that_ignores_its_latent_is_flagged_and_one_that_varies_is_not():
    constant, varied = drawn(np.repeat(SCENES[:8], 4, axis=0), 4), drawn(SCENES[:32], 4)
    flag = ignores_latent("test", constant, groups_of_same(constant.images))
    assert "all 4 draws are the same image for 8 of 8 conditions" in flag.evidence
    assert ignores_latent("test", varied, groups_of_same(varied.images)) is None


def test_five_images_of_each_text_do_not_narrow_the_interval_either():
    """Six texts are right with all five images, four with none: the interval is that of ten or wider, not of fifty."""
    rows = [ROWS[text] for text in range(10) for _ in range(5)]
    answers = [ROWS[text if text < 6 else 23] for text in range(10) for _ in range(5)]
    found = mark(np.resize(SCENES, (50, *SCENES.shape[1:])), rows, judge(answers), ["topk_accuracy"])
    entry = found.scores["topk_accuracy"]
    assert (entry.value, entry.method) == (0.6, "wilson, clustered by condition")
    known = (2.010 / 2.262) ** 2  # of Student's t with 49 and 9 degrees of freedom
    assert entry.interval == pytest.approx(wilson_interval(0.6, 9 * known), abs=0.001)


def test_draws_that_are_all_the_same_do_not_narrow_the_interval():
    rows, answers = ROWS[:8], [ROWS[n if n % 2 else 20] for n in range(8)]  # every other one right
    once = mark(SCENES[:8], rows, judge(answers), ["topk_accuracy"]).scores["topk_accuracy"]
    tenfold = [row for row in answers for _ in range(10)]
    often = mark(np.repeat(SCENES[:8], 10, axis=0), rows, judge(tenfold), ["topk_accuracy"]).scores["topk_accuracy"]
    assert often.value == once.value
    assert often.n == 10 * once.n
    assert often.interval == pytest.approx(once.interval, abs=0.04)
    assert often.interval[0] < once.interval[0] < once.interval[1] < often.interval[1]


@pytest.mark.parametrize("objects", [1, 3])
def test_new_scenes_of_few_objects_are_no_copies_however_many_there_were(objects):
    """A renderer that puts one object near the middle makes scenes that are alike; that is no copying."""
    index = range(objects - 1, 3 * 300, 3)
    scenes = DATASETS["iclevr"].render(index, 0)[0].numpy()
    smooth = gaussian_filter(scenes[:100].astype(np.float32), (0, 0, 1.5, 1.5)).astype(np.uint8)  # as small GANs draw
    for known in (60, 200):
        assert (copied_from(smooth, sketches(scenes[-known:])) >= 0).mean() <= 0.15
        assert (copied_from(smooth, sketches(scenes[:known]))[:known] >= 0).mean() >= 0.9


def moved(image, down, right):
    padded = np.pad(image, ((0, 0), (3, 3), (3, 3)), mode="edge")
    return padded[:, 3 - down : 67 - down, 3 - right : 67 - right]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda image: jpeg(image, 75), id="jpeg"),
        pytest.param(
            lambda image: np.clip(image + np.random.default_rng(0).normal(0, 8, image.shape), 0, 255), id="noise"
        ),
        pytest.param(lambda image: np.clip(image.astype(np.float32) + 20, 0, 255), id="brighter"),
        pytest.param(lambda image: gaussian_filter(image.astype(np.float32), (0, 1, 1)), id="blurred"),
        pytest.param(lambda image: moved(image, 0, -3), id="3 left"),
        pytest.param(lambda image: moved(image, -1, 2), id="1 up and 2 right"),
        pytest.param(lambda image: moved(image, 3, -3)[..., ::-1], id="3 down and left, mirrored"),
    ],
)
def test_changed_copies_of_training_images_are_found(change):
    changed = np.stack([np.asarray(change(image)).astype(np.uint8) for image in TRAINING[:50]])
    assert (copied_from(changed, sketches(TRAINING)) >= 0).mean() >= 0.9


def test_images_in_common_are_flagged_at_both_and_a_few_by_chance_are_not():
    mine, taken = SCENES[:32], np.concatenate([SCENES[:10], SCENES[32:54]])
    chance = np.concatenate([SCENES[36:64], SCENES[20:24]])
    flags = shared_images({"mine": mine, "taken": taken}).flags
    assert flags["mine"].evidence == "10 of 32 images are also in taken"
    assert flags["taken"].evidence == "10 of 32 images are also in mine"
    assert shared_images({"mine": mine, "chance": chance}).flags == {}
    assert shared_images({"mine": mine}).flags == {}


def test_a_flag_counts_the_images_that_the_pages_mark_also_where_some_repeat_and_some_are_only_alike():
    mine = np.concatenate([SCENES[:6], SCENES[:1], SCENES[8:33]])
    taken = np.concatenate([SCENES[:6], CHANGES["mirrored"](SCENES[8:12]), SCENES[34:56]])
    shared = shared_images({"mine": mine, "taken": taken})
    for name, other, count in (("mine", "taken", 11), ("taken", "mine", 10)):
        some = f"{count - 4} of 32 images are also in {other}, and 4 are like some there"
        assert shared.flags[name].evidence == some
        assert [i for i, _ in shared.matches[name, other]] == sorted({i for i, _ in shared.matches[name, other]})
        assert len(shared.matches[name, other]) == count


def test_each_copy_is_marked_with_the_image_that_it_is_a_copy_of():
    """Scenes 5 and 6 are alike but for a faint change, and lie in the other order there."""
    fainter = np.clip(SCENES[5:7].astype(int) + 4, 0, 255).astype(np.uint8)
    mine = np.concatenate([SCENES[5:7], fainter, SCENES[8:16]])
    theirs = np.concatenate([fainter[::-1], SCENES[5:7][::-1], SCENES[8:16][::-1]])
    expected = [(i, 3 - i) if i < 2 else (i, 3 - i) if i < 4 else (i, 15 - i) for i in range(12)]
    shared = shared_images({"mine": mine, "theirs": theirs})
    assert shared.matches["mine", "theirs"] == expected
    assert shared.matches["theirs", "mine"] == sorted((j, i) for i, j in expected)


def test_one_likeness_by_chance_counts_once_however_often_the_image_is_repeated():
    repeated = np.repeat(SCENES[:1], 32, axis=0)
    alike = CHANGES["mirrored"](SCENES[:1])
    innocent = np.concatenate([alike, SCENES[33:64]])
    assert shared_images({"repeats": repeated, "innocent": innocent}).flags == {}


def test_an_image_in_common_counts_once_however_often_it_is_repeated_with_faint_noise():
    noise = np.random.default_rng(0).integers(-3, 4, (64, 3, 64, 64))
    collapsed = np.clip(SCENES[:1].astype(int) + noise, 0, 255).astype(np.uint8)
    assert not np.array_equal(collapsed[0], collapsed[1])
    honest = SCENES.copy()
    assert (groups_of_same(np.concatenate([honest[:1], collapsed])) == 0).all()
    assert shared_images({"collapsed": collapsed, "honest": honest}).flags == {}
    collapsed[8:13] = honest[20:25]
    flags = shared_images({"collapsed": collapsed, "honest": honest}).flags
    assert flags["collapsed"].evidence.startswith("64 of 64 images are also in honest")
    assert flags["honest"].evidence.startswith("6 of 64 images are also in collapsed")


def shifted(images):
    return np.pad(images, ((0, 0), (0, 0), (0, 0), (3, 0)), mode="edge")[..., :64]


def noisy(images):
    noise = np.random.default_rng(0).normal(0, 15, images.shape)
    return np.clip(images + noise, 0, 255).astype(np.uint8)


CHANGES = {
    "shifted": shifted,
    "mirrored": lambda images: images[..., ::-1],
    "brighter": lambda images: np.clip(images.astype(int) + 30, 0, 255).astype(np.uint8),
    "gamma": lambda images: (255 * (images / 255) ** 1.4).astype(np.uint8),
    "noisy": noisy,
    "compressed": lambda images: np.stack([jpeg(image, 20) for image in images]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_copies_that_were_changed_are_flagged_in_any_order_and_others_are_not(change):
    copied = change(SCENES[:32])[::-1]
    flags = shared_images({"mine": SCENES[:32], "copied": copied, "other": change(SCENES[32:64])}).flags
    for name, other in (("mine", "copied"), ("copied", "mine")):
        assert re.search(rf"images are (also in {other}|like some in {other})", flags[name].evidence)
    assert "other" not in flags


def test_a_class_that_shares_one_set_of_images_gets_one_flag_each():
    flags = shared_images({str(number): SCENES[:32] for number in range(9)}).flags
    assert len(flags) == 9
    assert flags["3"].evidence.startswith("32 of 32 images are also in 0; 32 of 32 images are also in 1; ")
    assert flags["3"].evidence.endswith(f"; and some are in {8 - MOST_NAMED} more submissions")


@pytest.mark.parametrize("crowd", [0, 300], ids=["few are alike", "most are alike"])
def test_the_images_found_alike_are_those_of_a_comparison_of_all_with_all(crowd):
    noise = np.random.default_rng(0).integers(-9, 10, (crowd, 3, 64, 64))
    copies = np.clip(SCENES[5].astype(int) + noise, 0, 255).astype(np.uint8)
    images = np.concatenate([SCENES, *(change(SCENES[:32]) for change in CHANGES.values()), copies])
    moved = [sketches(images, *shift) for shift in SHIFTS]
    nearest = np.max([sketches(images) @ one.T for sketch in moved for one in (sketch, mirrored(sketch))], axis=0)
    expected = (nearest > ALIKE) | (nearest.T > ALIKE)
    assert 0 < expected.mean() < 1
    assert (alike_owners(images, np.arange(len(images))) == expected).all()
    owner = np.arange(len(images)) // 16
    assert (alike_owners(images, owner) == np.maximum.reduceat(expected, range(0, len(images), 16), axis=1)).all()


def test_memory_for_comparing_submissions_does_not_grow_with_the_square_of_their_images():
    """9,600 images: a matrix of all pairs has 92 MB, all images as float32 have 472."""
    cells = np.random.default_rng(0).integers(0, 256, (9_600, 3, 8, 8), dtype=np.uint8)
    images = cells.repeat(8, axis=2).repeat(8, axis=3)
    submissions = {str(number): images[64 * number : 64 * number + 64] for number in range(150)}
    submissions["149"][:32] = submissions["0"][32:]
    tracemalloc.start()
    flags = shared_images(submissions).flags
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6
    assert set(flags) == {"0", "149"}


def test_many_images_of_one_kind_are_compared_in_little_time():
    collapsed = np.repeat(SCENES[:1], 1_500, axis=0)
    started = time.process_time()  # a busy machine takes longer and computes no more
    assert (groups_of_same(collapsed) == 0).all()
    assert time.process_time() - started < 20


def test_images_are_in_a_group_exactly_if_they_are_the_same_as_its_first():
    images = np.concatenate([SCENES[:3], np.stack([jpeg(image, 92) for image in SCENES[:3]]), SCENES[1:2]])
    groups = groups_of_same(images)
    pairs = set(same_images(images, images))
    assert groups[6] == 1
    assert all((index, first) in pairs for index, first in enumerate(groups.tolist()))
    assert all(groups[i] < i for i, j in pairs if j < i)


def test_marks_say_in_words_what_was_seen_and_how_often_each_class_was_found():
    marks, dataset = marked([ROWS[0]] * 32), DATASETS["iclevr"]
    assert judged_in_words(marks, 5, dataset) == ["gray cube"]
    assert all_found(marks, dataset).sum() == 2  # rows 0 and 24 request the first class
    assert by_class(marks, dataset)[0] == ("gray cube", 2, 2)
    assert by_class(marks, dataset)[1] == ("red cube", 0, 2)


@pytest.mark.parametrize("name", ["topk_accuracy", "topk_accuracy_per_image", "exact_match", "micro_f1"])
def test_scores_in_several_orders_at_once_are_those_one_by_one(name):
    generator = torch.Generator().manual_seed(0)
    conditions = torch.zeros(20, 24, dtype=torch.uint8)
    for row in range(20):
        conditions[row, torch.randperm(24, generator=generator)[: 1 + row % 3]] = 1
    marks = Marks(SCENES[:20], conditions, torch.randn(20, 24, generator=generator), {})
    orders = torch.stack([torch.randperm(20, generator=generator) for _ in range(5)])
    expected = [score_of(marks.logits, conditions[order], name).value for order in orders]
    assert values_in_orders(marks, orders, name) == pytest.approx(expected, abs=1e-15)
    assert len(set(expected)) > 1
