"""Records for tables: rows of models, rows of references, single scores."""

from __future__ import annotations

from benchmark.records.record import Record, ScoreEntry
from builders.records import DIGEST, SCORE

PROTOCOL = {
    "task": "iclevr",
    "version": 1,
    **dict.fromkeys(("condition_sha256", "latent_sha256", "data_digest", "judge_sha256"), DIGEST),
    "backbone_sha256": None,
    "n_generated": 640,
    "n_real": 1000,
    "reference_split": "train",
    "resizer": "bilinear",
}

FD = SCORE | {
    "value": 123.456,
    "interval": None,
    "method": "none",
    "direction": "lower",
    "unit": "squared distance of features",
    "groups": {},
}

TRAINING = {
    "images_seen": 96_000,
    "batch_size": 64,
    "seconds": 12.5,
    "precision": "float32",
    "memory_format": "channels_last",
    "config": {"ema_half_life": 20_000},
}

SYSTEM = {
    **dict.fromkeys(("device", "cpu"), "Some CPU"),
    **dict.fromkeys(("torch", "python", "cgan_bench"), "3.2.1"),
    "git_commit": None,
    "created": "2026-11-30T12:00:00Z",
}


def run(name, value=0.5, half=0.05, *, seed=0, budget="short", updates=1500, fd=None, protocol=None, **changes):
    """A model's record with topk_accuracy ``value`` +- ``half``, within 0 to 1, and, if given, an FD."""
    scores = {"topk_accuracy": SCORE | {"value": value, "interval": (max(0.0, value - half), min(1.0, value + half))}}
    if fd is not None:
        scores["fd_efficientnet_lite0"] = FD | {"value": fd}
    networks = {"generator": 10, "discriminator": 20}
    fields = {
        "kind": "model",
        "status": "valid",
        "protocol": PROTOCOL | (protocol or {}),
        "data_name": "synthetic",
        "model": {
            "name": name,
            "variant": None,
            "config": {},
            "parameters": networks,
            "weights_sha256": DIGEST,
        },
        "training": TRAINING | {"budget": budget, "total_updates": updates, "seed": seed},
        "scores": scores,
        "system": SYSTEM,
    }
    return Record(**(fields | changes))


def reference(name):
    fields = {"kind": "reference", "status": "valid", "protocol": PROTOCOL, "data_name": "synthetic", "system": SYSTEM}
    entry = {"name": name, "description": f"{name} images"}
    return Record(**fields, reference=entry, scores={"topk_accuracy": SCORE})


def entry(value, interval=None, **changes):
    return ScoreEntry(**SCORE | {"value": value, "interval": interval} | changes)
