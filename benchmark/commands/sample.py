"""The frozen sample set of a run as PNG files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark.commands.data import check_empty
from benchmark.data.datasets import dataset_of
from benchmark.data.images import save_png
from benchmark.sampling import generate_batches, sample_set
from benchmark.system.files import replacing_folder, write_text
from benchmark.system.machine import this_machine
from benchmark.tasks import sizes_of
from benchmark.training import trained_run
from benchmark.training.trained_run import task_and_data


def sample(run: Path, out: Path, *, data: str | None, device: str) -> dict[str, Any]:
    """Write the frozen sample set as ``<part>/<index>.png`` with ``conditions.json`` next to them."""
    machine = this_machine(device)
    model, config = trained_run.load_generator(run, machine)
    task, packed = task_and_data(run, config, data)
    check_empty(out)
    samples = sample_set(task, sizes_of(config.budget), packed)
    words: dict[str, list[str]] = {}
    with replacing_folder(out) as folder:
        for part, indices in samples.parts.items():
            number = 0
            for images, conditions in generate_batches(model, samples, indices, machine):
                for image, condition in zip(images, conditions, strict=True):
                    save_png(image, folder / part / f"{number}.png")
                    words.setdefault(part, []).append(dataset_of(task).describe(condition).replace("\n", ", "))
                    number += 1
        write_text(folder / "conditions.json", json.dumps(words, indent=1) + "\n")
    return {"folder": out, "images": len(samples)}
