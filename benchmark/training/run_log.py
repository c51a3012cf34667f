"""The log of a run that goes on: its lines after the checkpoint are dropped."""

from __future__ import annotations

import json
import math
from pathlib import Path

from benchmark.system.files import write_text


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
