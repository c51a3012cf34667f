"""Comparison of two records, or of two folders of records: better, worse and incomparable scores and speeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark.commands.reference_bands import (
    Configuration,
    Outside,
    configuration,
    outside_of_bands,
    seeds_of_bands,
)
from benchmark.commands.score_changes import Change, headline_scores, lost_scores, score_changes
from benchmark.commands.speed_changes import speed_changes
from benchmark.errors import UsageError
from benchmark.records.pairs import Pairs, RecordFile, key_of, record_pairs
from benchmark.records.record import Record
from benchmark.system.terminal import track

STATUSES = ("valid", "undertrained", "collapsed", "diverged", "invalid")  # from good to bad


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """Losses that do not count as worse."""

    score: float = 0.0  # beyond the interval: share of a bounded score's range, or of an unbounded one's value
    speed: float = 0.1  # share of the first speed, which has no interval

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 <= value < 1:
                option = "--tolerance" if name == "score" else "--speed-tolerance"
                raise UsageError(f"{option} is {value:g}; give a share from 0 to below 1, such as 0.01")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two records of one protocol."""

    first: str  # task, model, budget and seed
    second: str
    status: tuple[str, str]
    changes: tuple[Change, ...]  # the main score first
    speeds: tuple[Change, ...]
    left_out: dict[str, str]  # scores and speeds that do not compare, with the reason
    lost: tuple[str, ...] = ()  # scores of the headline that no longer compare, or are gone
    can_fail: frozenset[str] | None = None  # scores; None for all, as where both records are of the same images
    seeds: int = 0  # behind the band that decides in place of the paired intervals; 0 if there is none

    def counts(self, change: Change) -> bool:
        """True if a change can fail the comparison."""
        return change in self.speeds or self.can_fail is None or change.name in self.can_fail

    @property
    def worse(self) -> list[str]:
        """Names of lost scores, and of scores and speeds worse by more than the tolerance; ``status`` if worse.

        Of two trainings the headline's scores alone count: of some twenty scores, a few differ between any two. With a
        band none of them counts here: what lies within it differs by chance, and what does not is outside of it.
        """
        before, now = map(STATUSES.index, self.status)
        broken = ["status"] if now > before else []
        broken += self.lost
        every = (*self.changes, *self.speeds)
        return broken + [change.name for change in every if change.verdict == "worse" and self.counts(change)]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything in two places."""

    compared: tuple[Compared, ...]
    outside: tuple[Outside, ...]  # of their reference bands
    pairs: Pairs
    banded: int = 0  # number of re-runs without a partner whose seeds make a band

    @property
    def models(self) -> int:
        """Number of runs of a model that were compared, with a partner or with a band."""
        return sum(before.record.model is not None for before, _ in self.pairs.both) + self.banded

    @property
    def failed(self) -> bool:
        """True if something got worse, or a re-run lies outside of its band, on either side."""
        return bool(self.outside) or any(compared.worse for compared in self.compared)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "compared": [_document(compared) for compared in self.compared],
            "outside_of_bands": [asdict(each) for each in self.outside],
            "other_protocols": dict(self.pairs.apart),
            "only_in_first": list(self.pairs.only_first),
            "only_in_second": list(self.pairs.only_second),
            "models_compared": self.models,
            "failed": self.failed,
        }


def compare(first: Path, second: Path, tolerance: Tolerance | None = None, *, if_any: bool = False) -> Comparison:
    """The comparison of each record of the second place with the record of the same run in the first place.

    Args:
        first: a record or a folder of records.
        second: likewise; of two single records anything may be compared.
        tolerance: for worse scores and speeds.
        if_any: do not fail if nothing compares, as when all runs have another budget than the published ones.

    Raises:
        UsageError: a place holds no record, a file is damaged, or nothing compares.
    """
    allowed, pairs = tolerance or Tolerance(), record_pairs(first, second)
    seeds = seeds_of_bands(pairs.first) if first.is_dir() else {}
    banded = _banded(pairs, seeds)
    if not (pairs.both or pairs.apart or banded or if_any):
        raise UsageError(
            f"{first} and {second} have no model, budget and seed in common; give records of the same runs"
        )
    compared = tuple(_compared(*pair, allowed, seeds) for pair in track(pairs.both, "records compared"))
    outside = outside_of_bands(pairs.first, pairs.second) if first.is_dir() else []
    found = Comparison(compared=compared, outside=tuple(outside), pairs=pairs, banded=banded)
    says_something = outside or banded or any(each.changes or "status" in each.worse for each in compared)
    if not says_something and not if_any:
        raise UsageError(f"no score of {first} compares with one of {second}: {_first_reason(found)}")
    return found


def _banded(pairs: Pairs, seeds: Mapping[Configuration, Sequence[Record]]) -> int:
    """The number of re-runs of models that have a band, and no partner."""
    partners = {second.path for _, second in pairs.both}
    models = [each for each in pairs.second if each.record.model is not None and each.path not in partners]
    return sum(configuration(each.record) in seeds for each in models)


def _first_reason(comparison: Comparison) -> str:
    """The first reason why something does not compare."""
    left_out = [f"{name}: {why}" for each in comparison.compared for name, why in each.left_out.items()]
    apart = [f"{name}: {why}" for name, why in comparison.pairs.apart.items()]
    return next(iter(left_out + apart), "the records have no scores")


def _compared(
    first: RecordFile, second: RecordFile, tolerance: Tolerance, seeds: Mapping[Configuration, Sequence[Record]]
) -> Compared:
    same_images = is_of_same_images(first.record, second.record)
    band = seeds.get(configuration(second.record), ()) if second.record.model and not same_images else ()
    changes, left_out = score_changes(first, second, tolerance.score, same_images=same_images)
    speeds, not_timed = speed_changes(first, second, tolerance.speed)
    return Compared(
        first=key_of(first.record), second=key_of(second.record), status=(first.record.status, second.record.status),
        changes=tuple(changes), speeds=tuple(speeds), left_out=left_out | not_timed,
        lost=tuple(lost_scores(first, left_out)),
        can_fail=None if same_images else frozenset(() if band else headline_scores(first)), seeds=len(band),
    )  # fmt: skip


def is_of_same_images(first: Record, second: Record) -> bool:
    """True if both were scored from the same weights or images, or are one reference row."""
    return first.kind == second.kind and _content(first) == _content(second)


def _content(record: Record) -> str | None:
    if record.model:
        return record.model.weights_sha256
    return record.images.images_sha256 if record.images else record.reference.name


def _document(compared: Compared) -> dict[str, Any]:
    entries = {
        change.name: asdict(change) | {"difference": change.difference, "verdict": change.verdict}
        for change in (*compared.changes, *compared.speeds)
    }
    return {
        "first": compared.first, "second": compared.second, "status": compared.status, "changes": entries,
        "not_compared": compared.left_out, "lost": compared.lost, "worse": compared.worse,
        "same_images": compared.can_fail is None, "seeds_of_band": compared.seeds,
    }  # fmt: skip
