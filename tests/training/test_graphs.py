"""Turns by graphs are the same turns as without; a stand-in captures, as a test has no GPU."""

from functools import partial

import pytest
import torch
from builders.data import toy_data
from builders.graphs import StandIn
from builders.runs import narrow

from benchmark.data.batches import feed
from benchmark.data.datasets import dataset_of
from benchmark.definitions.model_settings import find_model, model_config, serves
from benchmark.system.machine import Machine, this_machine
from benchmark.tasks import TASKS
from benchmark.training import graphs, loop
from benchmark.training.loop import TrainConfig, TrainState

MACHINE = this_machine("cpu", "float32")
CUDA = Machine(device=torch.device("cuda"), precision="bfloat16", channels_last=True)


class Refusing(StandIn):
    """Captures nothing."""

    def capture(self, turn):
        self.captures += 1
        raise RuntimeError("operation not permitted when stream is capturing\nSearch for ...")


def trained(name, monkeypatch=None, recorder=None, updates=5):
    """A narrow model after a few updates, and the recorder that was used."""
    task = next(task for task in TASKS.values() if serves(name, task))
    data = toy_data(dataset_of(task), count=40)
    torch.manual_seed(0)
    model = find_model(name)[0](model_config(name, task, batch_size=4, **narrow(name)))
    state = TrainState.start(MACHINE.place(model))
    used = recorder and recorder(state)
    if used:
        monkeypatch.setattr(graphs, "wanted", lambda _: True)
        monkeypatch.setattr(graphs, "make_capturable", lambda _: None)
        monkeypatch.setattr(graphs, "CudaGraphs", lambda: used)
    supply = feed(data if task.conditional else data.unconditional(), "all", 4, 0, MACHINE)
    loop.train(state, supply, TrainConfig(total_updates=updates), MACHINE, lambda _: None)
    return state, used


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("name", ["dcgan", "wgan_iclevr", "modern_cgan", "wgan_gp_hardest_negative", "mlp_gan:sgd"])
def test_graphs_take_the_same_turns(name, monkeypatch):
    plain, _ = trained(name)
    graphed, recorder = trained(name, monkeypatch, StandIn)
    assert recorder.captures == 2
    assert recorder.replays == graphed.turns - 2 * graphs.WARM > 0
    assert same(graphed.tensors(), plain.tensors())
    assert {**graphed.counters(), "seconds": 0} == {**plain.counters(), "seconds": 0}
    lines = [[{**line, "seconds": 0} for line in loop.log_lines(state)] for state in (graphed, plain)]
    assert lines[0] == lines[1]  # each turn's own losses, though all replays write to the same tensors


def test_a_turn_that_cannot_be_captured_is_taken_without_and_says_so_once(monkeypatch, capsys):
    plain, _ = trained("dcgan")
    capsys.readouterr()
    fallen, recorder = trained("dcgan", monkeypatch, Refusing)
    assert recorder.captures == 1
    assert same(fallen.tensors(), plain.tensors())
    remark = "the discriminator's turn cannot be a CUDA graph (operation not permitted when stream is capturing)"
    assert capsys.readouterr().err.count(remark) == 1


def test_a_batch_of_another_shape_is_taken_without_its_graph(monkeypatch):
    monkeypatch.setattr(graphs, "WARM", 1)
    seen = []

    def compute(_state, _player, real, *_):
        seen.append(len(real))
        return {"loss": real.sum()}

    class Once(StandIn):
        def capture(self, turn):
            return (lambda: turn()), {"loss": torch.zeros(())}

    turns = partial(graphs.GraphedTurns(compute, Once(None)), None, "generator", machine=MACHINE)
    for size in (4, 4, 3):
        turns(real=torch.ones(size, 1), condition=torch.ones(size, 1))
    assert seen == [4, 4, 3]


def test_graphs_are_for_cuda_and_on_request(monkeypatch):
    monkeypatch.delenv(graphs.VARIABLE, raising=False)
    assert not graphs.wanted(CUDA)
    monkeypatch.setenv(graphs.VARIABLE, "1")
    assert graphs.wanted(CUDA)
    assert not graphs.wanted(MACHINE)


def test_optimizers_of_graphs_count_on_the_device_and_adam_is_fused():
    weights = [torch.nn.Parameter(torch.ones(2))]
    made = {"a": torch.optim.Adam(weights), "b": torch.optim.RMSprop(weights), "c": torch.optim.SGD(weights, lr=0.1)}
    graphs.make_capturable(made)
    (adam,), (rmsprop,), (sgd,) = (optimizer.param_groups for optimizer in made.values())
    assert (adam["capturable"], adam["fused"], rmsprop["capturable"]) == (True, True, True)
    assert "capturable" not in sgd
    assert not rmsprop.get("fused")


def test_counts_of_a_resumed_optimizer_move_to_the_weights():
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([weight])
    optimizer.state[weight]["step"] = 3
    graphs.make_capturable({"generator": optimizer})
    step = optimizer.state[weight]["step"]
    assert (step.item(), step.dtype, step.device) == (3.0, torch.float32, weight.device)
