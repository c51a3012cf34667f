"""The schema of the figures in a claims file: what of which rows a report's page shows."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from benchmark.records.part import Part

Text = Annotated[str, Field(min_length=1, max_length=1_000)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Update = Annotated[int, Field(ge=1)]
Values = Annotated[tuple[float, ...], Field(strict=False)]
Range = Annotated[tuple[float, float], Field(strict=False)]  # the lower end first
Rows = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


class _Figure(Part):
    """Its pages, its name, and the rows that it shows."""

    report: Key
    name: Key  # its file is <report>-<name>
    title: Text
    task: Text
    rows: Rows  # model, or model:variant; each the longest run that there is, unless the figure says otherwise

    @property
    def stem(self) -> str:
        """Name of its file, without ending."""
        return f"{self.report}-{self.name}"


class LossFigure(_Figure):
    """Losses over generator updates, one panel a row."""

    kind: Literal["losses"]
    losses: Rows = ("generator", "discriminator")  # see LogTest.loss
    scale: Literal["linear", "symlog"] = "linear"
    every: Update = 1  # updates that one point is the mean of
    marks: Annotated[tuple[Update, ...], Field(strict=False)] = ()  # updates with a line down the panel
    one_budget: bool = False  # each row's run of the longest budget that all rows have, as a claim compares them


class ScoreFigure(_Figure):
    """A score of each row next to the report's own values."""

    kind: Literal["scores"]
    score: Text
    reported: Annotated[tuple[float | Range, ...], Field(strict=False)] = ()  # of each row, in order

    @model_validator(mode="after")
    def _has_a_value_for_each_row(self) -> Self:
        if self.reported and len(self.reported) != len(self.rows):
            raise ValueError(f"reported has {len(self.reported)} values for {len(self.rows)} rows; give one of each")
        for low, high in filter(is_range, self.reported):
            if not low < high:
                raise ValueError(f"reported has [{low:g}, {high:g}]; give a range as [lower end, upper end]")
        return self


def is_range(reported: float | tuple[float, float]) -> bool:
    """True for the two ends between which a report says that its value lies."""
    return isinstance(reported, tuple)


class DrawsFigure(_Figure):
    """A score of each latent draw of condition lists, and of all draws together, as a plot and as a table."""

    kind: Literal["draws"]
    score: Text
    lists: Rows
    reported: dict[str, Values] = Field(default_factory=dict)  # by row: of each list, in order

    @model_validator(mode="after")
    def _has_a_value_for_each_list(self) -> Self:
        for row, values in self.reported.items():
            if row not in self.rows or len(values) != len(self.lists):
                raise ValueError(f"reported has {len(values)} values for {row!r}; give one for each list, of a row")
        return self


class SheetFigure(_Figure):
    """Images that runs draw for given conditions, at their end or along their snapshots; drawn from run folders.

    Of a task that translates: held-out images, and the same in each domain at the end of the run.
    """

    kind: Literal["sheet"]
    conditions: Annotated[tuple[Text, ...], Field(strict=False)] = ()  # in words; (): the model sees none
    list: Text | None = None  # a condition list of the task's data, of each condition one image, eight side by side
    each: Annotated[int, Field(ge=1, le=64)] = 5  # images of a condition
    updates: Annotated[tuple[Update, ...], Field(strict=False)] = ()  # of snapshots; (): the end of the run
    labels: dict[str, Text] = Field(default_factory=dict)  # by row: what the page calls it, next to its name

    @model_validator(mode="after")
    def _shows_conditions_or_a_list(self) -> Self:
        if unknown := self.labels.keys() - set(self.rows):
            raise ValueError(f"labels has {min(unknown)!r}; give labels of rows only: {', '.join(self.rows)}")
        if self.list is not None and (self.conditions or self.updates):
            raise ValueError(f"list is {self.list!r}; a sheet of a list has neither conditions nor updates")
        return self


Plotted = LossFigure | ScoreFigure | DrawsFigure  # from records alone
Figure = Annotated[LossFigure | ScoreFigure | DrawsFigure | SheetFigure, Field(discriminator="kind")]
