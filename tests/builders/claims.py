"""Claims files, and records that decide them."""

from __future__ import annotations

import torch

from benchmark.records.training_log import save_log
from benchmark.reports.claims import Claim
from builders.leaderboards import run

TASK = "iclevr"
A, B = "cdcgan_iclevr", "acgan_iclevr"
BUDGET = {"updates": 1_500, "words": "1,500 iterations"}
HIGHER = {"measure": "score", "score": "topk_accuracy", "first": A, "second": B, "direction": "higher", "effect": 0.02}
LOG = {"measure": "log", "loss": "generator", "statistic": "mean", "first": A, "second": B, "direction": "higher"}


def claim(*tests, kind=Claim, **changes):
    fields = {"id": "9.1", "report": "R9", "words": "A is better.", "task": TASK, "why": "Because.", "budget": BUDGET}
    return kind.model_validate(fields | {"tests": list(tests)} | changes)


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


def with_answers(folder, record, draws=10, rows=8, seed=0):
    """The record, saved with a judge's answers to both lists in ten draws, and the scores that they give."""
    from benchmark.records.per_sample import Answers, PerSample, save_per_sample
    from benchmark.scoring.from_logits import score_of

    rng, answers, groups = torch.Generator().manual_seed(seed), {}, {}
    for name in ("test", "new_test"):
        conditions = (torch.rand(rows, 24, generator=rng).argsort(dim=1) < 2).to(torch.uint8)
        logits = 2.0 * conditions + torch.randn(draws, rows, 24, generator=rng)
        answers[name] = Answers(logits, conditions.expand(draws, -1, -1).contiguous())
        groups[name] = score_of(logits.flatten(0, 1), conditions.repeat(draws, 1), "topk_accuracy").value
    digest = save_per_sample(folder / record.file_name, PerSample(answers))
    scores = {"topk_accuracy": record.scores["topk_accuracy"].model_copy(update={"groups": groups})}
    found = type(record)(**dict(record) | {"per_sample_sha256": digest, "scores": scores})
    found.save(folder)
    return found, answers


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
