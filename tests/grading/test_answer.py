"""An answer arrives whole, or it has failed."""

import errno
import os

import numpy as np
import pytest

from benchmark.errors import UsageError
from benchmark.grading.sandbox import answer
from benchmark.grading.sandbox.answer import AnswerFile, Layout, NoRoom, Place, read_answer

LAYOUT = Layout([Place("images", "a", 2), Place("images", "b", 1), Place("generator", "a", 4)], 8)
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 3, 8, 8), dtype=np.uint8)
DRAWN = np.random.default_rng(1).integers(0, 256, (4, 3, 8, 8), dtype=np.uint8)


@pytest.fixture
def file(tmp_path):
    with open(tmp_path / "answer", "w+b") as file:
        file.truncate(LAYOUT.size)
        yield file


def write(file):
    whole = AnswerFile(file.fileno(), LAYOUT)
    whole.add("images", "a", IMAGES)
    whole.add("generator", "a", DRAWN)
    whole.say("ready", "ein Wort: 字")


def read(file):
    return read_answer(file.fileno(), LAYOUT, walls=5)


def test_what_was_written_is_read(file):
    write(file)
    found = read(file)
    assert (found.status, found.reason, found.walls) == ("ready", "ein Wort: 字", 5)
    assert list(found.images) == [("images", "a"), ("generator", "a")]
    assert np.array_equal(found.images["images", "a"], IMAGES)
    assert np.array_equal(found.images["generator", "a"], DRAWN)


@pytest.mark.parametrize(
    "place",
    [
        0,
        answer.DIGEST.start,
        answer.COUNTS.start,
        answer.COUNTS.start + 4,
        answer.TEXT.start,
        answer.HEADER,
        LAYOUT.size - 1,
    ],
)
def test_one_other_byte_anywhere_is_a_damaged_answer(place, file):
    write(file)
    byte = os.pread(file.fileno(), 1, place)[0]
    os.pwrite(file.fileno(), bytes([byte ^ 1]), place)
    assert (read(file).status, read(file).reason) == ("failed", "the process that read it left a damaged answer")
    os.pwrite(file.fileno(), bytes([byte]), place)
    assert read(file).status == "ready"


def test_an_answer_that_is_too_short_is_a_damaged_one(file):
    write(file)
    file.truncate(LAYOUT.size - 1)
    assert read(file).status == "failed"


def test_images_of_a_verdict_other_than_ready_are_not_taken(file):
    write(file)
    whole = AnswerFile(file.fileno(), LAYOUT)
    whole.add("images", "a", IMAGES)
    whole.say("rejected", "no")
    assert (read(file).status, read(file).images) == ("rejected", {})


def test_writes_that_take_a_part_at_a_time_are_gone_on_with(file, monkeypatch):
    original = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda handle, content, start: original(handle, content[:100], start))
    write(file)
    assert np.array_equal(read(file).images["generator", "a"], DRAWN)


@pytest.mark.parametrize("full", [OSError(errno.ENOSPC, "No space left on device"), None])
def test_a_full_disk_is_no_room_and_no_answer(full, file, monkeypatch):
    original, left = os.pwrite, [500]

    def pwrite(handle, content, start):
        taken = min(left[0], len(content))
        left[0] -= taken
        if taken == 0 and full:
            raise full
        return original(handle, content[:taken], start)

    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(NoRoom, match="No space left on device"):
        write(file)
    assert read(file).status == "failed"


def test_more_lists_than_an_answer_has_counts_for_are_refused():
    places = [Place("images", str(index), 1) for index in range(answer.MAX_PLACES + 1)]
    assert Layout(places[1:], 8).size
    with pytest.raises(UsageError, match="at most 240"):
        Layout(places, 8)
