"""The device that a person names is the one whose state is meant, and that is waited for."""

import pytest
import torch

from benchmark.system import machine
from benchmark.system.machine import Machine, this_machine


@pytest.mark.parametrize(("name", "expected"), [("cuda:1", [1]), ("cuda", []), ("cpu", [])])
def test_a_named_cuda_device_becomes_the_current_one(monkeypatch, name, expected):
    """A checkpoint keeps the random state of the current device, and a feed asks for its free memory."""
    current = []
    monkeypatch.setattr(machine.torch, "empty", lambda *_, device: None)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: current.append(device.index))
    assert this_machine(name, "float32").device == torch.device(name)
    assert current == expected


@pytest.mark.parametrize(("name", "expected"), [("cuda:1", [torch.device("cuda:1")]), ("cpu", [])])
def test_only_a_gpu_is_waited_for(monkeypatch, name, expected):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    Machine(device=torch.device(name), precision="float32", channels_last=True).wait()
    assert waited == expected
