"""Submissions as they were judged, kept on the disk: found whole or not at all, and without their images in memory."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from builders.submissions import ASSIGNMENT
from builders.trainings import flip_bit

from benchmark.grading.evidence.flags import Flag
from benchmark.grading.graded import Graded
from benchmark.grading.intake.discover import Submission
from benchmark.grading.kept.judged_cache import JudgedCache
from benchmark.grading.kept.resume_cache import AnswerCache, read_kept, write_kept
from benchmark.grading.marking.image_views import KeptImages, Views
from benchmark.grading.marking.marking import Marks, repeat_conditions
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.sandbox.answer import Answer
from benchmark.records.record import ScoreEntry

ONE = Submission("ann", None)
ROWS = ASSIGNMENT.lists[0].rows  # 10
MISTAKE = Remark(kind="black", text="test: every byte is 0 or 1")
SCORE = ScoreEntry(
    value=1 / 3, interval=(0.1, 0.6), method="wilson", n=10, direction="higher", unit="fraction", version=1
)


def images(count=20, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 3, 64, 64), dtype=np.uint8)


def cache(folder, judged_by=("judge",), request="requested"):
    return JudgedCache(AnswerCache.of(folder, request), ASSIGNMENT, judged_by)


def keep(kept, digest="0" * 64, drawn=None):
    """A generator's submission, kept as the grader does."""
    drawn = images() if drawn is None else drawn
    kept.seen.add(digest, Answer("ready", "a remark", 5, {("generator", "test"): drawn}))
    logits = torch.arange(len(drawn) * 24.0).reshape(len(drawn), 24)
    draws = len(drawn) // len(ROWS)
    marks = Marks(drawn, repeat_conditions(ROWS, draws), logits, {"a score": SCORE}, draws)
    flag = Flag("shared_images", "also in bob", ["bob"])
    graded = Graded(ONE, Answer("ready", "a remark", 5, {}), digest, {}, {"test": marks}, [flag], [MISTAKE])
    kept.add(graded)
    return graded


def test_what_was_judged_is_found_as_it_was_with_its_images_on_the_disk(tmp_path):
    before = keep(cache(tmp_path))
    found = cache(tmp_path).find(ONE, "0" * 64)
    marks, was = found.drawn["test"], before.drawn["test"]
    assert isinstance(marks.images, KeptImages)
    assert np.array_equal(marks.images, was.images)
    assert torch.equal(marks.logits, was.logits)
    assert torch.equal(marks.conditions, was.conditions)
    assert (marks.scores, marks.draws, found.flags, found.mistakes) == (was.scores, 2, before.flags, [MISTAKE])
    assert (found.answer.status, found.answer.reason, found.answer.walls) == ("ready", "a remark", 5)
    assert np.array_equal(found.images[:], was.images[::2])  # the first draw of each condition


@pytest.mark.parametrize("changes", [{"judged_by": ("another",)}, {"request": "other"}])
def test_another_judge_or_request_finds_nothing(tmp_path, changes):
    keep(cache(tmp_path))
    assert cache(tmp_path, **changes).find(ONE, "0" * 64) is None
    assert cache(tmp_path).find(ONE, "") is None
    assert cache(tmp_path).find(ONE, "1" * 64) is None


@pytest.mark.parametrize("position", [-1, 200, 600])
def test_a_damaged_judgement_is_none(tmp_path, position):
    kept = cache(tmp_path)
    keep(kept)
    (path,) = tmp_path.glob("*.judged.safetensors")
    flip_bit(path, position)
    assert kept.find(ONE, "0" * 64) is None


def test_a_judgement_whose_images_are_gone_is_none_and_what_failed_is_not_kept(tmp_path):
    kept = cache(tmp_path)
    graded = keep(kept)
    images = next(path for path in tmp_path.iterdir() if "judged" not in path.name)
    images.write_bytes(b"")  # as after a full disk
    assert kept.find(ONE, "0" * 64) is None
    images.unlink()
    assert kept.find(ONE, "0" * 64) is None
    failed = replace(graded, digest="2" * 64, answer=Answer("failed", "it was stopped", 5, {}))
    kept.add(failed)
    assert kept.find(ONE, "2" * 64) is None


def test_images_of_a_whole_batch_take_no_memory(tmp_path):
    """100 submissions of 60 images are 74 MB."""
    kept, drawn = cache(tmp_path), images(60)
    for number in range(100):
        keep(kept, f"{number:064d}", drawn)
    tracemalloc.start()
    found = [kept.find(ONE, f"{number:064d}") for number in range(100)]
    together = Views((images, index) for one in found for images, index in one.images.places)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(together) == 1_000
    assert used < 4 << 20
    assert np.array_equal(together[999], drawn[54])


def test_slices_and_single_images_are_those_of_the_array(tmp_path):
    kept, drawn = cache(tmp_path), images()
    keep(kept, drawn=drawn)
    some = kept.seen.images("0" * 64, "generator", "test")
    assert len(some) == 20
    assert np.array_equal(some[3], drawn[3])
    assert np.array_equal(some[-1], drawn[-1])
    assert np.array_equal(some[2:9:3], drawn[2:9:3])
    assert len(some[5:5]) == 0
    with pytest.raises(IndexError):
        some[20]


def test_remarks_of_an_earlier_version_that_were_texts_alone_are_read(tmp_path):
    kept = cache(tmp_path)
    keep(kept)
    path = kept._path("0" * 64)
    header, logits = read_kept(path, "judged")
    write_kept(path, "judged", {**header, "mistakes": ["test: every byte is 0 or 1"]}, logits)
    assert kept.find(ONE, "0" * 64).mistakes == [Remark(kind="earlier version", text="test: every byte is 0 or 1")]
