"""``cgan-bench grade``: every submission is looked at in a process of its own, judged here, and graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.errors import UsageError
from benchmark.grading import gradebook, page
from benchmark.grading.discover import Submission, find_submissions
from benchmark.grading.flags import shared_images
from benchmark.grading.gathering import look_at_submission
from benchmark.grading.graded import Graded
from benchmark.grading.grader import Grader, GradingRequest, nothing_for
from benchmark.grading.grades import Gradebook
from benchmark.grading.resume_cache import Seen
from benchmark.grading.sandbox.confine import WALLS
from benchmark.system.files import locked
from benchmark.system.terminal import Progress, say


def grade(paths: list[Path], out: Path, request: GradingRequest) -> dict[str, Any]:
    """Grade all submissions and write gradebook.csv, grades.json and one page each.

    Returns:
        Where the gradebook is, and how many of which status there are.

    Raises:
        UsageError: a path, a name, the scheme or a list is wrong. No submission raises anything.
        JudgeError: a judge fails its self-test; nothing is written then.
    """
    grader = Grader(request)
    found = find_submissions(paths, list(grader.assignment.public()), each_is_one=request.each_is_one)
    check_outside(out, paths)
    check_contents(out)
    for name in found.ignored:
        say(f"{name!r} is left out: no submission")
    grader.prepare()
    with locked(out / "lock"):
        return _grade(grader, found.submissions, found.ignored, out)


def _grade(grader: Grader, submissions: list[Submission], ignored: list[str], out: Path) -> dict[str, Any]:
    limits = grader.scheme.limits.limits()
    seen = Seen(out / "seen", grader.assignment, limits, keep=grader.request.only_changed)
    graded: dict[str, Graded] = {}
    with Progress(f"grading {grader.task.name}", len(submissions)) as progress:
        for submission, answer in grader.look(submissions, seen):
            graded[submission.id] = grader.judged(submission, answer)
            progress.update(len(graded), submission.id)
    in_order = [graded[submission.id] for submission in submissions]
    shared = shared_images({one.submission.id: one.images for one in in_order if one.counts})
    for one in in_order:
        one.flags += shared.get(one.submission.id, [])
    grades = [grader.grade(one) for one in in_order]
    stood = protections(in_order)
    say_missing(stood)
    book = Gradebook(
        task=grader.task.name,
        scheme=grader.scheme.name,
        judge_sha256=grader.judge.sha256,
        seed=grader.request.seed,
        protections=stood,
        not_checked=list(not_checked(grader)),
        ignored=ignored,
        submissions=grades,
    )
    hidden = {rows.name for rows in grader.assignment.lists if rows.hidden}
    gradebook.write(book, out, scheme=grader.scheme, hidden=hidden, gradescope=grader.request.gradescope)
    pages = [
        page.write(out / "pages", entry, one.counts, book, grader.scheme, grader.dataset)
        for one, entry in zip(in_order, grades, strict=True)
    ]
    gradebook.remove_others(out / "pages", ".html", pages)
    if grader.request.seed == 0 and any(one.drawn for one in in_order):
        say("generators got the latents of seed 0, which anybody can know; give --seed a number that nobody does")
    seen.finish()
    return gradebook.summary(book, out)


def check_outside(out: Path, paths: list[Path]) -> None:
    """Raise UsageError where the grades would lie among the submissions, and be one the next time."""
    for path in paths:
        if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
            raise UsageError(f"--out {out} lies in {path}, among the submissions; give a folder elsewhere")


def check_contents(out: Path) -> None:
    """Raise UsageError where something else lies than an earlier batch; pages of that one may be removed."""
    names = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if names - {"lock"} and not names & {"seen", "grades.json"}:
        raise UsageError(f"--out {out} holds other things and no grades; give a new folder")


def protections(graded: list[Graded]) -> dict[str, bool]:
    """The walls that stood around every submission."""
    return {name: all(one.answer.walls >> bit & 1 for one in graded) for bit, name in enumerate(WALLS)}


def say_missing(stood: Mapping[str, bool]) -> None:
    """Say which walls were missing, if any was."""
    missing = [name for name, stands in stood.items() if not stands]
    if missing:
        say(f"not every submission was shut in by {', '.join(missing)}; 'cgan-bench doctor' says why")


def not_checked(grader: Grader) -> Iterator[str]:
    """Checks that there was nothing for."""
    if grader.training_sketches is None:
        yield "copies of training images: no --data was given"


def check_form(paths: list[Path], request: GradingRequest) -> list[dict[str, Any]]:
    """A check that submissions can be graded, without their scores; for participants before they hand in."""
    grader = Grader(request)
    found = find_submissions(paths, list(grader.assignment.public()), each_is_one=request.each_is_one)
    limits = grader.scheme.limits.limits()
    rows = []
    for submission in found.submissions:
        answer = look_at_submission(submission, grader.assignment, limits)
        remarks = [answer.reason] if answer.reason else []
        if answer.status == "ready":
            remarks += nothing_for(grader.scheme, {name for _, name in answer.images})
            remarks += dict.fromkeys(grader.mistakes(answer.images))
        found_there = _counts(answer.images)
        rows.append({"id": submission.id, "status": answer.status, "reason": "; ".join(remarks), "found": found_there})
    return rows


def _counts(by_list: Mapping[tuple[str, str], np.ndarray]) -> str:
    return ", ".join(f"{source} {name}: {len(images)}" for (source, name), images in by_list.items())
