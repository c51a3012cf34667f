"""The log of a run: read, or, where the run goes on, trimmed to its checkpoint."""

from __future__ import annotations

import json
import math
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from benchmark.errors import UsageError
from benchmark.system.files import write_text
from benchmark.training.checkpoint import Counters
from benchmark.training.run_folder import LOG

LOG_LINE = TypeAdapter(dict[str, int | float | None])


def read_log(folder: Path) -> tuple[dict[str, float | None], ...]:
    """A run's log; empty if it has none.

    Raises:
        UsageError: a line is damaged.
    """
    path = folder / LOG
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    try:
        return tuple(map(LOG_LINE.validate_json, lines))
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise UsageError(f"{path} has a damaged line ({reason}); train that run again with --no-resume") from error


def logged_counters(folder: Path) -> Counters:
    """The counters in the last line of a run's log."""
    last = read_log(folder)[-1]
    return Counters(**{name: last[name] for name in ("step", "turns", "images_seen", "seconds")})


def trim_log(path: Path, step: int) -> None:
    """Drop the lines after the checkpoint from which the run goes on; they will be written again."""
    if path.exists():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        kept = [line for line in lines if _step_of(line) <= step]
        write_text(path, "".join(line + "\n" for line in kept))


def _step_of(line: str) -> float:
    """The step of a log line; a line that was cut off belongs after all."""
    try:
        step = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return math.inf
    return step if isinstance(step, int) else math.inf
