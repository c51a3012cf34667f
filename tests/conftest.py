"""Fixtures and marks that several test files share."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.browser import browser, opened  # noqa: F401 - fixtures of a real Chromium
from builders.data import png
from builders.judges import judge_files, saved, trained  # noqa: F401 - fixtures of judges
from builders.runs import toy  # noqa: F401 - a fixture of whole runs

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


QUICK = {  # test files of the quick round: a minute on two cores, with some of every package
    "test_architecture", "test_errors", "test_random_streams", "cli/test_cli", "commands/test_comparing",
    "data/test_course_lists", "executors/test_environment",
    "evaluators/test_frechet", "evaluators/test_intervals", "evaluators/test_multi_label",
    "evaluators/test_neighbours", "evaluators/test_second_opinion", "grading/test_answer", "grading/test_scheme",
    "grading/test_condition_lists", "leaderboard/test_leaderboard", "leaderboard/test_readme", "records/test_records",
    "records/test_per_sample", "reference_models/test_layers", "reference_models/test_report_settings",
    "reference_models/test_report_r4", "reports/test_verdicts", "scoring/test_status", "system/test_terminal",
    "throughput/test_noise", "training/test_memory", "training/test_run_config",
    "plugins/test_loading",
    "definitions/test_task_file",
}  # fmt: skip


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items):
    """Mark the tests of the quick round, and begin with the longest files, so that none holds the end up."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    for item in items:
        file = item.path.relative_to(Path(__file__).parent).with_suffix("").as_posix()
        if file in QUICK and not item.get_closest_marker("slow"):
            item.add_marker("quick")


@pytest.fixture(autouse=True)
def global_generators():
    """Every test begins with the same state of the global random generators; packages that we compare with use them.

    On the CPU alone: for a GPU that is not in use, ``torch.manual_seed`` keeps where it was called, every time.
    """
    random.seed(0)
    np.random.seed(0)
    torch.default_generator.manual_seed(0)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Every test has a cache folder of its own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(folder))
    return folder


@pytest.fixture
def one_thread():
    """Torch computes on one thread, as in forked processes."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def shared():
    """The folder of real images next to a developer's checkout."""
    if not SHARED.is_dir():
        pytest.skip("the courses' real images are not next to this checkout")
    return SHARED


@pytest.fixture(scope="session")
def for_all_processes(tmp_path_factory):
    """A folder that all processes of these tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture
def real_faces(shared, for_all_processes, monkeypatch):
    """The folder of real images, whose faces are packed once for all processes of these tests."""
    monkeypatch.setenv("CGAN_BENCH_CACHE", str(for_all_processes / "packed-real-faces"))
    return shared


@pytest.fixture
def faces(tmp_path):
    """A course-B folder of six faces."""
    folder = tmp_path / "faces"
    (folder / "images").mkdir(parents=True)
    rows = ["aqua hair red eyes", "pink hair blue eyes", "black hair gray eyes"] * 2
    for index in range(len(rows)):
        (folder / "images" / f"{index}.jpg").write_bytes(png((40 * index, 100, 50)))
    (folder / "tags.csv").write_text("".join(f"{i},{row}\n" for i, row in enumerate(rows)))
    return folder


@pytest.fixture
def scenes(tmp_path):
    """An i-CLEVR folder of four images."""
    from benchmark.data.labels import OBJECTS

    folder = tmp_path / "scenes"
    (folder / "images").mkdir(parents=True)
    train = {
        "CLEVR_train_000000_0.png": ["gray cube"],
        "CLEVR_train_000000_1.png": ["gray cube", "red sphere"],
        "CLEVR_train_000001_0.png": ["cyan cylinder"],
        "CLEVR_train_000001_1.png": ["cyan cylinder", "blue cube"],
    }
    for index, name in enumerate(train):
        (folder / "images" / name).write_bytes(png((50 * index, 0, 0), size=(320, 240)))
    files = {
        "objects": {name: index for index, name in enumerate(OBJECTS)},
        "train": train,
        "test": [["gray cube"], ["red sphere", "blue cube"]],
        "new_test": [["cyan cylinder", "gray cube", "red sphere"]],
    }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder
