"""Status of a finished run, and the reason if it is not ``valid``."""

from __future__ import annotations

from collections.abc import Mapping

from benchmark.definitions.model_settings import is_stated, report_updates
from benchmark.records.record import ScoreEntry
from benchmark.records.subject import TrainingEntry
from benchmark.tasks import Task
from evaluators import collapse_evaluator
from evaluators.base import Score

Scores = Mapping[str, ScoreEntry]
StatusAndReason = tuple[str, str | None]  # status and reason, as in a record
VALID: StatusAndReason = ("valid", None)


def status_of_run(
    task: Task, model: str, training: TrainingEntry, scores: Scores, untrained: Scores, permuted: Score | None
) -> StatusAndReason:
    """Status and reason of a finished run.

    It is ``undertrained`` if its main condition score is not beyond two floors: the score of the untrained row, and the
    score of its own images under permuted conditions, which a generator that always draws the same image also reaches.
    It is ``collapsed`` if it is undertrained, most of its images are near duplicates, and it differs from an untrained
    generator. In a task without conditions, these two last points alone decide.

    Args:
        task: says which score.
        model: name or name:variant.
        training: of the run; those of ``smoke`` are not expected to teach anything.
        scores: of the run.
        untrained: of the reference row.
        permuted: the main score of the run's images under permuted conditions; None in a task without, or if refused.
    """
    if training.budget == "smoke":
        return VALID
    evidence = _evidence_of_collapse(scores, untrained)
    judged = task.main_condition_score
    if judged is None:
        return ("collapsed", evidence) if evidence else VALID
    reason = _shortcoming(judged, scores, untrained, permuted)
    if reason is None:
        return VALID
    reason += f" after {training.total_updates:,} generator updates"
    if is_stated(model):
        reason += f"; its report trained for {report_updates(model):,}"
    return ("collapsed", f"{evidence}; {reason}") if evidence else ("undertrained", reason)


def _shortcoming(judged: str, scores: Scores, untrained: Scores, permuted: Score | None) -> str | None:
    """The way in which a run's main condition score is not beyond both floors, in words; None if it is.

    A score may be refused for too few images. A floor that was refused is left out.
    """
    if judged not in scores:
        return f"{judged} was refused, so it is not beyond any floor"
    score = scores[judged]
    floors = {
        "the untrained row's": untrained.get(judged),
        "that of its images under permuted conditions,": permuted,
    }
    known = [(whose, floor) for whose, floor in floors.items() if floor is not None]
    if not known:
        return f"{judged} {_shown(score)} has no floor to be beyond: those were refused"
    higher = score.direction == "higher"
    whose, floor = (max if higher else min)(known, key=lambda pair: _bounds(pair[1])[higher])
    if _is_beyond(score, floor, higher=higher):
        return None
    return f"{judged} {_shown(score)} is not beyond {whose} {_shown(floor)}"


def _evidence_of_collapse(scores: Scores, untrained: Scores) -> str | None:
    """The evidence that a generator has collapsed, in words; None if it has not.

    Most of its images must be near duplicates. An untrained generator may also draw one image again and again, so the
    run must differ from it: in its distance to the data or, if that is not known, in its share of near duplicates.
    """
    repetition, distance = (collapse_evaluator(sign) for sign in ("repetition", "distance"))
    if repetition not in scores or repetition not in untrained or _bounds(scores[repetition])[0] <= 0.5:
        return None
    name = distance if distance in scores and distance in untrained else repetition
    if not _apart(scores[name], untrained[name]):
        return None
    shown = dict.fromkeys((repetition, name))
    return ", ".join(f"{name} is {_shown(scores[name])}, untrained {_shown(untrained[name])}" for name in shown)


def _apart(one: ScoreEntry, other: ScoreEntry) -> bool:
    """True if two scores' intervals do not overlap."""
    return _is_beyond(one, other, higher=True) or _is_beyond(one, other, higher=False)


def _is_beyond(one: ScoreEntry | Score, other: ScoreEntry | Score, *, higher: bool) -> bool:
    """True if the first score's whole interval is above (``higher``) or below the other's."""
    (low, high), (other_low, other_high) = _bounds(one), _bounds(other)
    return low > other_high if higher else high < other_low


def _bounds(score: ScoreEntry | Score) -> tuple[float, float]:
    """A score's interval; the value twice if it has none."""
    return score.interval or (score.value, score.value)


def _shown(score: ScoreEntry | Score) -> str:
    low, high = _bounds(score)
    return f"{score.value:.3f} [{low:.3f}, {high:.3f}]"
