"""Kept answers about a submission with a flipped bit: the submission is looked at again."""

import numpy as np
import pytest
from builders.trainings import flip_bit

from benchmark.grading.kept.resume_cache import AnswerCache
from benchmark.grading.sandbox.answer import Answer

ANSWER = Answer("ready", "", 0, {("a", "0"): np.arange(12, dtype=np.uint8).reshape(1, 3, 2, 2)})


@pytest.fixture
def seen(tmp_path, monkeypatch):
    monkeypatch.setattr(AnswerCache, "__init__", lambda self: None)
    found = AnswerCache()
    found.folder, found.request = tmp_path / "seen", "requested"
    found.add("0" * 64, ANSWER)
    return found


def test_an_answer_is_found_as_it_was(seen):
    found = seen.find("0" * 64)
    assert (found.status, found.reason, found.walls) == ("ready", "", 0)
    assert np.array_equal(found.images["a", "0"], ANSWER.images["a", "0"])


def test_an_answer_of_arrays_that_cannot_be_written_to_is_kept_as_any_other(seen):
    images = ANSWER.images["a", "0"].copy()
    images.setflags(write=False)
    seen.add("1" * 64, Answer("ready", "", 0, {("a", "0"): images}))
    assert np.array_equal(seen.find("1" * 64).images["a", "0"], images)


@pytest.mark.parametrize("position", [-1, -12, 30, 60, 90])
def test_an_answer_of_which_a_bit_was_flipped_is_none(seen, position):
    (path,) = seen.folder.iterdir()
    flip_bit(path, position)
    assert seen.find("0" * 64) is None


def test_afresh_takes_nothing_over_but_from_a_batch_that_was_begun_afresh_and_ended_early(seen):
    for keep, may_be_used in ((True, True), (False, False)):
        seen.keep = keep
        assert seen.may_be_used() == may_be_used  # whether the batch before was finished or not
        seen.begin()
        assert (seen.find("0" * 64) is not None) == may_be_used
    seen.add("1" * 64, ANSWER)
    seen.begin()
    assert seen.find("1" * 64) is not None
    seen.finish(["1" * 64], "judged")
    seen.begin()
    assert seen.find("1" * 64) is None


def test_a_batch_that_ends_whole_leaves_nothing_of_other_submissions_requests_and_judges(seen):
    kept = {f"{'0' * 32}-requested.safetensors", f"{'0' * 32}-ours.judged.safetensors"}
    others = {
        f"{'0' * 32}-earlier.safetensors",
        f"{'0' * 32}-theirs.judged.safetensors",
        f"{'1' * 32}-requested.safetensors",
        f"{'1' * 32}-ours.judged.safetensors",
    }
    for name in kept | others | {"batch.json"}:
        (seen.folder / name).touch()
    seen.keep = True
    seen.begin()  # what was kept before stays until then: an earlier batch can be marked anew if this one is cut off
    assert {path.name for path in seen.folder.iterdir()} == kept | others | {"batch.json"}
    seen.finish(["0" * 64], "ours")
    assert {path.name for path in seen.folder.iterdir()} == kept | {"batch.json"}
