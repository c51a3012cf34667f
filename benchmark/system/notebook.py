"""A bar of progress below the cell of a notebook, redrawn in place; it needs no widgets."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

REDRAWN_EVERY = 0.5  # seconds


def in_notebook() -> bool:
    """True in the kernel of a notebook; false in scripts, IPython on a terminal, and everywhere without IPython."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class NotebookBar:
    """A bar of rich as an output of the running cell; its last state stays there.

    Args:
        bar: of one task; it is shown as HTML, as rich draws it.
    """

    def __init__(self, bar: Progress) -> None:
        self.bar, self.output, self.shown = bar, None, 0.0

    @property
    def task_ids(self) -> list[TaskID]:
        """The tasks of the bar."""
        return self.bar.task_ids

    def start(self) -> None:
        """Show the bar."""
        from IPython.display import display

        self.output, self.shown = display(self.bar, display_id=True), time.monotonic()

    def update(self, task: TaskID, *, completed: int, note: str) -> None:
        """Count what is done, and redraw the bar now and then."""
        self.bar.update(task, completed=completed, note=note)
        if time.monotonic() - self.shown > REDRAWN_EVERY:
            self._redraw()

    def stop(self) -> None:
        """Draw the last state; its clock stands still from then on."""
        self.bar.stop_task(self.task_ids[0])
        self._redraw()

    def _redraw(self) -> None:
        self.output.update(self.bar)
        self.shown = time.monotonic()
