"""Updates, images and seconds of training until a curve's score is beyond a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from benchmark.records.score_curve import interval_of

COSTS = ("generator_updates", "images_seen", "seconds")

Line = Mapping[str, float | None]


def costs_at(step: int, log: Sequence[Line]) -> dict[str, float | None]:
    """Images shown to the discriminator and seconds of training after ``step`` generator updates.

    Both are 0 at step 0, and None if the log has no line of that step.
    """
    line = next((line for line in log if line["step"] == step), {}) if step else {"images_seen": 0, "seconds": 0.0}
    return {name: line.get(name) for name in ("images_seen", "seconds")}


def time_to_score(
    rows: Sequence[Mapping[str, Any]], name: str, threshold: float, direction: Literal["higher", "lower"]
) -> dict[str, Any] | None:
    """Costs and score of the first snapshot whose whole 95 % interval is beyond a threshold; None if there is none.

    A later fall below the threshold does not matter. Snapshots without an interval are skipped.

    Args:
        rows: of a curve, by updates, with ``<name>_low`` and ``<name>_high`` where they are known.
        name: of the score.
        threshold: in the score's unit.
        direction: of the score; ``higher`` asks for above, ``lower`` for below.
    """
    for row in rows:
        if (interval := interval_of(row, name)) is None:
            continue
        if interval[0] > threshold if direction == "higher" else interval[1] < threshold:
            return {cost: row.get(cost) for cost in COSTS} | {name: row[name]}
    return None


def time_in_words(name: str, threshold: float, found: Mapping[str, Any] | None) -> str:
    """The result of :func:`time_to_score` in one line."""
    if found is None:
        return f"{name} is beyond {threshold:g} at no snapshot"
    return f"{name} is beyond {threshold:g} after {', '.join(costs_in_words(found))}"


def costs_in_words(found: Mapping[str, Any]) -> list[str]:
    """Updates, images and seconds with their units; unknown ones are left out."""
    units = {"generator_updates": "updates", "images_seen": "images", "seconds": "s"}
    return [f"{found[cost]:,.0f} {unit}" for cost, unit in units.items() if found[cost] is not None]
