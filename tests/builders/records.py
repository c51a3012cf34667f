"""The record of a model that was trained and scored."""

from __future__ import annotations

from benchmark.records.record import DECLARED, Record
from benchmark.tasks import TASKS
from evaluators import EVALUATORS

DIGEST = "0123456789abcdef" * 4

PROTOCOL = {
    "task": "iclevr",
    "version": TASKS["iclevr"].version,
    "condition_sha256": DIGEST,
    "latent_sha256": DIGEST,
    "n_generated": 640,
    "n_real": 1000,
    "reference_split": "train",
    "data_digest": DIGEST,
    "resizer": "bilinear",
    "judge_sha256": DIGEST,
    "backbone_sha256": None,
}

SCORE = {
    "value": 0.5,
    "interval": (0.4, 0.6),
    "method": "wilson",
    "n": 640,
    "direction": "higher",
    "unit": "fraction of requested objects",
    "version": 1,
    "groups": {"test": 0.4, "new_test": 0.6},
}


def declared(score):
    """The fields of a score's entry that its evaluator declares."""
    return {field: getattr(EVALUATORS[score], field) for field in DECLARED}


SYSTEM = {
    "device": "Some CPU",
    "cpu": "Some CPU",
    "instruction_sets": ("avx2", "fma"),
    "threads": 2,
    "torch": "2.10.0",
    "python": "3.11.9",
    "cgan_bench": "0.1.0",
    "git_commit": None,
    "created": "2026-11-30T12:00:00Z",
}


TRAINING = {
    "budget": "short",
    "total_updates": 1500,
    "images_seen": 96_000,
    "batch_size": 64,
    "seed": 0,
    "seconds": 12.5,
    "precision": "float32",
    "memory_format": "channels_last",
    "config": {"ema_half_life": 20_000},
}

PARAMETERS = {"generator": 10, "discriminator": 20}


def model_record(*, protocol=None, model=None, training=None, score=None, **changes):
    fields = {
        "kind": "model",
        "status": "valid",
        "protocol": PROTOCOL | (protocol or {}),
        "data_name": "synthetic",
        "model": {
            "name": "cdcgan",
            "variant": "wide",
            "config": {"betas": (0.5, 0.999)},
            "parameters": PARAMETERS,
            "weights_sha256": DIGEST,
        }
        | (model or {}),
        "training": TRAINING | (training or {}),
        "scores": {"topk_accuracy": SCORE | (score or {})},
        "system": SYSTEM,
    }
    return Record(**(fields | changes))


def image_record(images_sha256=DIGEST, **changes):
    """The record of images that were drawn elsewhere."""
    fields = {
        "kind": "images",
        "status": "valid",
        "protocol": PROTOCOL,
        "data_name": "synthetic",
        "images": {"name": "theirs", "images_sha256": images_sha256},
        "scores": {"topk_accuracy": SCORE},
        "system": SYSTEM,
    }
    return Record(**(fields | changes))
