"""Progress and messages for a person: a bar on a terminal or below a notebook's cell, lines on stderr elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from threading import Timer
from types import TracebackType
from typing import Any, TypeVar

from benchmark.system.notebook import NotebookBar, in_notebook

T = TypeVar("T")
LINE_EVERY = 10.0  # seconds between two lines when stderr is no terminal
BAR = 20  # columns of a bar
SILENCE = 0.8  # seconds until the first sign


class Progress(AbstractContextManager):
    """Progress: the share done, the time left, and a note.

    Args:
        title: what is going on.
        total: how many things are to do.
        done: how many were done before; they do not count for the time left.
        every: seconds between two lines where there is no bar; the first comes with the first thing that is done.
    """

    def __init__(self, title: str, total: int, done: int = 0, *, every: float | None = None) -> None:
        self.title, self.total, self.before = title, total, done
        self.every, self.is_first = LINE_EVERY if every is None else every, every is not None
        self.started = self.shown = time.monotonic()
        self.bar = _bar(title, total, done)

    def __enter__(self) -> Progress:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()

    def update(self, done: int, note: str = "") -> None:
        """Show that ``done`` things are done."""
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=done, note=note)
        elif self.is_first or now - self.shown > self.every:
            self.shown, self.is_first = now, False
            left = (now - self.started) / max(1, done - self.before) * (self.total - done)
            say(f"{self.title}: {done:,} of {self.total:,}, {left:.0f} s left; {note}".rstrip("; "))


def track(items: Iterable[T], title: str, *, unit: int = 1, total: int | None = None) -> Iterator[T]:
    """Yield the items while showing how far it is.

    Args:
        items: what to go through.
        title: what is going on.
        unit: how many things each item stands for; the last may stand for fewer.
        total: how many things all items stand for; ``len(items) * unit`` by default.
    """
    total = len(items) * unit if total is None else total
    with Progress(title, total) as progress:
        for count, item in enumerate(items, 1):
            yield item
            progress.update(min(count * unit, total))


def _bar(title: str, total: int, done: int):  # noqa: ANN202
    """A bar where one can be redrawn: below a notebook's cell, or on a terminal; else None."""
    if in_notebook():
        return NotebookBar(_columns(title, total, done))
    return _columns(title, total, done, console=terminal(), transient=True) if sys.stderr.isatty() else None


def _columns(title: str, total: int, done: int, **settings: Any):  # noqa: ANN202, ANN401
    """A bar whose note is cut first where the line is too short for all of it, and then its title."""
    from rich import get_console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    a_third = settings.get("console", get_console()).width // 3
    named, noted = Column(no_wrap=True, max_width=a_third), Column(no_wrap=True, ratio=1)
    columns = (
        TextColumn("{task.description}", table_column=named), BarColumn(bar_width=BAR), MofNCompleteColumn(),
        TimeRemainingColumn(), TextColumn("{task.fields[note]}", style="dim", table_column=noted),
    )  # fmt: skip
    bar = Bar(*columns, expand=True, **settings)
    bar.add_task(title, total=total, completed=done, note="")
    return bar


def say(message: str) -> None:
    """One line on stderr."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def say_if_slow(message: str) -> Iterator[None]:
    """Say a line if the block takes longer than people wait without a sign."""
    timer = Timer(SILENCE, say, [message])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def duration(seconds: float) -> str:
    """A time in two units at most: ``40 s``, ``12 min``, ``3 h 05 min``, ``4 days 15 h``."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours // 24} days {hours % 24} h" if hours >= 48 else f"{hours} h {minutes:02d} min"


@cache
def terminal():  # noqa: ANN201
    """The one rich console of stderr, so that a bar within a bar finds the outer one."""
    from rich.console import Console

    return Console(stderr=True)


def padded(texts: Sequence[str]) -> list[str]:
    """Texts with spaces after them, equally wide on a screen, where a Chinese letter is as wide as two others."""
    from rich.cells import cell_len

    width = max(map(cell_len, texts), default=0)
    return [text + " " * (width - cell_len(text)) for text in texts]
