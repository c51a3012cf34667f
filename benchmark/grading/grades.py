"""The result for one submission: ``grades.json`` holds one of these for each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from benchmark.grading.scheme import Verdict
from benchmark.records.part import Part
from benchmark.records.record import ScoreEntry

SCHEMA_VERSION = 1


class FlagEntry(Part):
    """Something that a teacher should look at; it changes no points."""

    name: str
    evidence: str


class Grade(Part):
    """One submission's grade."""

    id: str  # name of the folder or archive
    status: Literal["graded", "rejected", "failed"]
    reason: str | None  # why it was not graded
    remarks: list[str]  # what was left out of a graded one
    kind: str | None  # "images", "generator", "images and generator"
    conditions: str | None  # "public only", or "public and hidden"
    scores: dict[str, dict[str, ScoreEntry]]  # condition list -> score; of generators on fresh latents
    scores_as_handed_in: dict[str, dict[str, ScoreEntry]] = Field({})  # images that came with a generator
    points: float
    verdict: Verdict
    flags: list[FlagEntry]


class Gradebook(Part):
    """A whole batch."""

    schema_version: Literal[1] = SCHEMA_VERSION
    task: str
    scheme: str
    judge_sha256: str
    seed: int  # of the latents that generators were given
    protections: dict[str, bool]  # which walls stood around every process that looked at a submission
    not_checked: list[str]  # what there was nothing to check with
    ignored: list[str]  # files that cannot be submissions
    submissions: list[Grade]
