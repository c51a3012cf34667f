"""One screen of progress: what runs where, how many are done and failed, the time left."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from benchmark.executors.jobs import Outcome
from benchmark.system.terminal import LINE_EVERY, duration, say, terminal

ROWS = 12  # running jobs on the screen


@dataclass
class Screen(AbstractContextManager):
    """The state of all jobs; on a terminal a table that is drawn over, elsewhere a line now and then."""

    title: str
    total: int
    done: int = 0
    failed: int = 0
    busy: int = 0  # computed by another program
    running: dict[str, str] = field(default_factory=dict)  # title of a job -> where it runs
    begun: float = field(default_factory=time.monotonic)

    def __enter__(self) -> Screen:
        self._shown, self._live = self.begun, _live() if sys.stderr.isatty() else None
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def finished(self, outcome: Outcome) -> None:
        """Count a job that has ended."""
        self.done += outcome.status == "done"
        self.failed += outcome.status == "failed"
        self.busy += outcome.status == "busy"
        self.running.pop(outcome.job.title, None)
        self.show()

    def show(self) -> None:
        """Redraw the table, or print a line if the last one is ``LINE_EVERY`` seconds ago."""
        if self._live:
            self._live.update(self._table(), refresh=True)
        elif time.monotonic() - self._shown > LINE_EVERY:
            self._shown = time.monotonic()
            places = [f"{title} on {where}" for title, where in list(self.running.items())[:3]]
            say(f"{self.summary()}; now {', '.join(places) or 'waiting for a worker'}")

    def summary(self) -> str:
        """The counts and the time left, in one line."""
        return (
            f"{self.title}: {self.done:,} of {self.total:,} done, {self.failed:,} failed, "
            f"{len(self.running):,} running, {self.left()} left"
        )

    def left(self) -> str:
        """The time left, if the other jobs take as long as those that were computed."""
        computed = self.done + self.failed
        if not computed:
            return "unknown time"
        return duration((time.monotonic() - self.begun) / computed * (self.total - computed - self.busy))

    def _table(self):  # noqa: ANN202
        from rich.table import Table

        table = Table(title=self.summary(), title_justify="left", box=None)
        table.add_column("running")
        table.add_column("where", style="dim")
        for title, where in list(self.running.items())[:ROWS]:
            table.add_row(title, where)
        if len(self.running) > ROWS:
            table.add_row(f"and {len(self.running) - ROWS:,} more", "")
        return table


def _live():  # noqa: ANN202
    from rich.live import Live

    return Live(console=terminal(), auto_refresh=False, transient=True)
