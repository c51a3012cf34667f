"""One model, trained and scored; the scorer is built from names, so that every machine can build it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from benchmark.commands import train
from benchmark.commands.curve import draw_curve
from benchmark.commands.mistakes import by_model, with_mistakes
from benchmark.commands.plan import fitted
from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.definitions.lookup import find_task
from benchmark.definitions.model_data import expressible
from benchmark.definitions.model_settings import model_config, report_updates
from benchmark.errors import JudgeError
from benchmark.records.entries import TrainedRun
from benchmark.records.store import load_record
from benchmark.scoring.recording import record_run
from benchmark.scoring.scorer import Scorer, scorer_of
from benchmark.system.machine import this_machine
from benchmark.tasks import SMOKE, Task, generator_updates
from benchmark.training.run_folder import CURVE, snapshots_of
from benchmark.training.trained_run import load_run

GRIDS = 4  # of each run of which few images are scored
ON_A_CURVE = 6  # snapshots of each run, for the curve of one that is undertrained


@dataclass(frozen=True, kw_only=True)
class ScorerRequest:
    """A scorer by names, from which every machine can build it."""

    task: str  # a name, a task file, or a plug-in
    data: str = "synthetic"
    evaluators: tuple[str, ...] = ()  # of other packages
    budget: str = "short"
    device: str = "auto"


@lru_cache
def scorer_for(request: ScorerRequest) -> Scorer:
    """The scorer of a task on some data, kept for the next job of this process."""
    task = fitted(find_task(request.task), request.evaluators)
    return scorer_of(task, open_data(dataset_of(task), request.data), request.budget, this_machine(request.device))


def ready_scorer(request: ScorerRequest) -> Scorer:
    """As :func:`scorer_for`.

    Raises:
        JudgeError: a judge or the face detector fails its self-test.
    """
    scorer = scorer_for(request)
    if scorer.fault:
        raise JudgeError(f"{scorer.task.name}: {scorer.fault}; nothing was trained")
    return scorer


def narrow_scorer(scorer: Scorer, model: str) -> Scorer:
    """The scorer for those of its images whose conditions a model can express."""
    data = expressible(scorer.data, dataset_of(scorer.task), model, model_config(model, scorer.task))
    return scorer if data is scorer.data else replace(scorer, data=data)


def run_model(
    scorer: Scorer, model: str, folder: Path, records: Path, budget: str, seed: int, data: str = "synthetic",
    snapshots: int | None = None,
) -> Path:  # fmt: skip
    """Train and score one model; if it is undertrained, also draw its curve as ``curve.png`` in its folder.

    There are ``snapshots`` generator updates between two of its snapshots; None for as many as a curve needs.

    Returns:
        Its record.
    """
    task = scorer.task
    kept = snapshot_settings(scorer, model, budget) if snapshots is None else {"snapshot_every": snapshots}
    requested = train.TrainingRequest(
        task=task.source or task.name, model=model, data=data, budget=budget, seed=seed,
        device=str(scorer.machine.device), **kept,
    )  # fmt: skip
    train.train(requested, folder)
    scorer = narrow_scorer(scorer, model)
    record = score_model(scorer, load_run(folder, scorer.machine), records)
    has_curve = (folder / CURVE).exists() or not snapshots_of(folder)
    if load_record(record).status == "undertrained" and not has_curve:
        draw_curve(scorer, folder, folder / CURVE)
    return record


def score_model(scorer: Scorer, run: TrainedRun, records: Path) -> Path:
    """Score a run, and write its record and those of the reference rows.

    Returns:
        The run's record.
    """
    look = by_model(run.model, scorer.samples, scorer.machine)
    record, *_ = with_mistakes(record_run(scorer, run, records), scorer, look)
    return record


def snapshot_settings(scorer: Scorer, model: str, budget: str) -> dict[str, int]:
    """Training options: snapshots for the curve, or more sample grids where too few images are scored for a curve."""
    if scorer.sizes != SMOKE or budget == "smoke":
        return {"snapshot_every": snapshot_every(scorer.task, model, budget)}
    return {"grid_every": max(1, generator_updates(budget, report_updates(model))[1] // GRIDS)}


def snapshot_every(task: Task, model: str, budget: str) -> int:
    """Generator updates between two snapshots; 0 where there is no curve to draw."""
    _, updates = generator_updates(budget, report_updates(model))
    return 0 if budget == "smoke" or task.main_score not in task.condition_scores else max(1, updates // ON_A_CURVE)
