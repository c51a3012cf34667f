"""Published records with something changed in them, as somebody who hands them in might change it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file

from benchmark.commands.validate.check import faults
from benchmark.system.files import file_sha256
from benchmark.system.tensors import save_tensors

RECORDS = Path(__file__).resolve().parents[2] / "results" / "records"
FACES = "anime-faces-modern_cgan-short-seed0-e40ff2ea"
OBJECTS = "iclevr-cdcgan_iclevr-short-seed0-3ab4fbb6"
TIPS = "anime-faces-unconditional-mlp_gan-sgd-report-seed0-9202d1e9"  # collapsed
DIVERGED = "anime-faces-unconditional-mlp_gan-sgd_raw-report-seed0-9202d1e9"


def copied(folder, name):
    """A published record with its log in a folder, next to the reference rows of its table."""
    (folder / "logs").mkdir(parents=True)
    task, protocol = name.split("-seed0")[0].rsplit("-", 2)[0], name.rsplit("-", 1)[1]
    rows = [path for path in RECORDS.glob(f"*-reference-*-{protocol}.*") if task.startswith(path.name.split("-ref")[0])]
    for path in [*RECORDS.glob(f"{name}.*"), *rows]:
        shutil.copy(path, folder)
    shutil.copy(RECORDS / "logs" / f"{name}.csv", folder / "logs")
    return folder / f"{name}.json"


def rewritten(path, edit):
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def with_tensors(path, change):
    """The file of single images after a change, under its new digest."""
    nearby = path.with_suffix(".safetensors")
    tensors = load_file(nearby)
    save_tensors(nearby, change(dict(tensors)))
    rewritten(path, lambda record: record.update(per_sample_sha256=file_sha256(nearby)))


def forged(folder, name, edit=None, change=None):
    """Faults of a copy with a changed document, or other tensors next to it."""
    path = copied(folder, name)
    if change:
        with_tensors(path, change)
    if edit:
        rewritten(path, edit)
    return faults(path)


def entry(score, **changes):
    return lambda record: record["scores"][score].update(changes)
