"""The device that a person names is the one whose state is meant, that is waited for and that computes repeatably."""

import os

import pytest
import torch

from benchmark.system import machine
from benchmark.system.machine import Machine, deterministic, this_machine


@pytest.mark.parametrize(("name", "expected"), [("cuda:1", [1]), ("cuda", []), ("cpu", [])])
def test_a_named_cuda_device_becomes_the_current_one(monkeypatch, name, expected):
    """A checkpoint keeps the random state of the current device, and a feed asks for its free memory."""
    current = []
    monkeypatch.setattr(machine.torch, "empty", lambda *_, device: None)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: current.append(device.index))
    assert this_machine(name, "float32").device == torch.device(name)
    assert current == expected


@pytest.mark.parametrize(("name", "expected"), [("cuda", ":4096:8"), ("cpu", None)])
def test_products_on_a_gpu_are_made_repeatable_unless_a_person_has_chosen(monkeypatch, name, expected):
    monkeypatch.setattr(machine.torch, "empty", lambda *_, device: None)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    this_machine(name, "float32")
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    this_machine(name, "float32")
    assert os.environ.get("CUBLAS_WORKSPACE_CONFIG") == expected


def kernels():
    """Whether torch chooses repeatable ones, only warns where there are none, and fills memory; cuDNN's choice."""
    return (
        torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory, torch.backends.cudnn.deterministic,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "inside"), [("cuda", (True, True, False)), ("cpu", (False, False, True))])
def test_on_a_gpu_kernels_are_repeatable_ones_until_the_end(name, inside):
    before = kernels()
    with deterministic(torch.device(name)):
        assert kernels() == (*inside, True)
    assert kernels() == before == (False, False, True, False)
    torch.use_deterministic_algorithms(True)
    try:
        with deterministic(torch.device("cuda")):
            assert kernels()[:2] == (True, True)
        assert kernels()[:2] == (True, False)
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize(("name", "expected"), [("cuda:1", [torch.device("cuda:1")]), ("cpu", [])])
def test_only_a_gpu_is_waited_for(monkeypatch, name, expected):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    Machine(device=torch.device(name), precision="float32", channels_last=True).wait()
    assert waited == expected
