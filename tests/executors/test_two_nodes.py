"""A matrix on a Ray cluster of two nodes with a GPU each, one of which is lost while a run trains on it."""

import os
import time

import psutil
import pytest
from builders import matrices
from builders.matrices import MODELS, TASK, UPDATES, drive, hold, process_at, results, updates_of

from benchmark.commands import benchmark

pytestmark = pytest.mark.slow
HELD = UPDATES // 2 + 1


@pytest.fixture
def two_nodes(monkeypatch, tmp_path):
    """Two nodes of Ray on this machine that claim a GPU each, whose workers find the tests' own builders."""
    pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    from ray.cluster_utils import Cluster

    path = os.pathsep.join((str(matrices.ROOT), str(matrices.ROOT / "tests")))
    settings = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "RAY_AUTH_MODE": "disabled", "RAY_worker_niceness": "0"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    node = {"num_cpus": 8, "num_gpus": 1, "include_dashboard": False}  # processors do not part the runs, GPUs do
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        cluster.add_node(**node)
        yield cluster
    finally:
        cluster.shutdown()


def raylet(node):
    """The process of a node that starts its workers."""
    return node.all_processes["raylet"][0].process.pid


def test_two_nodes_share_the_runs_and_what_ran_on_a_lost_one_goes_on_elsewhere(toy_matrix, two_nodes):
    local, out = toy_matrix / "local", toy_matrix / "ray"
    options = {"profile": "short", "tasks": TASK, "models": MODELS, "device": "cpu"}
    assert benchmark.benchmark(local, **options)["failed"] == {}
    held = [hold(out, HELD, model) for model in MODELS.split(",")]
    driver = drive(out, "--executor", "ray", "--ray-address", two_nodes.address, "--gpus-per-run", "0.6")
    while driver.poll() is None and not all(process_at(out, HELD, model) for model in MODELS.split(",")):
        time.sleep(0.02)
    assert driver.poll() is None, (toy_matrix / "ray.said").read_text()
    first = {psutil.Process(process_at(out, HELD, model)).ppid(): model for model in MODELS.split(",")}
    nodes = {raylet(node): node for node in two_nodes.list_all_nodes()}
    assert first.keys() == nodes.keys(), "two runs of 0.6 GPUs do not share one"
    lost = next(node for node in nodes if nodes[node] is not two_nodes.head_node)
    lost_run = psutil.Process(process_at(out, HELD, first[lost]))
    two_nodes.remove_node(nodes[lost], allow_graceful=False)
    lost_run.wait(60)  # a worker outlives its node by a moment; set free in that moment, the run would end on it
    for path in held:
        path.unlink()
    assert driver.wait(180) == 0, (toy_matrix / "ray.said").read_text()
    said = (toy_matrix / "ray.said").read_text()
    assert "checking 2 machines of the cluster" in said
    assert "its worker died" in said
    assert results(out) == results(local)
    lines = updates_of(out)
    assert {model: len({process for process, _ in lines[model]}) for model in lines} == {
        model: 2 if node == lost else 1 for node, model in first.items()
    }
    steps = [step for _, step in lines[first[lost]]]
    assert steps[steps.index(HELD) + 1] > 1, "it went on, and did not begin again"
