"""A grading scheme: which scores count, how much, and from where on they earn how many points. Read from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from benchmark.errors import UsageError, first_complaint
from benchmark.grading.sandbox.answer import one_line
from benchmark.grading.sandbox.confine import Limits
from benchmark.records.record import ScoreEntry

Fraction = Annotated[float, Field(ge=0, le=1, strict=True)]  # all scores that a judge gives are
Points = Annotated[float, Field(ge=0, le=1e6, strict=True)]
Weight = Annotated[float, Field(gt=0, le=1e6, strict=True)]
Verdict = Literal["pass", "borderline", "fail"]
ScoresByList = Mapping[str, Mapping[str, ScoreEntry]]  # condition list -> score -> what came out
ROUNDING = 1e-9  # means of fractions miss their exact value by less


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LimitSettings(_Part):
    """Limits of one submission while it is read."""

    memory_mib: Annotated[int, Field(ge=1_024, le=1_048_576)] = 4_096
    cpu_seconds: Annotated[int, Field(ge=1, le=86_400)] = 120
    wall_seconds: Annotated[float, Field(ge=1, le=86_400)] = 180.0

    def limits(self) -> Limits:
        return Limits(address_space=self.memory_mib << 20, cpu_seconds=self.cpu_seconds, wall_seconds=self.wall_seconds)


class ScoreRule(_Part):
    """Points for one score."""

    name: str
    weight: Weight = 1.0
    lists: Annotated[dict[str, Weight], Field(min_length=1)]  # condition list -> weight
    points: Annotated[list[tuple[Fraction, Points]], Field(min_length=1)]  # from this value on -> so many points
    passing: Fraction | None = None  # by default the lowest value that earns points

    @field_validator("points")
    @classmethod
    def _descending(cls, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        for (threshold, earned), (next_threshold, next_earned) in pairwise(points):
            if next_threshold >= threshold:
                raise ValueError("give the thresholds from the highest to the lowest, each once")
            if next_earned > earned:
                raise ValueError(f"{next_threshold:g} earns more points than {threshold:g}; a higher value earns more")
        return points

    def earned(self, value: float) -> float:
        """Points of one value."""
        return next((points for threshold, points in self.points if reaches(value, threshold)), 0.0)

    def next_band(self, value: float) -> tuple[float, float] | None:
        """The lowest threshold above a value that earns more, and the points; None in the highest band."""
        earned = self.earned(value)
        higher = [(at, points) for at, points in self.points if points > earned]
        return higher[-1] if higher else None

    @property
    def threshold(self) -> float:
        return self.points[-1][0] if self.passing is None else self.passing


class Scheme(_Part):
    """Grading scheme of one task."""

    name: str
    task: str
    draws: Annotated[int, Field(ge=1, le=100)] = 10  # images that a handed-in generator draws for each condition
    scores: Annotated[list[ScoreRule], Field(min_length=1)]
    limits: LimitSettings = LimitSettings()

    @model_validator(mode="after")
    def _each_once(self) -> Scheme:
        names = [rule.name for rule in self.scores]
        if len(set(names)) != len(names):
            raise ValueError(f"a score is named twice in {names}")
        return self

    @property
    def maximum(self) -> float:
        """Points of a submission that is in every highest band."""
        total = sum(rule.weight for rule in self.scores)
        return round(sum(rule.weight * rule.points[0][1] for rule in self.scores) / total, 2)

    @property
    def has_several_scores(self) -> bool:
        return len(self.scores) > 1

    def points(self, found: ScoresByList) -> float:
        """Points of a submission, rounded to hundredths; a list that was not handed in earns none."""
        total = sum(rule.weight for rule in self.scores)
        return round(sum(rule.weight * self._earned(rule, found) for rule in self.scores) / total, 2)

    def _earned(self, rule: ScoreRule, found: ScoresByList) -> float:
        earned = {name: rule.earned(found[name][rule.name].value) for name in rule.lists if name in found}
        return sum(rule.lists[name] * points for name, points in earned.items()) / sum(rule.lists.values())

    def weight(self, rule: ScoreRule, list_name: str) -> float:
        """The relative weight of one list's points: 0 to 1."""
        of_rules = rule.weight / sum(other.weight for other in self.scores)
        return of_rules * rule.lists[list_name] / sum(rule.lists.values())

    def share(self, rule: ScoreRule, list_name: str) -> float:
        """The part of all points that one list's score can earn: 0 to 1."""
        return self.weight(rule, list_name) * rule.points[0][1] / (self.maximum or 1.0)

    def verdict(self, found: ScoresByList) -> Verdict:
        """``fail`` if any interval lies below its threshold, ``borderline`` if any contains it, else ``pass``."""
        sides = [side for _, _, side in self.sides(found)]
        return "fail" if "fail" in sides else "borderline" if "borderline" in sides else "pass"

    def sides(self, found: ScoresByList) -> Iterator[tuple[ScoreRule, str, Verdict]]:
        """Each score of each list, with the verdict that it alone gives; a list that is missing fails."""
        for rule in self.scores:
            for name in rule.lists:
                low, high = doubtful_range(found[name][rule.name]) if name in found else (float("-inf"), float("-inf"))
                yield rule, name, side_of(low, high, rule.threshold)


def reaches(value: float, threshold: float) -> bool:
    """True if a score is at a threshold or above, up to rounding: .7999999999999999 reaches .8."""
    return value >= threshold - ROUNDING


def doubtful_range(score: ScoreEntry) -> tuple[float, float]:
    """The range of thresholds that count as near: the 95 % interval, or the value alone if it is exactly 0 or 1.

    A few conditions that all fail, or all succeed, have a wide interval, although the images leave no doubt.
    """
    if score.interval is None or score.value in (0.0, 1.0):
        return score.value, score.value
    return score.interval


def side_of(low: float, high: float, threshold: float) -> Verdict:
    """On which side of a threshold an interval lies."""
    if reaches(low, threshold):
        return "pass"
    return "borderline" if reaches(high, threshold) else "fail"


def load_scheme(path: Path | None, task: str, scores: tuple[str, ...], lists: list[str]) -> Scheme:
    """A scheme from a file, or the bundled one of the task.

    Args:
        path: TOML file; None for the bundled scheme.
        task: what is graded.
        scores: that the task has.
        lists: that are given.

    Raises:
        UsageError: no such file, no TOML, unknown keys, or a score, list or task that does not exist.
    """
    source = path or Path(str(files(__package__))) / "schemes" / f"{task}.toml"
    try:
        scheme = Scheme.model_validate(tomllib.loads(source.read_text(encoding="utf-8-sig")))
    except FileNotFoundError as error:
        raise UsageError(f"there is no scheme {source}; give --scheme FILE") from error
    except OSError as error:
        raise UsageError(f"{source} cannot be read ({error.strerror}); give --scheme FILE") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{source} cannot be read as TOML ({error}); correct that place") from error
    except ValidationError as error:
        raise UsageError(f"{source}: {_complaint(error)}") from error
    _check_known(source, "task", [scheme.task], [task])
    _check_known(source, "score", [rule.name for rule in scheme.scores], scores)
    counted = [name for rule in scheme.scores for name in rule.lists]
    if "hidden" in counted and "hidden" not in lists:
        raise UsageError(f"{source} gives the list 'hidden' a weight; give its conditions as --hidden FILE")
    _check_known(source, "condition list", counted, lists)
    return scheme


def _complaint(error: ValidationError) -> str:
    """The first fault of a scheme; of a key that there is not, with those that there are."""
    first = error.errors(include_url=False)[0]
    if first["type"] != "extra_forbidden":
        return first_complaint(error)
    *table, key = first["loc"]
    parts = {"scores": ("a table [[scores]]", ScoreRule), "limits": ("[limits]", LimitSettings)}
    where, part = parts.get(str(table[0]) if table else "", ("a scheme", Scheme))
    return f"there is no key {one_line(str(key), 60)!r} in {where}; it may have {', '.join(part.model_fields)}"


def _check_known(source: Path, what: str, given: list[str], known: tuple[str, ...] | list[str]) -> None:
    for name in given:
        if name not in known:
            raise UsageError(f"{source} names the {what} {name!r}; here it may be {', '.join(known)}")
