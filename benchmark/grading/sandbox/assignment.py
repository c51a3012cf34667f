"""The images requested of participants, as plain data that travels to the confined process."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmark.grading.sandbox.answer import Layout, Place


@dataclass(frozen=True, kw_only=True)
class ConditionList:
    """Conditions to draw, in order."""

    name: str
    rows: Sequence[Sequence[int]]  # as the data set has them: multi-hot, or a value index per attribute
    stems: Sequence[str]  # names of the handed-in images without ending: "0", "1", ... or "sample_1_1", ...
    hidden: bool = False  # drawn by the grader only, never requested as images


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Everything that turns a submission into pixels."""

    task: str
    kind: str  # of the conditions: "multi_label" or "attributes"
    sizes: Sequence[int]  # classes, or values of each attribute
    image_size: int
    lists: Sequence[ConditionList]
    draws: int  # images that a generator draws for each condition
    seed: int  # of the latents that the grader draws

    def public(self) -> dict[str, Sequence[str]]:
        """Names of the images that can be handed in, by list."""
        return {rows.name: rows.stems for rows in self.lists if not rows.hidden}

    def layout(self) -> Layout:
        """Room for the images handed in, and for those that a handed-in generator draws."""
        handed_in = [Place("images", rows.name, len(rows.rows)) for rows in self.lists if not rows.hidden]
        drawn = [Place("generator", rows.name, len(rows.rows) * self.draws) for rows in self.lists]
        return Layout([*handed_in, *drawn], self.image_size)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Assignment:
        lists = [ConditionList(**rows) for rows in document["lists"]]
        return cls(**document | {"lists": lists})


MARKS = re.compile(r"[_\s-]+")  # between the words of a name


def without_marks(name: str) -> str:
    """A list's name without case and marks: submissions may write both as they like."""
    return MARKS.sub("", name.casefold())


Lists = Mapping[str, Sequence[str]]  # condition list -> names of its images without ending: "0", or "sample_1_1"
