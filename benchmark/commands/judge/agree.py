"""``cgan-bench judge agree``: how well a judge agrees with scores that somebody else gave the same images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from scipy.stats import pearsonr

from benchmark.errors import UsageError
from benchmark.grading.marking.condition_lists import assignment_of
from benchmark.grading.scored_submissions import GivenScore, HandedIn, read_images, read_scores
from benchmark.leaderboard.plots import agreement
from benchmark.scoring import judges
from benchmark.tasks import Task
from evaluators import EVALUATORS
from evaluators.judges.store import load_card


@dataclass(frozen=True)
class Pair:
    """One condition list of one submission, scored twice."""

    submission: str
    list_name: str
    theirs: float
    ours: float
    kind: str  # of the system that drew the images, "" if nobody says


def agree(
    task_name: str, paths: list[Path], scores: Path, judge: Path | None, plot: Path | None = None
) -> dict[str, Any]:
    """Correlation and mean absolute difference of the task's main score with given ones.

    Args:
        task_name: a task with a judge.
        paths: submissions, or folders of them.
        scores: JSON list of objects with ``id``, ``official_score`` (condition list -> score), and optionally ``kind``
            and ``score_is_for_these_images`` (condition list -> whether the score is of exactly these images).
        judge: another judge than the bundled one.
        plot: also draw both scores against each other, to this path with the endings ``.png`` and ``.svg``.

    Returns:
        Figures over all, over each kind, and over the submissions that the judge was not tuned on.

    Raises:
        UsageError: a file is missing or malformed, or fewer than three scores belong to images.
    """
    task = judges.judged_task(task_name)
    handed_in = read_images(paths, assignment_of(task, [], None, draws=1, seed=0))
    found = pairs(task, handed_in, read_scores(scores), judge)
    if len(found) < 3:
        raise UsageError(
            f"{scores} has {len(found)} scores of images that are there; 3 or more are needed: "
            "its ids are the names of the submissions"
        )
    tuned = tuned_on(task, judge)
    rest = [pair for pair in found if pair.submission not in tuned]
    figures = {"all": figures_of(found)}
    if tuned and len(rest) >= 3:
        figures["not tuned on"] = figures_of(rest)
    for kind in sorted({pair.kind for pair in rest}):
        figures[f"not tuned on, {kind or 'no kind'}"] = figures_of([pair for pair in rest if pair.kind == kind])
    drawn = [] if plot is None else draw_pairs(found, tuned, plot, task.main_score)
    files = {"files": list(map(str, drawn))} if drawn else {}
    return {"score": task.main_score, "judge": str(judge or judges.bundled_judge(task).name)} | figures | files


def draw_pairs(found: list[Pair], tuned: set[str], plot: Path, score: str) -> list[Path]:
    """Both scores of each list as a plot; lists that the judge has learned from apart."""
    kinds = {"learned from": [], "not learned from": []}
    for pair in found:
        kinds["learned from" if pair.submission in tuned else "not learned from"].append((pair.theirs, pair.ours))
    return agreement(plot, {kind: pairs for kind, pairs in kinds.items() if pairs}, score)


def pairs(task: Task, handed_in: HandedIn, scores: list[GivenScore], path: Path | None) -> list[Pair]:
    """Both scores of every list that has images and a score that belongs to them."""
    judge = judges.check_self_test(judges.judge_network(task, path)).compute
    found = []
    for given in scores:
        for name, theirs in given.official_score.items():
            images = handed_in.images.get(given.id, {}).get(name)
            if images is None or given.score_of(name) is None:
                continue
            evaluator, conditions = EVALUATORS[task.main_score](judge), torch.from_numpy(handed_in.conditions(name))
            evaluator.update(torch.from_numpy(images.copy()), conditions, real=False)
            found.append(Pair(given.id, name, theirs, evaluator.compute().value, given.kind))
    return found


def figures_of(found: list[Pair]) -> dict[str, float | int | None]:
    """Agreement over some pairs."""
    ours, theirs = [pair.ours for pair in found], [pair.theirs for pair in found]
    differences = [pair.ours - pair.theirs for pair in found]
    return {
        "n": len(found),
        "correlation": round(float(pearsonr(ours, theirs).statistic), 4) if len(set(theirs)) > 2 else None,
        "mean_absolute_difference": round(sum(map(abs, differences)) / len(found), 4),
        "mean_difference": round(sum(differences) / len(found), 4),
    }


def tuned_on(task: Task, path: Path | None) -> set[str]:
    """Submissions that a judge has learned from, by its card."""
    path = path or judges.bundled_judge(task)
    if path.suffix != ".safetensors":
        return set()
    tuning = load_card(path.with_suffix(".json")).tuning
    return set(tuning["submissions"]) if tuning else set()
