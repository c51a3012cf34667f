"""Event files for TensorBoard next to a run's log, with the same numbers."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.training.run_folder import EVENTS

COUNTERS = ("images_seen", "seconds")


class EventFiles:
    """One scalar for each loss and counter, by generator update.

    Args:
        folder: of the run.
        step: generator updates so far; what a killed process wrote of later ones is hidden.
    """

    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(folder / EVENTS, purge_step=step + 1)

    def write(self, lines: Sequence[dict[str, float]]) -> None:
        """Add log lines; the files can be read from then on."""
        for line in lines:
            for name, value in line.items():
                if "/" in name or name in COUNTERS:
                    self.writer.add_scalar(name, value, line["step"])
        self.writer.flush()


def check_tensorboard() -> None:
    """Raise UsageError unless the package that writes event files is there."""
    if importlib.util.find_spec("tensorboard") is None:
        raise UsageError("--tensorboard needs the package tensorboard; pip install '.[tensorboard]' in the checkout")


@contextmanager
def event_files(folder: Path, step: int, *, wanted: bool) -> Iterator[EventFiles | None]:
    """Event files while the block runs; None where they are not wanted."""
    if not wanted:
        yield None
        return
    events = EventFiles(folder, step)
    try:
        yield events
    finally:
        events.writer.close()
