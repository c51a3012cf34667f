"""Status of a finished run, and the reason if it is not ``valid``."""

from __future__ import annotations

from collections.abc import Mapping

from benchmark.model_settings import is_stated, report_updates
from benchmark.records.record import ScoreEntry
from benchmark.records.subject import TrainingEntry
from benchmark.tasks import Task
from evaluators import telling
from evaluators.base import Score

Scores = Mapping[str, ScoreEntry]
Verdict = tuple[str, str | None]  # status and reason, as in a record
VALID: Verdict = ("valid", None)


def verdict(
    task: Task, model: str, training: TrainingEntry, scores: Scores, untrained: Scores, permuted: Score | None
) -> Verdict:
    """``undertrained`` if the run's main condition score is not beyond two floors.

    These are the untrained row's score, and that of its own images under each other's conditions, which one image
    drawn over and over reaches. ``collapsed`` if, besides, it has learned to draw the same few images over and over;
    in a task without conditions, that alone.

    Args:
        task: says which score.
        model: name or name:variant.
        training: of the run; those of ``smoke`` are not expected to teach anything.
        scores: of the run.
        untrained: of the reference row.
        permuted: the main score of the run's images under permuted conditions; None in a task without.
    """
    if training.budget == "smoke":
        return VALID
    evidence = _collapse(scores, untrained)
    if not task.condition_scores:
        return ("collapsed", evidence) if evidence else VALID
    score = scores[task.main_score]
    floors = {
        "the untrained row's": untrained[task.main_score],
        "that of its images under permuted conditions,": permuted,
    }
    whose, floor = max(floors.items(), key=lambda pair: pair[1].interval[1])
    if score.interval[0] > floor.interval[1]:
        return VALID
    reason = (
        f"{task.main_score} {_shown(score)} is not beyond {whose} {_shown(floor)} "
        f"after {training.total_updates:,} generator updates"
    )
    if is_stated(model):
        reason += f"; its report trained for {report_updates(model):,}"
    return ("collapsed", f"{evidence}; {reason}") if evidence else ("undertrained", reason)


def _collapse(scores: Scores, untrained: Scores) -> str | None:
    """The evidence that most images are near duplicates and no longer those of an untrained generator, if so.

    An untrained generator, too, may draw one image over and over. A run that has left it is detected by its distance to
    the data; where that is not known, by its near duplicates.
    """
    repetition, distance = (telling(sign) for sign in ("repetition", "distance"))
    if repetition not in scores or repetition not in untrained or scores[repetition].interval[0] <= 0.5:
        return None
    name = distance if distance in scores and distance in untrained else repetition
    if not _apart(scores[name], untrained[name]):
        return None
    shown = dict.fromkeys((repetition, name))
    return ", ".join(f"{name} is {_shown(scores[name])}, untrained {_shown(untrained[name])}" for name in shown)


def _apart(one: ScoreEntry, other: ScoreEntry) -> bool:
    """True if two intervals have nothing in common."""
    return one.interval[0] > other.interval[1] or one.interval[1] < other.interval[0]


def _shown(score: ScoreEntry | Score) -> str:
    low, high = score.interval
    return f"{score.value:.3f} [{low:.3f}, {high:.3f}]"
