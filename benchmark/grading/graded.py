"""A submission while it is graded: the answer of the process that read it, its marks, and its flags."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmark.grading.evidence.flags import Flag
from benchmark.grading.intake.discover import Submission
from benchmark.grading.marking.image_views import Views
from benchmark.grading.marking.marking import Marks
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.sandbox.answer import Answer

SOURCES = ("images", "generator")  # handed in, or drawn by what was handed in


@dataclass
class Graded:
    """A submission while it is graded."""

    submission: Submission
    answer: Answer
    digest: str = ""  # of its content; empty if that cannot be read
    handed_in: dict[str, Marks] = field(default_factory=dict)  # images, by list
    drawn: dict[str, Marks] = field(default_factory=dict)  # by a handed-in generator, by list
    flags: list[Flag] = field(default_factory=list)
    mistakes: list[Remark] = field(default_factory=list)  # that probably spoiled its images

    def marks(self, source: str) -> dict[str, Marks]:
        """Marks of ``images``, which were handed in, or of a ``generator``."""
        return self.handed_in if source == "images" else self.drawn

    @property
    def counts(self) -> dict[str, Marks]:
        """The graded images: fresh ones where there is a generator."""
        return self.drawn or self.handed_in

    @property
    def images(self) -> Views:
        """Views of the images to compare with other submissions: handed-in ones, and the first draw of a condition."""
        handed_in = [(marks.images, index) for marks in self.handed_in.values() for index in range(len(marks.images))]
        drawn = [
            (marks.images, index) for marks in self.drawn.values() for index in range(0, len(marks.images), marks.draws)
        ]
        return Views(handed_in + drawn)


def kind_of(graded: Graded) -> str | None:
    """The kind of a submission in words: images, a generator, or both; None if it has neither."""
    kinds = [("images", graded.handed_in), ("generator", graded.drawn)]
    return " and ".join(kind for kind, marks in kinds if marks) or None
