"""An exam of drawn scenes, which several test files grade."""

from __future__ import annotations

import numpy as np
import pytest
from builders.batches import COUNT, course, exam_in

from benchmark.commands import grade
from benchmark.data.datasets import DATASETS
from benchmark.data.labels import OBJECTS


@pytest.fixture(scope="session")
def scenes():
    """Images, and what they show."""
    images, conditions = DATASETS["iclevr"].render(range(2, 3 * COUNT, 3), 7)
    return images.numpy(), [[OBJECTS[i] for i in np.flatnonzero(row)] for row in conditions.numpy()]


@pytest.fixture(scope="session")
def judges_tested(for_all_processes):
    """A setting for processes that grade: a cache in which the judges' self-tests are made once for all of them."""
    return {"CGAN_BENCH_CACHE": str(for_all_processes / "graders")}


@pytest.fixture
def exam(tmp_path, scenes):
    """What was requested: exactly what the scenes show."""
    return exam_in(tmp_path, scenes)


@pytest.fixture(scope="session")
def batch(tmp_path_factory, scenes):
    """A graded course: its folder, and what was requested."""
    folder = tmp_path_factory.mktemp("course")
    request = course(folder, scenes)
    grade.grade([folder / "inbox"], folder / "out", request)
    return folder, request
