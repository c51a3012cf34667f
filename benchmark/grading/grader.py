"""The grade of a submission from the pixels that a confined process gives: scores, flags and points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from benchmark.data.datasets import DataSet, dataset_of
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError
from benchmark.grading.evidence import spoiled_images
from benchmark.grading.evidence.chance import single_objects
from benchmark.grading.evidence.fingerprints import groups_of_same
from benchmark.grading.evidence.flags import (
    Flag,
    TrainingImages,
    best_of_many,
    copies_training,
    ignores_condition,
    ignores_latent,
    judges_disagree,
    repeats_itself,
)
from benchmark.grading.evidence.near_duplicates import CHUNK, NEIGHBOURS, sketches
from benchmark.grading.graded import SOURCES, Graded, kind_of
from benchmark.grading.intake.discover import Submission
from benchmark.grading.marking.condition_lists import HIDDEN
from benchmark.grading.marking.grades import FlagEntry, Grade
from benchmark.grading.marking.marking import image_names, mark
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.marking.thresholds import near_thresholds
from benchmark.grading.plan import plan
from benchmark.grading.request import GradingRequest
from benchmark.grading.sandbox.answer import Answer, failed_answer
from benchmark.grading.sandbox.machine_faults import end_if_machines
from benchmark.scoring import judges
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.tasks import TASKS, Task


class Grader:
    """Grades submissions to one task under one scheme.

    Args:
        request: what is graded, and how.
        gives_grades: False for a check of forms, which needs no scheme for the given lists.
    """

    def __init__(self, request: GradingRequest, *, gives_grades: bool = True) -> None:
        request.check()
        self.request = request
        self.task: Task = judges.judged_task(request.task)
        if self.task.name not in TASKS:
            graded = ", ".join(name for name, other in TASKS.items() if other.judge)
            raise UsageError(f"{request.task} is a task of one's own; grade takes the courses' tasks: {graded}")
        self.scheme, self.assignment = plan(self.task, request, gives_grades=gives_grades)

    @cached_property
    def dataset(self) -> DataSet:
        return dataset_of(self.task)

    @cached_property
    def judge(self) -> ScoringNetwork:
        """The judge, which :meth:`prepare` tests."""
        return judges.judge_network(self.task, self.request.judge)

    @cached_property
    def second_judge(self) -> ScoringNetwork:
        """Another judge to compare with: one that participants do not have, or the bundled one."""
        return judges.judge_network(self.task, self.request.second_judge or judges.bundled_second_judge(self.task))

    def prepare(self) -> None:
        """Load the judges and the training data, and run the judges' self-tests.

        Raises:
            JudgeError: a judge fails its self-test.
            UsageError: the training data cannot be used.
        """
        judges.check_self_test(self.judge)
        judges.check_self_test(self.second_judge)
        _ = self.training_images  # computed and kept

    @cached_property
    def training(self) -> PackedData | None:
        """The data to look for copies in."""
        return None if self.request.data is None else open_data(self.dataset, self.request.data)

    @property
    def judged_by(self) -> list[str]:
        """Everything that determines a submission's scores and flags besides its own content and this program."""
        data = "" if self.training is None else self.training.digest
        names = [self.scheme.scores[0].name, *self.task.headline_conditions]
        return [self.judge.sha256, self.second_judge.sha256, data, *names]

    @cached_property
    def training_images(self) -> TrainingImages | None:
        """The training images that may have been copied; None if no data was given.

        Raises:
            UsageError: there are too few images to know the usual distance between them.
        """
        if self.request.data is None:
            return None
        images = self.training.images.numpy()
        if len(images) <= NEIGHBOURS:
            least = f"more than {NEIGHBOURS}"
            raise UsageError(f"--data {self.request.data} has {len(images)} images; give {least} to look for copies of")
        parts = [sketches(part) for part in np.array_split(images, -(-len(images) // CHUNK))]
        return TrainingImages(np.concatenate(parts), self.training.names)

    def judged(self, submission: Submission, answer: Answer, digest: str = "") -> Graded:
        """Scores and flags of one submission by itself; its status is failed if they cannot be computed.

        Raises:
            UsageError: this machine lacks memory or room.
        """
        try:
            return self._judged(submission, answer, digest)
        except Exception as error:  # any other fault of a stranger's submission is its own
            end_if_machines(error, submission.id)
            return Graded(submission, failed_answer("judging it", error, answer.walls))

    def _judged(self, submission: Submission, answer: Answer, digest: str) -> Graded:
        graded = Graded(submission, answer, digest)
        if answer.status != "ready":
            return graded
        for rows in self.assignment.lists:
            for source in SOURCES:
                images = answer.images.get((source, rows.name))
                if images is not None:
                    marks = mark(images, rows.rows, self.judge.compute, self.task.headline_conditions)
                    graded.marks(source)[rows.name] = marks
        graded.flags = list(self._flags(graded))
        for name, marks in graded.counts.items():
            graded.mistakes += spoiled_images.mistakes_in(name, marks, self.scheme.scores[0], self.judge.compute)
        return graded

    def _flags(self, graded: Graded) -> Iterator[Flag]:
        for name, marks in graded.counts.items():
            rule = self.scheme.scores[0]
            groups, firsts = groups_of_same(marks.images), groups_of_same(marks.images[:: marks.draws])
            single = single_objects(marks.conditions[:: marks.draws], self.dataset.kind)
            called = image_names(marks, self.assignment.public().get(name, ()))
            found = [
                ignores_condition(name, marks, rule),
                repeats_itself(name, marks, firsts, single, called),
                ignores_latent(name, marks, groups),
            ]
            if graded.drawn and name in graded.handed_in:
                found.append(best_of_many(name, graded.handed_in[name], marks, rule))
            if self.training_images is not None:
                found.append(copies_training(name, marks, firsts, single, called, self.training_images))
            second = mark(marks.images, self._rows(name), self.second_judge.compute, self.task.headline_conditions)
            found.append(judges_disagree(name, marks, second, rule))
            yield from (flag for flag in found if flag is not None)

    def _rows(self, list_name: str) -> Any:  # noqa: ANN401
        return next(rows.rows for rows in self.assignment.lists if rows.name == list_name)

    def grade(self, graded: Graded) -> Grade:
        """The grade of one submission, flags included."""
        status = "graded" if graded.answer.status == "ready" else graded.answer.status
        scores = {name: marks.scores for name, marks in graded.counts.items()}
        both = {name: marks.scores for name, marks in graded.handed_in.items()} if graded.drawn else {}
        return Grade(
            id=graded.submission.id,
            status=status,
            reason=None if status == "graded" else graded.answer.reason,
            remarks=list(self._remarks(graded)),
            kind=kind_of(graded),
            conditions=self._conditions(graded) if scores else None,
            scores=scores,
            scores_as_handed_in=both,
            points=self.scheme.points(scores),
            verdict=self.scheme.verdict(scores),
            flags=[FlagEntry(**vars(flag) | {"others": list(flag.others)}) for flag in graded.flags],
            handed_in=graded.submission.handed_in,
            platform=graded.submission.platform,
            earlier=list(graded.submission.earlier),
            near=near_thresholds(self.scheme, scores, self.judge.sha256),
        )

    def _remarks(self, graded: Graded) -> Iterator[Remark]:
        """Remarks on omissions and on likely mistakes."""
        is_ready = graded.answer.status == "ready"
        if is_ready and graded.answer.reason:
            yield Remark.of_reading(graded.answer.reason)
        yield from (Remark(kind="not read", text=text) for text in graded.submission.not_read)
        if not is_ready:
            return
        yield from missing_list_remarks(self.scheme, graded.counts)
        yield from graded.mistakes

    def mistakes(self, by_list: Mapping[tuple[str, str], np.ndarray]) -> Iterator[Remark]:
        """Remarks about images that are not graded: uint8 (n, 3, S, S) by source and list."""
        for (_, name), images in by_list.items():
            yield from spoiled_images.mistakes_in_unjudged(
                name, images, self._rows(name), self.scheme.scores[0], self.judge.compute
            )

    def _conditions(self, graded: Graded) -> str:
        hidden = graded.drawn and any(rows.hidden for rows in self.assignment.lists)
        return "public and hidden" if hidden else "public only"


def missing_list_remarks(scheme: Scheme, found: Iterable[str]) -> list[Remark]:
    """Remarks on condition lists that count and were not handed in."""
    wanted = {name for rule in scheme.scores for name in rule.lists}
    missing = sorted(wanted - set(found))
    return [Remark.no_images(name, hidden=name == HIDDEN) for name in missing]
