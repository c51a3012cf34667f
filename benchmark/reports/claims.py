"""The schema of a claims file: reports, claims, and the tests that decide them. Unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from benchmark.errors import UsageError
from benchmark.records.part import Part
from benchmark.reports.figures import Figure, Key, Text, Update

Direction = Literal["higher", "lower", "same", "not_higher", "not_lower"]


class Stretch(Part):
    """A stretch of a run: generator updates from the first to the last, both included; or shares of the run."""

    updates: Annotated[tuple[Update, Update], Field(strict=False)] | None = None
    share: Annotated[tuple[float, float], Field(strict=False)] | None = None  # 0 to 1

    @model_validator(mode="after")
    def _is_one_stretch(self) -> Self:
        if (self.updates is None) == (self.share is None):
            raise ValueError("give either updates = [first, last] or share = [from, to]")
        low, high = self.updates or self.share
        if low >= high or (self.share is not None and not 0 <= low < high <= 1):
            raise ValueError(f"[{low}, {high}] is no stretch of a run; the lower end comes first, shares are 0 to 1")
        return self


class Comparison(Part):
    """The first quantity minus the second one, or minus a fixed value, and where it must lie."""

    first: Text  # model, model:variant, or either followed by @updates
    second: Text | None = None
    value: float | None = None
    direction: Direction
    effect: float  # the smallest that counts

    @model_validator(mode="after")
    def _has_one_other_side(self) -> Self:
        if (self.second is None) == (self.value is None):
            raise ValueError("give either second, a row to compare with, or value, a number")
        if self.effect < 0:
            raise ValueError(f"effect is {self.effect}; give 0 or more, the direction has the sign")
        return self

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows that are compared."""
        return (self.first,) if self.second is None else (self.first, self.second)


class ScoreTest(Comparison):
    """A difference of one score, in the score's unit."""

    measure: Literal["score"]
    score: Text
    group: Text | None = None  # one condition list of the score, compared with a value

    @model_validator(mode="after")
    def _group_has_a_value(self) -> Self:
        if self.group is not None and self.value is None:
            raise ValueError("group goes with value, not with second")
        return self


class LogTest(Comparison):
    """A difference of the mean of a loss, or a ratio of its size or of its swing."""

    measure: Literal["log"]
    loss: Text  # "player/name"; "player" for the sum of its losses; a minus before it turns the sign
    statistic: Literal["mean", "size", "swing"]
    within: Stretch
    second_loss: Text | None = None  # None: the same
    second_within: Stretch | None = None

    @property
    def is_ratio(self) -> bool:
        """True if the quantity is a ratio; effect is then a factor of 1 or more."""
        return self.statistic != "mean"

    @model_validator(mode="after")
    def _ratio_has_a_factor(self) -> Self:
        if self.is_ratio and (self.effect < 1 or (self.value is not None and self.value <= 0)):
            raise ValueError(f"{self.statistic} is compared as a ratio; effect is a factor from 1, value is above 0")
        return self


class EventTest(Part):
    """The generator update at which a run diverged or collapsed."""

    measure: Literal["event"]
    first: Text
    event: Literal["diverged", "collapsed", "either"]
    earliest: Update = 1
    latest: Update | None = None  # None: any time in the run
    never: bool = False

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if self.never and (self.latest is not None or self.earliest != 1):
            raise ValueError("never goes without earliest and latest")
        if self.latest is not None and self.latest < self.earliest:
            raise ValueError(f"latest is {self.latest}, before earliest {self.earliest}")
        return self

    @property
    def rows(self) -> tuple[str, ...]:
        """The row whose end is looked at."""
        return (self.first,)


Test = Annotated[ScoreTest | LogTest | EventTest, Field(discriminator="measure")]


class Budget(Part):
    """The report's own budget."""

    updates: Update  # of the generator
    words: Text | None = None  # as the report counts it; of a chosen one, why so many
    stated: bool = True  # by the report; else chosen

    @model_validator(mode="after")
    def _stated_has_words(self) -> Self:
        if self.stated and self.words is None:
            raise ValueError("give words, as the report counts its budget, or stated = false")
        return self


class Claim(Part):
    """One statement of a report; it is reproduced if all of its tests are."""

    at_own_budget: ClassVar[bool] = False  # judged at the claim's own number of updates rather than at the longest

    id: Key
    report: Key
    words: Text
    task: Text
    why: Text  # these numbers stand for those words
    budget: Budget
    tests: tuple[Test, ...] = Field(default=(), strict=False)
    not_measured: Text | None = None  # the reason why there can be no verdict
    left_out: Text | None = None  # what the verdict does not cover

    @model_validator(mode="after")
    def _can_be_decided_or_says_why_not(self) -> Self:
        if not self.tests and self.not_measured is None:
            raise ValueError("give tests, or not_measured with the reason why there are none")
        return self

    @property
    def rows(self) -> tuple[str, ...]:
        """All rows of the tests, once each, in order."""
        return tuple(dict.fromkeys(row for test in self.tests for row in test.rows))


class Report(Part):
    """A report that makes claims."""

    key: Key
    title: Text
    trained: Text  # one line


class Claims(Part):
    """One claims file."""

    reports: tuple[Report, ...] = Field(default=(), strict=False)
    claims: tuple[Claim, ...] = Field(default=(), strict=False)
    figures: tuple[Figure, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _has_something_to_show(self) -> Self:
        if not self.claims and not self.figures:
            raise ValueError("there are neither claims nor figures; add [[claims]], [[figures]], or both")
        return self


class OtherClaim(Claim):
    """A claim of another paper. The budget of its runs is that paper's, and not that of a bundled model's report."""

    at_own_budget: ClassVar[bool] = True


class OtherReport(Report):
    """Another paper."""


class OtherClaims(Claims):
    """A claims file of another paper."""

    reports: tuple[OtherReport, ...] = Field(default=(), strict=False)
    claims: tuple[OtherClaim, ...] = Field(default=(), strict=False)


def split_row(row: str) -> tuple[str, int | None]:
    """Model and fixed generator updates of a row: ``dcgan@15000``; None where the budget decides.

    Raises:
        UsageError: what follows the @ is no number above 0.
    """
    name, at, updates = row.partition("@")
    if at and not (updates.isascii() and updates.isdecimal() and int(updates) > 0):
        raise UsageError(f"row is {row!r}; after @ give a number of generator updates, as in dcgan@15000")
    return name, int(updates) if at else None
