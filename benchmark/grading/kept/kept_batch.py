"""A graded batch, kept next to its grades, so that it can be marked again by another scheme."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from benchmark.errors import UsageError, first_complaint
from benchmark.grading.graded import Graded
from benchmark.grading.intake.discover import Submission
from benchmark.grading.kept.judged_cache import JudgedCache
from benchmark.grading.kept.resume_cache import AnswerCache
from benchmark.grading.marking.grades import SCHEMA_VERSION, Grade, Gradebook
from benchmark.grading.marking.scheme import Scheme, ScoresByList
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.records.part import Part
from benchmark.system.files import write_text

NAME = "batch.json"


class KeptBatch(Part):
    """The request that a batch was graded for, and the names under which its parts are kept."""

    assignment: dict[str, Any]
    seen_key: str
    judged_key: str
    digests: dict[str, str]  # of the submissions' contents, by id
    first_score: str = ""  # of the scheme: flags and remarks are about it; empty in a batch of an earlier version
    scheme: Scheme | None = None  # None in a batch of an earlier version


def keep_batch(seen: AnswerCache, judged: JudgedCache, graded: Sequence[Graded], scheme: Scheme) -> None:
    """Keep what :func:`kept_graded` needs."""
    batch = KeptBatch(
        assignment=judged.assignment.to_json(), seen_key=seen.request, judged_key=judged.key,
        digests={one.submission.id: one.digest for one in graded if one.digest},
        first_score=scheme.scores[0].name, scheme=scheme,
    )  # fmt: skip
    write_text(seen.folder / NAME, batch.model_dump_json(indent=1) + "\n")


def read_book(path: Path) -> Gradebook:
    """The grades of a batch.

    Args:
        path: of ``grades.json``, or of the folder that it lies in.

    Raises:
        UsageError: there is none, or it is damaged.
    """
    path = path / "grades.json" if path.is_dir() else path
    try:
        book = Gradebook.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give a folder that 'grade' wrote") from error
    except ValidationError as error:
        raise UsageError(f"{path}: {first_complaint(error)}; give a folder that 'grade' wrote") from error
    return book.model_copy(update={"schema_version": SCHEMA_VERSION})


def _has_scores_of(graded: Graded, grade: Grade) -> bool:
    """True if the kept images are those that were graded; after a grading that was ended, they may be older ones."""
    kept = {name: marks.scores for name, marks in graded.counts.items()}
    return _values(kept) == _values(grade.scores)


def _values(found: ScoresByList) -> dict[str, dict[str, float]]:
    return {name: {score: entry.value for score, entry in scores.items()} for name, scores in found.items()}


def read_batch(folder: Path) -> KeptBatch:
    """The request of a kept batch.

    Raises:
        UsageError: it is no longer there.
    """
    try:
        return KeptBatch.model_validate_json((folder / "seen" / NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{folder} keeps nothing to mark anew; give the folder that the submissions were graded to"
        ) from error


def check_kept(folder: Path, names: Collection[str], graded: Sequence[Graded]) -> None:
    """Raise UsageError if a submission that others share images with is not among those of the grades.

    After a grading that was ended, what is shared may be newer than the grades.
    """
    gone = set(names) - {one.submission.id for one in graded}
    if gone:
        raise _gone(folder, min(gone))


def _gone(folder: Path, name: str) -> UsageError:
    return UsageError(f"{folder} no longer keeps what was seen of {name!r}; grade the submissions again")


def kept_graded(folder: Path, book: Gradebook, batch: KeptBatch) -> tuple[Assignment, list[Graded]]:
    """The request of a kept batch, and its submissions as they were judged, with their images.

    Args:
        folder: of the grades.
        book: those grades.
        batch: what is kept of them.

    Raises:
        UsageError: a submission is no longer there.
    """
    assignment = Assignment.from_json(batch.assignment)
    seen = AnswerCache.of(folder / "seen", batch.seen_key)
    judged = JudgedCache.of(seen, assignment, batch.judged_key)
    graded = []
    for grade in book.submissions:
        submission = Submission(grade.id, folder, earlier=tuple(grade.earlier))
        found = judged.find(submission, batch.digests.get(grade.id, ""))
        if grade.status == "graded" and (found is None or not _has_scores_of(found, grade)):
            raise _gone(folder, grade.id)
        graded += [found] if found else []
    return assignment, graded
