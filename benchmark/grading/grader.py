"""From what a confined process left of a submission to its grade: scores, flags, points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.data.datasets import DataSet, dataset_of
from benchmark.data.loading import open_data
from benchmark.errors import UsageError, check_seed
from benchmark.grading import mistakes
from benchmark.grading.condition_lists import assignment_of
from benchmark.grading.discover import Submission, content_digest
from benchmark.grading.fingerprints import groups_of_same
from benchmark.grading.flags import (
    Flag,
    best_of_many,
    copies_training,
    ignores_condition,
    ignores_latent,
    judges_disagree,
    repeats_itself,
)
from benchmark.grading.gathering import as_one_path
from benchmark.grading.graded import Graded, kind_of
from benchmark.grading.grades import FlagEntry, Grade
from benchmark.grading.marking import mark
from benchmark.grading.near_duplicates import CHUNK, NEIGHBOURS, sketches
from benchmark.grading.resume_cache import Seen
from benchmark.grading.sandbox.answer import Answer, Rejected, failed
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import EVERY_WALL
from benchmark.grading.sandbox.launch import end_all, look_at
from benchmark.grading.scheme import Scheme, load_scheme
from benchmark.scoring import judges
from benchmark.tasks import Task


@dataclass(frozen=True, kw_only=True)
class GradingRequest:
    """A grading as a person requests it."""

    task: str
    scheme: Path | None = None
    conditions: tuple[Path, ...] = ()
    hidden: Path | None = None
    seed: int = 0
    judge: Path | None = None
    second_judge: Path | None = None
    data: str | None = None  # training data to look for copies in
    jobs: int = 2
    only_changed: bool = False
    gradescope: bool = False
    each_is_one: bool = False  # every path is one submission


class Grader:
    """Grades submissions to one task under one scheme."""

    def __init__(self, request: GradingRequest) -> None:
        check_seed(request.seed)
        if request.jobs < 1:
            raise UsageError(f"--jobs is {request.jobs}; give 1 or more")
        self.request = request
        self.task: Task = judges.judged_task(request.task)
        self.scheme, self.assignment = plan(self.task, request)

    @cached_property
    def dataset(self) -> DataSet:
        return dataset_of(self.task)

    @cached_property
    def judge(self):  # noqa: ANN201
        """The judge, which has proved itself."""
        return judges.trusted(judges.load(self.task, self.request.judge))

    @cached_property
    def second_judge(self):  # noqa: ANN201
        """Another judge to compare with: one that participants do not have, or the bundled one."""
        path = self.request.second_judge or judges.bundled_second(self.task)
        return judges.trusted(judges.load(self.task, path))

    def prepare(self) -> None:
        """Open what grading needs.

        Raises:
            JudgeError: a judge fails its self-test.
            UsageError: the training data cannot be used.
        """
        _ = self.judge, self.second_judge, self.training_sketches

    @cached_property
    def training_sketches(self) -> np.ndarray | None:
        """Of the images to look for copies of, float32 (M, 192); None if no data was given.

        Raises:
            UsageError: there are too few to say what is usual.
        """
        if self.request.data is None:
            return None
        images = open_data(self.dataset, self.request.data).images.numpy()
        if len(images) <= NEIGHBOURS:
            least = f"more than {NEIGHBOURS}"
            raise UsageError(f"--data {self.request.data} has {len(images)} images; give {least} to look for copies of")
        return np.concatenate([sketches(part) for part in np.array_split(images, -(-len(images) // CHUNK))])

    def look(self, submissions: list[Submission], seen: Seen) -> Iterator[tuple[Submission, Answer]]:
        """Answers for every submission, as they come; known submissions are not read again."""
        with ThreadPoolExecutor(self.request.jobs) as pool:
            waiting = {pool.submit(self._look_once, submission, seen): submission for submission in submissions}
            try:
                for future in as_completed(waiting):
                    yield waiting[future], future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                end_all()
                raise

    def _look_once(self, submission: Submission, seen: Seen) -> Answer:
        try:
            return self._look_or_recall(submission, seen)
        except Exception as error:  # as look_at does: one submission is no reason to grade none
            return failed("looking at it", error)

    def _look_or_recall(self, submission: Submission, seen: Seen) -> Answer:
        try:
            with as_one_path(submission) as path:
                return self._answer(path, seen)
        except Rejected as verdict:
            return Answer("rejected", str(verdict), EVERY_WALL, {})  # nothing of it was read

    def _answer(self, path: Path, seen: Seen) -> Answer:
        digest = content_digest(path)
        answer = seen.find(digest)
        if answer is None:
            answer = look_at(path, self.assignment, self.scheme.limits.limits())
            try:
                seen.add(digest, answer)
            except OSError as error:
                return failed("keeping what was seen of it", error, answer.walls)
        return answer

    def judged(self, submission: Submission, answer: Answer) -> Graded:
        """Scores and flags of one submission by itself; it has failed if they cannot be had."""
        try:
            return self._judged(submission, answer)
        except Exception as error:  # as above
            return Graded(submission, failed("judging it", error, answer.walls))

    def _judged(self, submission: Submission, answer: Answer) -> Graded:
        graded = Graded(submission, answer)
        if answer.status != "ready":
            return graded
        for rows in self.assignment.lists:
            for source, marks in (("images", graded.handed_in), ("generator", graded.drawn)):
                images = answer.images.get((source, rows.name))
                if images is not None:
                    marks[rows.name] = mark(images, rows.rows, self.judge.compute, self.task.headline_conditions)
        graded.flags = list(self._flags(graded))
        return graded

    def _flags(self, graded: Graded) -> Iterator[Flag]:
        for name, marks in graded.counts.items():
            rule = self.scheme.scores[0]
            groups = groups_of_same(marks.images)
            found = [
                ignores_condition(name, marks, rule),
                repeats_itself(name, marks, groups),
                ignores_latent(name, marks, groups),
            ]
            if graded.drawn and name in graded.handed_in:
                found.append(best_of_many(name, graded.handed_in[name], marks, rule))
            if self.training_sketches is not None:
                found.append(copies_training(name, marks, self.training_sketches))
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
            flags=[FlagEntry(name=flag.name, evidence=flag.evidence) for flag in graded.flags],
        )

    def _remarks(self, graded: Graded) -> Iterator[str]:
        """Remarks on omissions and on likely mistakes."""
        if graded.answer.status != "ready":
            return
        if graded.answer.reason:
            yield graded.answer.reason
        yield from nothing_for(self.scheme, graded.counts)
        for name, marks in graded.counts.items():
            yield from mistakes.found(name, marks, self.scheme.scores[0], self.judge.compute)

    def mistakes(self, by_list: Mapping[tuple[str, str], np.ndarray]) -> Iterator[str]:
        """Remarks about images that are not graded: uint8 (n, 3, S, S) by source and list."""
        rule = self.scheme.scores[0]
        for (_, name), images in by_list.items():
            marks = mark(images, self._rows(name), self.judge.compute, [rule.name])
            yield from mistakes.found(name, marks, rule, self.judge.compute)

    def _conditions(self, graded: Graded) -> str:
        hidden = graded.drawn and any(rows.hidden for rows in self.assignment.lists)
        return "public and hidden" if hidden else "public only"


def plan(task: Task, request: GradingRequest) -> tuple[Scheme, Assignment]:
    """The scheme and what it requests."""
    assignment = assignment_of(task, list(request.conditions), request.hidden, draws=1, seed=request.seed)
    names = [rows.name for rows in assignment.lists]
    scheme = load_scheme(request.scheme, task.name, task.headline_conditions, names)
    return scheme, assignment_of(task, list(request.conditions), request.hidden, scheme.draws, request.seed)


def nothing_for(scheme: Scheme, found: Iterable[str]) -> list[str]:
    """Remarks on condition lists that count and were not handed in."""
    wanted = {name for rule in scheme.scores for name in rule.lists}
    return [f"there are no images for {name}, so it earns nothing" for name in sorted(wanted - set(found))]
