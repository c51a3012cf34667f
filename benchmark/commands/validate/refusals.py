"""Faults of refused scores: ones that could be computed, and reasons that no evaluator gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmark.commands.validate.neighbours import Neighbours
from benchmark.records.per_sample import PerSample
from benchmark.records.record import Record
from benchmark.tasks import Task
from evaluators import EVALUATORS

SAW = re.compile(r"saw (\d+) real and (\d+) generated images(.*?)(?:needs?|need) at least (\d+)")


def faults_of_refusals(record: Record, task: Task, kept: PerSample, neighbours: Neighbours) -> Iterator[str]:
    """Faults of refused scores that could be computed, or that have an impossible reason.

    Reasons of a task's own evaluators are taken as they are.
    """
    untrained = neighbours.reference(record, "untrained")
    drawn_alike = record.kind != "reference"  # as many images for the same conditions as the untrained row
    for name, reason in record.refused.items():
        if name in record.scores or name in kept.scores:
            yield f"{name} is refused, but it has a value, or lies next to it for single images"
        elif name in task.own_evaluators:
            continue
        elif name not in EVALUATORS:
            yield f"no score is called {name!r}"
        elif name in task.condition_scores:
            yield f"{name} is refused, but no number of images is too small for it"
        elif not reason.startswith((f"{name} saw ", f"{name}: ")):
            yield f"{name} is refused for a reason that its evaluator does not give: {reason[:100]!r}"
        elif EVALUATORS[name].kind == "fidelity" and drawn_alike and untrained and name in untrained.scores:
            yield f"{name} is refused, but the untrained row has it of as many images"
        else:
            yield from _count_faults(record, name, reason)


def _count_faults(record: Record, name: str, reason: str) -> Iterator[str]:
    """A fault if the image counts in a reason are large enough, or are not the protocol's."""
    if not (found := SAW.search(reason)):
        return
    real, generated, _, least = found.groups()
    if min(int(real), int(generated)) >= int(least) or int(real) > record.protocol.n_real:
        yield f"{name} is refused for too few images, but {real} and {generated} are not below {least}"
