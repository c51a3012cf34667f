"""The judges' outputs for each submission, kept next to the answers: only what has changed is judged again."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmark.grading.evidence.flags import Flag
from benchmark.grading.graded import SOURCES, Graded
from benchmark.grading.intake.discover import Submission
from benchmark.grading.kept.resume_cache import AnswerCache, read_kept, write_kept
from benchmark.grading.marking.marking import Marks, repeat_conditions
from benchmark.grading.marking.remarks import Remark
from benchmark.grading.sandbox.answer import Answer
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.records.record import ScoreEntry
from benchmark.system.files import sha256_text


class JudgedCache:
    """Submissions as judged, by content of the submission and by all that judged it.

    Args:
        seen: the kept answers; images are read from them.
        assignment: what was requested.
        judged_by: whatever decides scores and flags: hashes of judges and of training data, names of scores.
    """

    def __init__(self, seen: AnswerCache, assignment: Assignment, judged_by: Sequence[str]) -> None:
        self.seen, self.assignment = seen, assignment
        self.key = sha256_text(json.dumps([seen.request, *judged_by]))[:16]

    @classmethod
    def of(cls, seen: AnswerCache, assignment: Assignment, key: str) -> JudgedCache:
        """The submissions of an earlier batch, whoever judged them."""
        found = cls(seen, assignment, [])
        found.key = key
        return found

    def find(self, submission: Submission, digest: str) -> Graded | None:
        """The submission as it was judged, with its images on the disk; None if it was not judged, or must be again."""
        read = read_kept(self._path(digest), "judged") if digest and self.seen.may_be_used() else None
        if read is None:
            return None
        header, logits = read
        try:
            found = Graded(submission, Answer(*header["answer"], images={}), digest)
            for source, list_name in header["places"]:
                rows = next(rows.rows for rows in self.assignment.lists if rows.name == list_name)
                images = self.seen.images(digest, source, list_name)
                draws = len(images) // len(rows)
                scores = {
                    name: ScoreEntry.model_validate(score)
                    for name, score in header["scores"][source][list_name].items()
                }
                numbers = torch.from_numpy(logits[f"{source}/{list_name}"].copy())
                found.marks(source)[list_name] = Marks(images, repeat_conditions(rows, draws), numbers, scores, draws)
        except (OSError, KeyError, ValueError, TypeError, struct.error):  # the images are gone, or damaged
            return None
        found.flags = [Flag.kept(flag) for flag in header["flags"]]
        found.mistakes = [Remark.kept(one) for one in header["mistakes"]]
        return found

    def add(self, graded: Graded) -> None:
        """Keep a submission that was judged, and leave its images on the disk from now on."""
        if not graded.digest or graded.answer.status == "failed":
            return
        places = [(source, name) for source in SOURCES for name in graded.marks(source)]
        header = {
            "answer": [graded.answer.status, graded.answer.reason, graded.answer.walls],
            "places": places,
            "scores": {
                source: {
                    name: {score: entry.model_dump(mode="json") for score, entry in marks.scores.items()}
                    for name, marks in graded.marks(source).items()
                }
                for source in SOURCES
            },
            "flags": [vars(flag) for flag in graded.flags],
            "mistakes": [one.model_dump() for one in graded.mistakes],
        }
        logits = {f"{source}/{name}": graded.marks(source)[name].logits.numpy() for source, name in places}
        write_kept(self._path(graded.digest), "judged", header, logits)

    def _path(self, digest: str) -> Path:
        return self.seen.folder / f"{digest[:32]}-{self.key}.judged.safetensors"
