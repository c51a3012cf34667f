"""Whether a finished run has learned anything: its status, and the reason if it is not ``valid``."""

from __future__ import annotations

from collections.abc import Mapping

from benchmark.configs import report_updates
from benchmark.records import ScoreEntry, TrainingEntry
from benchmark.tasks import Task

Verdict = tuple[str, str | None]  # status and reason, as in a record
VALID: Verdict = ("valid", None)
ALARM = "near_duplicate_rate"


def verdict(
    task: Task,
    model: str,
    training: TrainingEntry,
    scores: Mapping[str, ScoreEntry],
    untrained: Mapping[str, ScoreEntry],
) -> Verdict:
    """``slow`` if the run's main condition score is not beyond the untrained row's interval.

    ``collapsed`` if, besides, most of its pictures are near duplicates of each other, and fewer of the untrained row's.

    Args:
        task: says which score; without conditions there is nothing to follow, and every run is valid.
        model: name or name:variant.
        training: of the run; those of ``smoke`` are not expected to teach anything.
        scores: of the run.
        untrained: of the reference row.
    """
    if not task.condition_scores or training.budget == "smoke":
        return VALID
    score, floor = scores[task.main_score], untrained[task.main_score]
    if score.interval[0] > floor.interval[1]:
        return VALID
    reason = (
        f"{task.main_score} {_shown(score)} is not beyond the untrained row's {_shown(floor)} "
        f"after {training.total_updates:,} generator updates; its report trained for "
        f"{report_updates(model):,}"
    )
    if _collapsed(scores, untrained):
        return "collapsed", f"{ALARM} is {_shown(scores[ALARM])}, untrained {_shown(untrained[ALARM])}; {reason}"
    return "slow", reason


def _collapsed(scores: Mapping[str, ScoreEntry], untrained: Mapping[str, ScoreEntry]) -> bool:
    if ALARM not in scores or ALARM not in untrained:
        return False
    low = scores[ALARM].interval[0]
    return low > 0.5 and low > untrained[ALARM].interval[1]


def _shown(score: ScoreEntry) -> str:
    low, high = score.interval
    return f"{score.value:.3f} [{low:.3f}, {high:.3f}]"
