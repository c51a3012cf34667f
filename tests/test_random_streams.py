"""Random streams: the same numbers for samples and submissions, today and in a year."""

import numpy as np
import pytest

from benchmark.grading.submission.draw import latents
from benchmark.random_streams import generator_at, normal_rows, stream_key

KEY = stream_key("grading 7 test")


def test_the_streams_numbers_are_pinned():
    """Frozen samples and grades depend on them: another number here is another protocol."""
    assert KEY == 12589918567180845087
    assert normal_rows(KEY, range(3, 4), 2)[0].tolist() == pytest.approx([-1.8458593, 2.9763892])
    assert int(generator_at(KEY, 3, stream=1).integers(10**6)) == 434643


def test_a_row_depends_on_key_and_index_alone():
    rows = normal_rows(KEY, range(6), 5)
    assert np.array_equal(rows[2:4], normal_rows(KEY, range(2, 4), 9)[:, :5])
    assert not np.array_equal(rows, normal_rows(KEY + 1, range(6), 5))
    assert len(np.unique(rows[:, 0])) == 6


def test_a_submissions_latents_follow_seed_list_and_row():
    assert np.array_equal(latents(7, "test", 4, 5), normal_rows(KEY, range(4), 5))
    assert not np.array_equal(latents(8, "test", 4, 5), latents(7, "test", 4, 5))
    assert not np.array_equal(latents(7, "new_test", 4, 5), latents(7, "test", 4, 5))
