"""One Ray cluster for all tests of a file: two processors of this machine."""

from __future__ import annotations

import os

import pytest
from builders import matrices
from grading.conftest import exam, scenes  # noqa: F401 - fixtures of grading


@pytest.fixture(scope="module")
def ray_address(tmp_path_factory):
    """The address of a local cluster, whose workers find the tests' own builders.

    It ends with the file: all its processes work a little even when nothing is asked of them.
    """
    ray = pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    from benchmark.executors.ray_cluster import cluster

    path = os.pathsep.join((str(matrices.ROOT), str(matrices.ROOT / "tests")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("RAY_AUTH_MODE", "disabled")  # no file for a token in the home folder
        patch.setenv("RAY_worker_niceness", "0")  # as much of a busy machine as the other tests have
        patch.setenv("CGAN_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        with cluster(None, cpus=2):
            yield ray.get_runtime_context().gcs_address


@pytest.fixture
def toy_matrix(monkeypatch, tmp_path):
    """Toy runs in this process and in workers; the folder of the test."""
    return matrices.in_folder(tmp_path, monkeypatch)
