"""Curves of the headline's scores over a run: every snapshot scored, as a CSV and a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark.commands.curve_image import CurveImage, draw_image
from benchmark.errors import JudgeError, UsageError, check_ending
from benchmark.records.score_curve import OWN_START
from benchmark.records.time_to_score import costs_at, time_in_words, time_to_score
from benchmark.scoring.networks import Tools
from benchmark.scoring.scorer import Scorer, scorer_of
from benchmark.system.files import replacing
from benchmark.system.machine import this_machine
from benchmark.system.terminal import track
from benchmark.training import trained_run
from benchmark.training.run_folder import snapshots_of
from benchmark.training.run_log import read_log
from benchmark.training.trained_run import task_and_data
from reference_models.base import ConditionalGAN


def curve(
    run: Path, out: Path, *, data: str | None, judge: Path | None, device: str, beyond: float | None = None
) -> dict[str, Any]:
    """Score the snapshots of a run, and its own generator before training as update 0.

    Args:
        run: folder of the run.
        out: the CSV to write.
        data: of the run; the embedded data by default.
        judge: another one than the bundled.
        device: to draw and judge on.
        beyond: a threshold of the task's main score: what training it took to get there is drawn and returned.

    Raises:
        UsageError: the run has no snapshots, its task redraws images, or ``out`` does not end in .csv.
    """
    check_ending("--out", out, ".csv", any_case=True)
    config = trained_run.read_config(run)
    if not snapshots_of(run):
        raise UsageError(f"{run} has no snapshots; train it with --snapshot-every N")
    machine = this_machine(device)
    task, packed = task_and_data(run, config, data)
    if task.conditional and task.main_score not in task.condition_scores:
        raise UsageError(f"{task.name} has no condition score to follow; its sample grids show how it grew")
    scorer = scorer_of(task, packed, config.budget, machine, Tools(judge=judge))
    if scorer.fault:
        raise JudgeError(f"{scorer.fault}; give another judge with --judge, or repair the installation")
    return draw_curve(scorer, run, out, beyond)


def draw_curve(scorer: Scorer, run: Path, out: Path, beyond: float | None = None) -> dict[str, Any]:
    """Score the run's generator before training, then each snapshot; write the CSV and the image next to it."""
    name, log = trained_run.read_config(run).model, read_log(run)
    rows = [curve_row(0, scorer, trained_run.untrained_generator(run, scorer.machine)) | costs_at(0, log)]
    for step, path in track(list(snapshots_of(run).items()), "scoring snapshots"):
        model, _ = trained_run.load_generator(run, scorer.machine, path)
        rows.append(curve_row(step, scorer, model) | costs_at(step, log))
    write_csv(rows, out)
    title, found = f"{scorer.task.name} {name}", {}
    score = scorer.task.main_score
    evaluator = scorer.task.evaluator(score)
    if beyond is not None:
        reached = time_to_score(rows, score, beyond, evaluator.direction)
        found = {"beyond": beyond, "time_to_score": reached}
        title += f"\n{time_in_words(score, beyond, reached)}"
    image = CurveImage(score=score, unit=evaluator.unit, title=f"{title}\n{scorer.protocol.id}", beyond=beyond)
    draw_image(rows, image, out.with_suffix(".png"))
    return {"curve": str(out), "image": str(out.with_suffix(".png")), **found, "rows": rows}


def curve_row(step: int, scorer: Scorer, model: ConditionalGAN) -> dict[str, Any]:
    """One line of the curve: each score with the ends of its interval, and the protocol they are of."""
    found: dict[str, Any] = {"generator_updates": step, "protocol": scorer.protocol.id, OWN_START: 1}
    for name, score in scorer.progress_of(model).items():
        low, high = score.interval or (None, None)
        found |= {name: score.value, f"{name}_low": low, f"{name}_high": high, f"{name}_n": score.n}
    return found


def write_csv(rows: list[dict[str, Any]], out: Path) -> None:
    import pandas as pd

    with replacing(out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False, float_format="%.7g", lineterminator="\n")
