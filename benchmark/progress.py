"""How a training run shows itself: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from types import TracebackType

from benchmark.console import PLAIN_EVERY, say


class TrainingProgress(AbstractContextManager):
    """Generator updates done and to do, images per second, time left and the latest losses."""

    def __init__(self, title: str, total: int, done: int = 0) -> None:
        self.title, self.total, self.first = title, total, done
        self.started = self.shown = time.monotonic()
        self.losses = ""
        self.bar = _bar(title, total, done) if sys.stderr.isatty() else None

    def __enter__(self) -> TrainingProgress:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()

    def note_losses(self, losses: dict[str, float]) -> None:
        """Remember what to show beside the bar."""
        self.losses = " ".join(f"{name} {value:.3g}" for name, value in losses.items())

    def update(self, step: int, images_per_second: float) -> None:
        """Show that ``step`` generator updates are done."""
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=step, rate=images_per_second, losses=self.losses)
            return
        now = time.monotonic()
        if now - self.shown > PLAIN_EVERY or step == self.total:
            self.shown = now
            left = (now - self.started) / max(1, step - self.first) * (self.total - step)
            say(
                f"{self.title}: update {step}/{self.total}, {images_per_second:.0f} images/s, "
                f"{left:.0f} s left; {self.losses}"
            )


def _bar(title: str, total: int, done: int):  # noqa: ANN202
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[rate]:.0f} images/s"), TextColumn("{task.fields[losses]}", style="dim"),
        console=Console(stderr=True),
    )  # fmt: skip
    bar.add_task(title, total=total, completed=done, rate=0.0, losses="")
    return bar
