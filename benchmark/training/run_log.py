"""The log of a run: read, or, where the run goes on, trimmed to its checkpoint."""

from __future__ import annotations

import json
import math
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from benchmark.errors import UsageError
from benchmark.system.files import write_text
from benchmark.training.checkpoint import Counters
from benchmark.training.run_folder import CHECKPOINTS, LOG, has_ended, numbered, step_of

LOG_LINE = TypeAdapter(dict[str, int | float | None])


def read_log(folder: Path) -> tuple[dict[str, float | None], ...]:
    """A run's log; empty if it has none. A last line that a killed process left unfinished is no line yet.

    Raises:
        UsageError: a line is damaged.
    """
    path = folder / LOG
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    lines = text.splitlines()
    unfinished = lines and not text.endswith("\n") and not has_ended(folder) and math.isinf(_logged_step(lines[-1]))
    return tuple(_parsed(line, number, folder) for number, line in enumerate(lines[:-1] if unfinished else lines, 1))


def _parsed(line: str, number: int, folder: Path) -> dict[str, float | None]:
    """A line of a log, the one of that generator update."""
    try:
        return LOG_LINE.validate_json(line)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise UsageError(
            f"{folder / LOG} has a damaged line, number {number:,} ({reason}); {remedy(folder, number)}"
        ) from error


def remedy(folder: Path, update: int) -> str:
    """Advice about a log that lacks the line of an update."""
    saved = numbered(folder / CHECKPOINTS, ".json")
    if not has_ended(folder) and update > max(map(step_of, saved), default=0):
        return "go on with the 'cgan-bench train' that began the run, which writes it again"
    return "train that run again with --no-resume"


def logged_counters(folder: Path) -> Counters:
    """The counters in the last line of a run's log."""
    last = read_log(folder)[-1]
    return Counters(**{name: last[name] for name in ("step", "turns", "images_seen", "seconds")})


def trim_log(path: Path, step: int) -> None:
    """Drop the lines after the checkpoint from which the run goes on; they will be written again."""
    if path.exists():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        kept = [line for line in lines if _logged_step(line) <= step]
        write_text(path, "".join(line + "\n" for line in kept))


def _logged_step(line: str) -> float:
    """The step of a log line; a line that was cut off belongs after all."""
    try:
        step = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return math.inf
    return step if isinstance(step, int) else math.inf
