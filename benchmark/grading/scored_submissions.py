"""Images of many submissions with the scores that they were given, for tuning and comparing judges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from benchmark.errors import UsageError, first_complaint
from benchmark.grading.evidence.chance import FEW
from benchmark.grading.evidence.fingerprints import same_images
from benchmark.grading.intake.discover import find_submissions
from benchmark.grading.intake.gathering import look_at_submission
from benchmark.grading.request import check_system
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import Limits
from benchmark.grading.sandbox.reading_test import check_reading
from benchmark.system.terminal import say, track

JOBS = 2


@dataclass(frozen=True)
class HandedIn:
    """Images that were handed in, with what was requested."""

    assignment: Assignment
    images: dict[str, dict[str, np.ndarray]]  # submission -> condition list -> uint8 (N, 3, S, S)

    def conditions(self, list_name: str) -> np.ndarray:
        """Conditions of a list: uint8 (N, C)."""
        return np.array(next(rows.rows for rows in self.assignment.lists if rows.name == list_name), dtype=np.uint8)


def read_images(paths: Sequence[Path], assignment: Assignment) -> HandedIn:
    """The images of all submissions, each read in a confined process; what cannot be read is said and left out.

    Raises:
        UsageError: there is no submission with images.
    """
    check_system()
    found = find_submissions(paths, list(assignment.public())).submissions
    check_reading()
    with ThreadPoolExecutor(JOBS) as pool:
        answers = pool.map(lambda submission: look_at_submission(submission, assignment, Limits()), found)
        shown = track(answers, "reading submissions", total=len(found))
        by_submission: dict[str, dict[str, np.ndarray]] = {}
        for submission, answer in zip(found, shown, strict=True):
            lists = {name: images for (source, name), images in answer.images.items() if source == "images"}
            if lists:
                by_submission[submission.id] = lists
            else:
                say(f"{submission.id!r} has no images: {answer.reason or 'only a generator'}")
    if not by_submission:
        raise UsageError(
            f"none of the {len(found)} submissions in {', '.join(map(str, paths))} has images; "
            "give some that hold images, not generators alone"
        )
    return HandedIn(assignment, by_submission)


def groups(handed_in: HandedIn) -> list[list[str]]:
    """Submissions that share images stand together, as an author's variants do; in a fixed order."""
    leader = {name: name for name in handed_in.images}

    def first(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    names = sorted(handed_in.images)
    for position, name in enumerate(names):
        for other in names[position + 1 :]:
            if _share_images(handed_in.images[name], handed_in.images[other]):
                leader[max(first(name), first(other))] = min(first(name), first(other))
    members: dict[str, list[str]] = {}
    for name in names:
        members.setdefault(first(name), []).append(name)
    return sorted(members.values(), key=lambda group: hashlib.sha256(group[0].encode()).digest())


def _share_images(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return any(len(same_images(first[name], second[name])) > FEW for name in first.keys() & second.keys())


class GivenScore(BaseModel):
    """Scores of one submission by somebody else; other keys are ignored."""

    id: str
    kind: str = ""
    official_score: dict[str, float | None]  # condition list -> score
    score_is_for_these_images: dict[str, bool | str] = {}  # by list; anything but true: perhaps of other draws

    def score_of(self, list_name: str) -> float | None:
        """The score of exactly the images that were handed in for a list, None if there is none."""
        return (
            self.official_score.get(list_name) if self.score_is_for_these_images.get(list_name, True) is True else None
        )


def read_scores(path: Path) -> list[GivenScore]:
    """The given scores.

    Raises:
        UsageError: the file is missing or something else.
    """
    try:
        return TypeAdapter(list[GivenScore]).validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give a JSON list of scores") from error
    except ValidationError as error:
        raise UsageError(f"{path}: {first_complaint(error)}") from error
