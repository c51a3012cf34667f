"""pytest-benchmark's clock while it takes in rounds that were timed in other processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_now = 0.0


def now() -> float:
    """Seconds of all rounds that have been replayed."""
    return _now


def replay(seconds: Sequence[float]) -> Callable[[], None]:
    """A function whose k-th call advances this clock by the k-th of the seconds."""
    left = iter(seconds)

    def one_round() -> None:
        global _now
        _now += next(left)

    return one_round
