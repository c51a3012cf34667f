"""What a person sees while waiting: a bar with an ETA on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
PLAIN_EVERY = 10.0  # seconds between two lines when stderr is no terminal


def say(message: str) -> None:
    """One line on stderr; stdout is kept for results."""
    print(message, file=sys.stderr, flush=True)


def track(items: Sequence[T], description: str, unit: int = 1) -> Iterator[T]:
    """Yield the items while showing how far it is; each item stands for ``unit`` things."""
    if sys.stderr.isatty():
        yield from _bar(items, description)
        return
    start = shown = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if now - shown > PLAIN_EVERY:
            shown = now
            eta = (now - start) / done * (len(items) - done)
            say(f"{description}: {100 * done // len(items)} %, {done * unit / (now - start):.0f}/s, {eta:.0f} s left")
        yield item


def _bar(items: Sequence[T], description: str) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, description, console=Console(stderr=True), transient=True)


class Ticker:
    """A progress callback ``(done, total, loss)``: a line now and then, with an ETA."""

    def __init__(self, description: str) -> None:
        self.description = description
        self.started = self.shown = time.monotonic()

    def __call__(self, done: int, total: int, loss: float) -> None:
        now = time.monotonic()
        if now - self.shown > PLAIN_EVERY or done == total:
            self.shown = now
            left = (now - self.started) / done * (total - done)
            say(f"{self.description}: {done}/{total}, loss {loss:.3g}, {left:.0f} s left")
