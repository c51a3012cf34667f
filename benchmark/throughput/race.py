"""Rounds of several sides in alternation, until their ratios agree or the rounds are used up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from benchmark.system.terminal import Progress
from benchmark.throughput.noise import Spread, noise_of, ratios, spread_of, verdict
from benchmark.throughput.side import ROOT, Round, Running, Side, SkippedError


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """Limits of a race: the least and the most rounds, and the seconds after which no round is added."""

    least: int = 5
    most: int = 15
    seconds: float = 120.0


COMPARED = Rounds(least=6, most=12, seconds=900.0)  # 6 rounds are the fewest that have an interval


@dataclass(frozen=True)
class Race:
    """Timed rounds by side, all of one length, and the reasons of those that were skipped."""

    ours: Side
    rounds: Mapping[str, Sequence[Round]]
    skipped: Mapping[str, str] = field(default_factory=dict)
    sides: Sequence[Side] = ()  # all that were to be timed
    arithmetic: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of each unit, by side

    def seconds(self, name: str) -> list[float]:
        """Seconds of each round of a side."""
        return [one.seconds for one in self.rounds[name]]

    @property
    def peers(self) -> list[str]:
        """The other sides that were timed."""
        return [name for name in self.rounds if name != self.ours.name]

    def ratios(self, peer: str) -> list[float]:
        """Times as fast as a peer, per unit, round by round."""
        own, other = ([one.seconds / one.units for one in self.rounds[name]] for name in (self.ours.name, peer))
        return ratios(own, other)

    def spreads(self) -> dict[str, Spread]:
        """Of each peer's ratio; without peers, of our own seconds."""
        if not self.peers:
            return {self.ours.name: spread_of(self.seconds(self.ours.name))}
        return {peer: spread_of(self.ratios(peer)) for peer in self.peers}

    @property
    def resolved(self) -> bool:
        """True if all spreads are small enough for a number."""
        return all(spread.resolved for spread in self.spreads().values())

    def noise(self) -> float:
        """Difference of two successive rounds of one side: the noisiest side's."""
        return max(noise_of(self.seconds(name)) for name in self.rounds)

    @property
    def decided(self) -> bool:
        """True if every peer is faster or slower beyond the noise."""
        return all(verdict(self.ratios(peer), self.noise()) != "unresolved" for peer in self.peers)


def race(
    title: str, ours: Side, peers: Sequence[Side], limits: Rounds, enough: Callable[[Race], bool] | None = None
) -> Race:
    """Time all sides in alternation; every other round goes through them in reverse.

    Args:
        title: shown while it runs.
        ours: must run.
        peers: each may be skipped.
        limits: numbers of rounds.
        enough: called after the least number of rounds and each one more; by default :attr:`Race.resolved`.

    Raises:
        RuntimeError: a side failed, or ours cannot be timed.
    """
    enough = enough or (lambda so_far: so_far.resolved)
    with ExitStack() as stack:
        running, skipped = _start(stack, [ours, *peers])
        if ours.name in skipped:
            raise RuntimeError(f"{title}: {ours.name} cannot be timed here: {skipped[ours.name]}")
        arithmetic = {name: one.arithmetic for name, one in running.items() if one.arithmetic}
        so_far = Race(ours, {name: [] for name in running}, skipped, [ours, *peers], arithmetic)
        started = time.monotonic()
        with Progress(title, limits.most) as progress:
            for done in range(1, limits.most + 1):
                for name in list(running)[:: 1 if done % 2 else -1]:
                    so_far.rounds[name].append(running[name].round())
                progress.update(done, "rounds")
                spent = time.monotonic() - started >= limits.seconds
                if done >= limits.least and (spent or enough(so_far)):
                    break
    return so_far


def _start(stack: ExitStack, sides: Sequence[Side]) -> tuple[dict[str, Running], dict[str, str]]:
    """The sides' processes by name, ready, and the reasons of those that cannot run."""
    running, skipped = {}, {}
    for side in sides:
        try:
            running[side.name] = stack.enter_context(Running(side))
        except SkippedError as reason:
            skipped[side.name] = str(reason)
        except RuntimeError as error:
            if side.tree == ROOT:
                raise
            skipped[side.name] = str(error).splitlines()[-1]  # code of another commit may lack what is timed
    return running, skipped
