"""``cgan-bench pack``: a valid submission from one's own run, as one zip."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from benchmark.definitions.model_settings import find_model, parts_of
from benchmark.errors import UsageError, check_ending
from benchmark.grading.submission.manifest import Manifest, Weights
from benchmark.grading.submission.parts import MANIFEST
from benchmark.system.files import replacing
from benchmark.tasks import TASKS
from benchmark.training import trained_run
from benchmark.training.run_config import RunConfig
from benchmark.training.run_folder import CONFIG, WEIGHTS
from benchmark.training.saved_weights import check_weights
from reference_models import MODELS

TIME = (1980, 1, 1, 0, 0, 0)  # of every entry, so that the same run packs to the same bytes
FILES = (WEIGHTS, CONFIG)


def pack(run: Path, out: Path) -> dict[str, object]:
    """Write weights, settings and manifest of a finished run.

    Raises:
        UsageError: the folder holds no finished run, it diverged, ``grade`` would not take its weights, or ``out`` does
            not end in .zip.
    """
    check_ending("--out", out, ".zip")
    config = trained_run.read_config(run)
    outcome = trained_run.read_outcome(run)
    if outcome.status != "finished":
        raise UsageError(f"{run} {outcome.status}: {outcome.reason}; pack a run that did not")
    check_weights(run / WEIGHTS, outcome)
    check_gradable(run, config)
    manifest = Manifest(task=config.task, weights=Weights())
    contents = {MANIFEST: json.dumps(manifest.model_dump(exclude_none=True), indent=2).encode()}
    contents |= {name: (run / name).read_bytes() for name in FILES}
    with replacing(out) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, TIME), content)
    return {"submission": out, "bytes": out.stat().st_size, "task": config.task}


def check_gradable(run: Path, config: RunConfig) -> None:
    """Raise UsageError if the task is not graded, or the weights are not those of a bundled model that draws."""
    graph = f"cgan-bench export {run} --onnx generator.onnx"
    if not (config.task in TASKS and TASKS[config.task].judge):
        taken = ", ".join(name for name, task in TASKS.items() if task.judge and not task.translates)
        raise UsageError(
            f"{run} is of the task {config.task}, and grade takes weights for {taken} alone; "
            f"pack a run of these, or hand its graph on: {graph}"
        )
    if find_model(config.model)[0].translates:
        raise UsageError(
            f"{run} is of {config.model}, which redraws given images, and grade gives none; hand in images that it drew"
        )
    if parts_of(config.model)[0] not in MODELS:
        raise UsageError(
            f"{run} is of {config.model}, and grade takes weights of bundled models alone; hand in a graph: {graph}"
        )
