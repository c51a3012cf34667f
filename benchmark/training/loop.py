"""One training loop for every model: settings, state, turns, averages; what a turn means is the model's."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from benchmark.data.batches import Feed
from benchmark.plugins.faults import faults_of
from benchmark.system.machine import Machine
from benchmark.system.tensors import are_finite
from benchmark.training import checkpoint, graphs
from benchmark.training.checkpoint import Counters
from reference_models.base import ConditionalGAN, Turn


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Training settings that the benchmark fixes for every model alike."""

    total_updates: int = 1_500  # budget: generator updates
    seed: int = 0
    ema_half_life: int = 20_000  # images; shorter early on, see update_ema
    log_every: int = 50  # generator updates; the log has a line for each, written together
    grid_every: int = 500  # generator updates
    checkpoint_every: int = 100  # generator updates
    snapshot_every: int = 0  # generator updates; keeps the averaged generator for a curve; 0 keeps none

    def saves(self, step: int) -> bool:
        """True if there is a checkpoint of that update."""
        return step % self.checkpoint_every == 0 or step == self.total_updates

    def snapshots(self, step: int) -> bool:
        """True if the averaged generator of that update is kept."""
        return self.snapshot_every > 0 and step % self.snapshot_every == 0

    def logs(self, step: int) -> bool:
        """True if the log is written after that update; no checkpoint and no snapshot is ahead of it."""
        return step % self.log_every == 0 or self.snapshots(step) or self.saves(step)


@dataclass(frozen=True)
class Update:
    """One finished generator update, with the discriminator's turns before it."""

    counters: Counters  # after it
    losses: list[dict[str, Tensor]]  # of each turn; on the device


@dataclass
class TrainState:
    """Everything that changes during training, in one place; a checkpoint is this, saved."""

    model: ConditionalGAN
    ema: nn.Module  # running average of the generator
    optimizers: dict[Turn, Optimizer]
    step: int = 0  # generator updates so far
    turns: int = 0  # updates of either player so far
    images_seen: int = 0  # real images shown to the discriminator
    seconds: float = 0.0  # spent training, over all resumptions
    losses: list[dict[str, Tensor]] = field(default_factory=list)  # of each turn since the last finished update
    unlogged: list[Update] = field(default_factory=list)  # finished updates since the last call of log_lines

    @classmethod
    def start(cls, model: ConditionalGAN) -> TrainState:
        ema = copy.deepcopy(model.generator).eval().requires_grad_(False)
        return cls(model=model, ema=ema, optimizers=model.optimizers())

    def tensors(self) -> dict[str, Tensor]:
        """All tensors of the state and the random generators, flat."""
        found = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        found |= {f"ema.{name}": tensor for name, tensor in self.ema.state_dict().items()}
        for player, optimizer in self.optimizers.items():
            found |= checkpoint.pack_optimizer(f"optimizer.{player}", optimizer)
        found["random.cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            found["random.cuda"] = torch.cuda.get_rng_state()
        return found

    def counters(self) -> Counters:
        """The numbers of the state."""
        return Counters(step=self.step, turns=self.turns, images_seen=self.images_seen, seconds=self.seconds)

    def restore(self, tensors: dict[str, Tensor], counters: Counters) -> None:
        """Become the state that :meth:`tensors` and :meth:`counters` described."""
        self.model.load_state_dict(below("model.", tensors))
        self.ema.load_state_dict(below("ema.", tensors))
        for player, optimizer in self.optimizers.items():
            checkpoint.unpack_optimizer(f"optimizer.{player}", optimizer, tensors)
        torch.set_rng_state(tensors["random.cpu"])
        if torch.cuda.is_available() and "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"])
        for name, value in counters.items():
            setattr(self, name, value)


def below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The entries whose name starts with ``prefix``, without it."""
    return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def train(
    state: TrainState,
    feed: Feed,
    config: TrainConfig,
    machine: Machine,
    after_update: Callable[[TrainState], None],
) -> None:
    """Take turns until ``config.total_updates`` generator updates are done.

    Args:
        state: where to start from; changed in place.
        feed: batches; the k-th turn gets batch k.
        config: what the benchmark fixes.
        machine: device and number format.
        after_update: called after every generator update: logs, grids, checkpoints.

    Raises:
        DivergedError: ``after_update`` found a loss or a weight that is not finite.
    """
    cycle, compute = state.model.cycle(), compute_turn
    if graphs.wanted(machine):
        graphs.make_capturable(state.optimizers)
        compute = graphs.GraphedTurns(compute_turn, graphs.CudaGraphs())
    while state.step < config.total_updates:
        started = time.perf_counter()
        player = cycle[state.turns % len(cycle)]
        take_turn(state, player, *feed.batch(state.turns), machine, compute)
        state.turns += 1
        if player == "generator":
            state.step += 1
            update_ema(state, config.ema_half_life)
            if config.logs(state.step):
                machine.wait()  # or the clock would miss what the device has still to do
        state.seconds += time.perf_counter() - started
        if player == "generator":
            state.unlogged.append(Update(state.counters(), state.losses))
            state.losses = []
            after_update(state)


def compute_turn(
    state: TrainState, player: Turn, real: Tensor, condition: Tensor, machine: Machine
) -> dict[str, Tensor]:
    """Update one player's weights on one batch, and return its losses, on the device; counts nothing in ``state``."""
    condition = state.model.encode(condition)
    with machine.autocast():
        losses = losses_of(player, state.model, real, condition)
    minimise(losses, state.optimizers[player])
    if player == "discriminator":
        state.model.after_discriminator_update()
    return {f"{player}/{name}": loss.detach() for name, loss in losses.items()}


def take_turn(
    state: TrainState,
    player: Turn,
    real: Tensor,
    condition: Tensor,
    machine: Machine,
    compute: graphs.Compute = compute_turn,
) -> None:
    """One update of one player on one batch, counted in ``state``; ``compute`` changes the tensors."""
    losses = compute(state, player, real, condition, machine)
    if player == "discriminator":
        state.images_seen += len(real)
    state.losses.append(losses)


def losses_of(player: Turn, model: ConditionalGAN, real: Tensor, condition: Tensor) -> dict[str, Tensor]:
    """The player's losses; a model of another package that raises is a UsageError."""
    with faults_of(f"model {model.name}, {player}_turn,", type(model)):
        return model.losses_of_turn(player, real, condition)


def minimise(losses: dict[str, Tensor], optimizer: Optimizer) -> None:
    optimizer.zero_grad(set_to_none=True)
    torch.stack([loss.float() for loss in losses.values()]).sum().backward()
    optimizer.step()


@torch.no_grad()
def update_ema(state: TrainState, half_life: int) -> None:
    """Move the averaged generator towards the generator.

    Args:
        state: the average in it is changed in place.
        half_life: images. Early on it is 5 % of the images seen, or the initial weights would stay in the average.
    """
    images = state.images_seen / state.step  # per generator update
    decay = 0.5 ** (images / min(half_life, 0.05 * state.images_seen)) if images else 0.0
    averaged, live = state.ema.state_dict(), state.model.generator.state_dict()
    addresses = {(tensor.data_ptr(), tensor.numel()): name for name, tensor in averaged.items()}
    names = addresses.values()  # tied tensors have one address, and are averaged once
    floating = [name for name in names if averaged[name].is_floating_point()]
    torch._foreach_lerp_([averaged[name] for name in floating], [live[name] for name in floating], 1 - decay)
    for name in set(names) - set(floating):
        averaged[name].copy_(live[name])


def log_lines(state: TrainState) -> list[dict[str, float]]:
    """One line per generator update since the last call: its counters, and each loss's mean over its turns.

    The losses stay on the device until this call, so that no update waits for them. The lines end with the first one
    that has a loss that is not finite.
    """
    lines = [update.counters | _means(update.losses) for update in state.unlogged]
    state.unlogged.clear()
    return lines[: next((number for number, line in enumerate(lines, 1) if not_finite(line)), None)]


def _means(turns: list[dict[str, Tensor]]) -> dict[str, float]:
    """Each loss's mean over the turns that have it."""
    found: dict[str, list[float]] = {}
    for losses in turns:
        for name, loss in losses.items():
            found.setdefault(name, []).append(loss.item())
    return {name: sum(values) / len(values) for name, values in found.items()}  # fmean refuses inf next to -inf


def not_finite(line: dict[str, float]) -> list[str]:
    """The losses of a log line that are not finite."""
    return [name for name, value in line.items() if not math.isfinite(value)]


def check_losses(lines: list[dict[str, float]]) -> None:
    """Raise DivergedError if a loss of the last line is not finite; it names the loss and when it was."""
    if names := not_finite(lines[-1]):
        raise DivergedError(f"{names[0]} was not finite at generator update {lines[-1]['step']}")


def check_finite(state: TrainState) -> None:
    """Raise DivergedError if the averaged generator has a number that is not finite."""
    if not are_finite(state.ema.state_dict()):
        raise DivergedError(f"the generator's weights were not finite after generator update {state.step}")


class DivergedError(ArithmeticError):
    """A loss or a weight is no longer finite; the message says which and when."""
