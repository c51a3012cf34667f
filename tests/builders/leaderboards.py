"""Records for tables: rows of models, rows of references, single scores."""

from __future__ import annotations

from benchmark.records.record import Ranking, Record, ScoreEntry
from builders.records import DIGEST, PARAMETERS, PROTOCOL, SCORE, SYSTEM, TRAINING

FD = SCORE | {
    "value": 123.456,
    "interval": None,
    "method": "none",
    "direction": "lower",
    "unit": "squared distance of features",
    "groups": {},
    "depends_on_count": True,
}


def run(name, value=0.5, half=0.05, *, seed=0, budget="short", updates=1500, fd=None, protocol=None, **changes):
    """A model's record with topk_accuracy ``value`` +- ``half``, within 0 to 1, and, if given, an FD."""
    scores = {"topk_accuracy": SCORE | {"value": value, "interval": (max(0.0, value - half), min(1.0, value + half))}}
    if fd is not None:
        scores["fd_efficientnet_lite0"] = FD | {"value": fd}
    fields = {
        "kind": "model",
        "status": "valid",
        "protocol": PROTOCOL | (protocol or {}),
        "data_name": "synthetic",
        "model": {
            "name": name,
            "variant": None,
            "config": {},
            "parameters": PARAMETERS,
            "weights_sha256": DIGEST,
        },
        "training": TRAINING | {"budget": budget, "total_updates": updates, "seed": seed},
        "scores": scores,
        "system": SYSTEM,
    }
    return Record(**(fields | changes))


def reference(name, **changes):
    fields = {"kind": "reference", "status": "valid", "protocol": PROTOCOL, "data_name": "synthetic", "system": SYSTEM}
    entry = {"name": name, "description": f"{name} images"}
    return Record(**fields, reference=entry, scores={"topk_accuracy": SCORE | changes})


def with_scores(record, more):
    """The record with more scores; each as :data:`SCORE` but for what is given."""
    scores = {name: SCORE | {"groups": {}} | score for name, score in more.items()}
    return Record(**dict(record) | {"scores": dict(record.scores) | scores})


def ranked_by(score, record):
    """The record of a task that this score ranks."""
    return record.model_copy(update={"ranking": Ranking(main_score=score, headline=(score,))})


def entry(value, interval=None, **changes):
    return ScoreEntry(**SCORE | {"value": value, "interval": interval} | changes)
