"""``cgan-bench grade``: every submission is looked at in a process of its own, judged here, and graded."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.executors.jobs import Executor
from benchmark.executors.request import ExecutorRequest, executor_of
from benchmark.grading.decisions.decided_grades import with_decisions
from benchmark.grading.decisions.kept_decisions import decisions_of
from benchmark.grading.evidence.shared import shared_of
from benchmark.grading.graded import Graded
from benchmark.grading.grader import Grader
from benchmark.grading.intake.discover import FoundSubmissions, Submission, find_submissions
from benchmark.grading.intake.homework_zip import report_found, unpack_batches
from benchmark.grading.kept.earlier_batch import check_same_homework
from benchmark.grading.kept.judged_cache import JudgedCache
from benchmark.grading.kept.kept_batch import keep_batch
from benchmark.grading.kept.resume_cache import AnswerCache
from benchmark.grading.looking import digests_of, look_at_all
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.grading.output import gradebook
from benchmark.grading.remote_looking import answers_of_workers, check_grading_workers
from benchmark.grading.request import GradingRequest, check_system, say_known_seed
from benchmark.grading.roster.canvas_assignments import assignment_column, canvas_assignments
from benchmark.grading.roster.roster import Student
from benchmark.grading.roster.roster_file import read_roster
from benchmark.grading.roster.roster_grades import with_roster
from benchmark.grading.sandbox.answer import Answer
from benchmark.grading.sandbox.confine import WALLS
from benchmark.grading.written_batch import GradedBatch, write_batch
from benchmark.system.files import locked
from benchmark.system.terminal import Progress, say


def grade(paths: list[Path], out: Path, request: GradingRequest) -> dict[str, Any]:
    """Grade all submissions and write gradebook.csv, grades.json and one page each.

    Returns:
        Where the gradebook is, and how many of which status there are.

    Raises:
        UsageError: a path, a name, the roster, the scheme or a list is wrong, or the folder holds grades of other
            homework. No submission raises anything.
        JudgeError: a judge fails its self-test; nothing is written then.
    """
    check_system()
    grader = Grader(request)
    students = None if request.roster is None else read_roster(request.roster)
    lists = list(grader.assignment.public())
    with unpack_batches(paths, lists, each_is_one=request.each_is_one) as (places, left_out):
        found = find_submissions(places, lists, each_is_one=request.each_is_one, left_out=left_out.reasons)
        check_outside(out, paths)
        gradebook.check_grades_folder(out)
        if request.only_changed:
            names = [one.id for one in found.submissions]
            check_same_homework(out, grader.task.name, names, "give another --out, or --afresh to replace those grades")
        report_found(found, paths)
        found.ignored.extend(left_out.names)
        return _Batch(grader, found, students, out).grade()


class _Batch:
    """One grading of some submissions."""

    def __init__(self, grader: Grader, found: FoundSubmissions, students: Sequence[Student] | None, out: Path) -> None:
        self.grader, self.found, self.students, self.out = grader, found, students, out
        self.limits = grader.scheme.limits.limits()
        self.seen = AnswerCache(out / "seen", grader.assignment, self.limits, keep=grader.request.only_changed)
        self.kept = JudgedCache(self.seen, grader.assignment, grader.judged_by)
        request = grader.request
        self.canvas_column = ""
        if "canvas" in request.csv:
            assignments = canvas_assignments(request.roster)
            self.canvas_column = assignment_column(request.canvas_column, assignments, grader.scheme.name)
        self.held = decisions_of(request.decisions, [out], grader.scheme.maximum)

    def grade(self) -> dict[str, Any]:
        """Grade; the judges prove themselves first, unless everything was judged before."""
        digests = digests_of(self.found.submissions, self.grader.request.at_once)
        graded = {one.id: self.kept.find(one, digests[one.id]) for one in self.found.submissions}
        if None in graded.values():
            self.grader.prepare()
        new = [one for one in self.found.submissions if graded[one.id] is None]
        with self._workers(new) as workers, locked(self.out / "lock"):
            self.seen.begin()
            graded |= {one.submission.id: one for one in self._judged(new, workers)}
            summary = self._write([graded[one.id] for one in self.found.submissions])
            keep_batch(self.seen, self.kept, list(graded.values()), self.grader.scheme)
            self.seen.finish([one.digest for one in graded.values()], self.kept.key)
        return summary

    @contextmanager
    def _workers(self, submissions: Sequence[Submission]) -> Iterator[Executor | None]:
        """The workers of a cluster, if there is anything for them; refused before anything is written."""
        request = self.grader.request
        if request.executor == "local" or not submissions:
            yield None
            return
        where = ExecutorRequest(name=request.executor, ray_address=request.ray_address, gpus_per_run=0)
        with executor_of(where) as executor:
            check_grading_workers(executor, self.grader.assignment, self.limits)
            yield executor

    def _judged(self, submissions: Sequence[Submission], workers: Executor | None) -> Iterator[Graded]:
        """Submissions that were not judged before; what was judged is kept at once."""
        title = f"grading {self.grader.task.name}"
        with Progress(title, len(submissions)) as progress, closing(self._answers(submissions, workers)) as found:
            for done, (submission, digest, answer) in enumerate(found, start=1):
                yield self._keep(self.grader.judged(submission, answer, digest))
                progress.update(done, submission.id)

    def _answers(
        self, submissions: Sequence[Submission], workers: Executor | None
    ) -> Generator[tuple[Submission, str, Answer]]:
        """Answers by threads of this machine, or by the workers of a cluster."""
        what = (self.seen, self.grader.assignment, self.limits)
        if workers is None:
            return look_at_all(submissions, *what, self.grader.request.at_once)
        return answers_of_workers(submissions, *what, workers)

    def _keep(self, graded: Graded) -> Graded:
        """The same, its images on the disk from now on."""
        self.kept.add(graded)
        return self.kept.find(graded.submission, graded.digest) or graded

    def _write(self, graded: Sequence[Graded]) -> dict[str, Any]:
        grader = self.grader
        shared = shared_of(graded, self.seen.folder / "shared.json", self.seen.request)
        for one in graded:
            one.flags += [shared.flags[one.submission.id]] if one.submission.id in shared.flags else []
        book = self._book(graded)
        say_missing(book.protections)
        batch = GradedBatch(
            book=book, graded=graded, shared=shared, decisions=self.held.decisions, scheme=grader.scheme,
            assignment=grader.assignment,
        )  # fmt: skip
        request = grader.request
        summary = write_batch(
            batch, self.out, self.seen.request, gradescope=request.gradescope, platforms=request.csv, xlsx=request.xlsx
        )
        if any(one.drawn for one in graded):
            say_known_seed(request.seed, "generators got")
        return summary

    def _book(self, graded: Sequence[Graded]) -> Gradebook:
        grader, maximum = self.grader, self.grader.scheme.maximum
        digests = {one.submission.id: one.digest for one in graded}
        return Gradebook(
            task=grader.task.name,
            scheme=grader.scheme.name,
            maximum=maximum,
            canvas_column=self.canvas_column,
            judge_sha256=grader.judge.sha256,
            seed=grader.request.seed,
            protections=protections(graded),
            not_checked=list(not_checked(grader)),
            ignored=self.found.ignored,
            submissions=with_decisions(self._rows(graded), self.held.decisions, maximum, digests, self.held.before),
        )

    def _rows(self, graded: Sequence[Graded]) -> list[Grade]:
        """The grades by the scheme, with the roster's people."""
        found = self.found
        grades = [self.grader.grade(one) for one in graded]
        return with_roster(grades, self.students, found.documents, platforms=found.platforms, longer=found.longer)


def check_outside(out: Path, paths: Sequence[Path]) -> None:
    """Raise UsageError where the grades would lie among the submissions, and be one the next time."""
    for path in paths:
        if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
            raise UsageError(f"--out {out} lies in {path}, among the submissions; give a folder elsewhere")


def protections(graded: Sequence[Graded]) -> dict[str, bool]:
    """The walls that stood around every submission."""
    return {name: all(one.answer.walls >> bit & 1 for one in graded) for bit, name in enumerate(WALLS)}


def say_missing(stood: Mapping[str, bool]) -> None:
    """Say which walls were missing, if any was."""
    missing = [name for name, stands in stood.items() if not stands]
    if missing:
        say(f"not every submission was shut in by {', '.join(missing)}; 'cgan-bench doctor' says why")


def not_checked(grader: Grader) -> Iterator[str]:
    """Checks that there was nothing for."""
    if grader.training is None:
        yield "copies of training images: no --data was given"
