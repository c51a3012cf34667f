"""What a verb that scored shows of its records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def record_row(path: Path) -> dict[str, Any]:
    """What a record says, for machines."""
    record = json.loads(path.read_text(encoding="utf-8"))
    return {"record": str(path)} | {name: record[name] for name in ("status", "reason", "scores", "refused")}


def in_words(row: dict[str, Any]) -> dict[str, str]:
    """The same for people: one line a score."""
    words = {"record": row["record"], "status": row["status"]}
    for name, entry in row["scores"].items():
        low_high = f" [{entry['interval'][0]:.4f}, {entry['interval'][1]:.4f}]" if entry["interval"] else ""
        words[name] = f"{entry['value']:.4f}{low_high} (n={entry['n']}){second_words(entry['second'])}"
    return words | {name: f"refused: {reason}" for name, reason in row["refused"].items()}


def second_words(second: dict[str, Any] | None) -> str:
    """What the second judge says, behind the first one's number."""
    if second is None:
        return ""
    spread = "" if second["spread"] is None else f", spread {second['spread']:.4f}"
    words = ", they disagree" if second["disagrees"] else ""
    return f"; second judge {second['value']:.4f} (gap {second['gap']:+.4f}{spread}{words})"
