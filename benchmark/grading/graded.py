"""One submission on its way to a grade: what was read of it, how it was marked, which flags it has."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmark.grading.discover import Submission
from benchmark.grading.flags import Flag
from benchmark.grading.marking import Marks
from benchmark.grading.sandbox.answer import Answer


@dataclass
class Graded:
    """One submission on its way to a grade."""

    submission: Submission
    answer: Answer
    handed_in: dict[str, Marks] = field(default_factory=dict)  # images, by list
    drawn: dict[str, Marks] = field(default_factory=dict)  # by a handed-in generator, by list
    flags: list[Flag] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, Marks]:
        """The graded images: fresh ones where there is a generator."""
        return self.drawn or self.handed_in

    @property
    def images(self) -> list[np.ndarray]:
        """Images compared with other submissions: all handed in, and the first draw of each condition, not copied."""
        handed_in = [image for marks in self.handed_in.values() for image in marks.images]
        return handed_in + [image for marks in self.drawn.values() for image in marks.images[:: marks.draws]]


def kind_of(graded: Graded) -> str | None:
    """The submission, in words."""
    kinds = [("images", graded.handed_in), ("generator", graded.drawn)]
    return " and ".join(kind for kind, marks in kinds if marks) or None
