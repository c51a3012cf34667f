"""Turns as CUDA graphs: a player's whole turn is captured once, and from then on launched as one piece.

A turn of a small GAN is hundreds of kernels of a few microseconds, so a GPU waits for Python most of the time. The
graph holds the forward passes, both backward passes of a gradient penalty, the optimizer's step and what follows it. It
reads its batch from fixed tensors, draws from the device's own random stream, and computes the same as without it.

Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.optim import Adam, Optimizer

from benchmark.system.machine import Machine
from benchmark.system.terminal import say

VARIABLE = "CGAN_BENCH_CUDA_GRAPHS"  # 1 turns them on
WARM = 3  # turns of a player without a graph: first allocations, the optimizer's state, choice of algorithms

Losses = dict[str, Tensor]
Compute = Callable[..., Losses]  # (state, player, real, condition, machine)


class Recorder(Protocol):
    """Something that can warm up and capture a turn."""

    def warm(self, turn: Callable[[], Losses]) -> Losses:
        """Take the turn now, under the conditions of a capture."""

    def capture(self, turn: Callable[[], Losses]) -> tuple[Callable[[], None], Losses]:
        """Record the turn without taking it: a function that takes it, and the tensors that hold its losses afterwards.

        Raises:
            RuntimeError: something in the turn cannot be recorded. Nothing has changed then.
        """


@dataclass(frozen=True)
class Captured:
    """A captured turn with the tensors that it reads and writes."""

    replay: Callable[[], None]
    real: Tensor
    condition: Tensor
    losses: Losses

    def take(self, real: Tensor, condition: Tensor) -> Losses:
        """Take the turn on another batch; the losses are copies, as the next turn overwrites its own."""
        self.real.copy_(real)
        self.condition.copy_(condition)
        self.replay()
        return {name: loss.clone() for name, loss in self.losses.items()}

    def fits(self, real: Tensor, condition: Tensor) -> bool:
        """True if a batch has the shape that was captured."""
        return (real.shape, condition.shape) == (self.real.shape, self.condition.shape)


class GraphedTurns:
    """Computes each player's first turns eagerly and the others by its graph; all eagerly once a capture has failed.

    Args:
        compute: a whole turn on the device, see ``loop.compute_turn``.
        recorder: warms up and captures.
    """

    def __init__(self, compute: Compute, recorder: Recorder) -> None:
        self.compute, self.recorder = compute, recorder
        self.taken: Counter[str] = Counter()
        self.graphs: dict[str, Captured] = {}
        self.refused = False

    def __call__(self, state: Any, player: str, real: Tensor, condition: Tensor, machine: Machine) -> Losses:  # noqa: ANN401
        if self.refused:
            return self.compute(state, player, real, condition, machine)
        self.taken[player] += 1
        if self.taken[player] <= WARM:
            return self.recorder.warm(lambda: self.compute(state, player, real, condition, machine))
        if player not in self.graphs and not self._capture(state, player, real, condition, machine):
            return self.compute(state, player, real, condition, machine)
        graph = self.graphs[player]
        if not graph.fits(real, condition):
            return self.compute(state, player, real, condition, machine)
        return graph.take(real, condition)

    def _capture(self, state: Any, player: str, real: Tensor, condition: Tensor, machine: Machine) -> bool:  # noqa: ANN401
        real, condition = real.clone(), condition.clone()
        try:
            replay, losses = self.recorder.capture(lambda: self.compute(state, player, real, condition, machine))
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            say(f"the {player}'s turn cannot be a CUDA graph ({reason}); all turns are taken without, which is slower")
            self.refused = True
            self.graphs.clear()
            return False
        self.graphs[player] = Captured(replay, real, condition, losses)
        return True


class CudaGraphs:
    """Captures on the current CUDA device."""

    def warm(self, turn: Callable[[], Losses]) -> Losses:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            losses = turn()
        torch.cuda.current_stream().wait_stream(stream)
        return losses

    def capture(self, turn: Callable[[], Losses]) -> tuple[Callable[[], None], Losses]:
        graph, random = torch.cuda.CUDAGraph(), torch.cuda.get_rng_state()
        try:
            with torch.cuda.graph(graph):
                losses = turn()
        except RuntimeError:
            fresh = torch.Generator("cuda")  # the failed capture has left the other one waiting for its end
            fresh.set_state(random)
            torch.cuda.default_generators[torch.cuda.current_device()].graphsafe_set_state(fresh.graphsafe_get_state())
            raise
        return graph.replay, losses


def wanted(machine: Machine) -> bool:
    """True where turns are to be graphs: with CUDA, if the variable says so."""
    return machine.device.type == "cuda" and os.environ.get(VARIABLE) == "1"


def make_capturable(optimizers: Mapping[str, Optimizer]) -> None:
    """Let optimizers keep their counts on the device, so that a graph can advance them; Adam in one fused kernel.

    Counts that were restored from a checkpoint move there.
    """
    for optimizer in optimizers.values():
        for group in optimizer.param_groups:
            group |= {"capturable": True} if "capturable" in group else {}
            group |= {"fused": True, "foreach": False} if isinstance(optimizer, Adam) else {}
        for weight, kept in optimizer.state.items():
            if "step" in kept:
                kept["step"] = torch.as_tensor(kept["step"], dtype=torch.float32, device=weight.device)
