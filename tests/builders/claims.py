"""Claims files, and records that decide them."""

from __future__ import annotations

from benchmark.records.training_log import save_log
from benchmark.reports.claims import Claim
from builders.leaderboards import run

TASK = "iclevr"
A, B = "cdcgan_iclevr", "acgan_iclevr"
BUDGET = {"updates": 1_500, "words": "1,500 iterations"}
HIGHER = {"measure": "score", "score": "topk_accuracy", "first": A, "second": B, "direction": "higher", "effect": 0.02}
LOG = {"measure": "log", "loss": "generator", "statistic": "mean", "first": A, "second": B, "direction": "higher"}


def claim(*tests, **changes):
    fields = {"id": "9.1", "report": "R9", "words": "A is better.", "task": TASK, "why": "Because.", "budget": BUDGET}
    return Claim.model_validate(fields | {"tests": list(tests)} | changes)


def log_test(**changes):
    return LOG | {"effect": 0.0, "within": {"share": [0.0, 1.0]}} | changes


def saved(folder, *records):
    for record in records:
        record.save(folder)
    return records


def with_log(folder, record, loss):
    """Save a record with a log of 100 updates, of which ``loss`` gives the generator's loss."""
    record.save(folder)
    save_log(folder / record.file_name, [{"step": i, "generator/fake": loss(i)} for i in range(1, 101)])
    return record


def diverged(name, update, **changes):
    reason = f"generator/fake was not finite at generator update {update}"
    return run(name, status="diverged", reason=reason, scores={}, **changes)


def collapsed(name, **changes):
    return run(name, status="collapsed", reason="near_duplicate_rate is 1.000", **changes)


TOML = """
[[reports]]
key = "P1"
title = "another paper"
trained = "Scenes."

[[claims]]
id = "P1.1"
report = "P1"
words = "One is better than the other."
task = "iclevr"
budget = { updates = 1_500, words = "1,500 iterations" }
why = "The course's rule."
[[claims.tests]]
measure = "score"
score = "topk_accuracy"
first = "cdcgan_iclevr"
second = "acgan_iclevr"
direction = "higher"
effect = 0.02
"""
