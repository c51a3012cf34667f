"""The result for one submission: ``grades.json`` holds one of these for each."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from benchmark.grading.marking.remarks import Remark
from benchmark.grading.marking.scheme import Verdict
from benchmark.records.part import Part
from benchmark.records.record import ScoreEntry

SET_ASIDE = "staff decided that another submission of this person counts: "  # a note for staff, before its id
SCHEMA_VERSION = 8
# History: 1 - first version; 2 - rosters, earlier attempts, notes for staff, what flags say to participants,
# thresholds that a score is near; 3 - numbers and logins of the roster; 4 - when a submission was handed in;
# 5 - flags say nothing to participants; files that were not unpacked are ignored ones; 6 - the maximum, and which
# platform's a number is; 7 - remarks have kinds; 8 - decisions of staff, the heading of Canvas' assignment.

FLAGS = (
    "ignores_condition", "repeats_itself", "ignores_latent", "shared_images", "better_than_its_weights",
    "copies_training", "judges_disagree",
)  # fmt: skip


class FlagEntry(Part):
    """Something that a teacher should look at; it changes no points."""

    name: str
    evidence: str  # for staff
    public: str | None = Field(None, exclude=True)  # of versions 2 to 4, for the participant; read and not used
    others: list[str] = Field([])  # those submissions
    cleared: bool = False  # staff decided that nothing is wrong


class DecisionEntry(Part):
    """A decision of staff that was applied to a submission."""

    id: str  # as staff wrote it
    points: float | None  # None: those of the scheme
    points_by_scheme: float
    reason: str  # for staff
    note_for_participant: str = ""
    clear_flags: list[str] = Field([])
    counts: bool = False  # of several submissions of one person, this one does
    of_content: str = ""  # digest of the submission that was decided on; empty of who had handed in nothing
    others: list[str] = Field([])  # submissions that its cleared flags named


class StudentEntry(Part):
    """Somebody in the course's roster."""

    id: str
    name: str
    number: str = ""  # the learning platform's own, where the roster has it
    login: str = ""
    platform: str = ""  # whose number it is, such as "moodle"; empty where there is none, or the roster does not say


class NearEntry(Part):
    """A threshold of the scheme that a score may be on the other side of."""

    list_name: str
    score: str
    threshold: float
    distance: float  # of the score from it
    within_judge_difference: bool  # known mean difference of the judge from the course's own evaluator


class Grade(Part):
    """One submission's grade."""

    id: str  # name of the folder or archive
    status: Literal["graded", "rejected", "failed", "missing"]  # missing: in the roster, and handed in nothing
    reason: str | None  # why it was not graded
    remarks: list[Remark]  # omissions and likely mistakes
    kind: str | None  # "images", "generator", "images and generator"
    conditions: str | None  # "public only", or "public and hidden"
    scores: dict[str, dict[str, ScoreEntry]]  # condition list -> score; of generators on fresh latents
    scores_as_handed_in: dict[str, dict[str, ScoreEntry]] = Field({})  # images that came with a generator
    points: float
    verdict: Verdict
    flags: list[FlagEntry]
    student: StudentEntry | None = None  # None: no roster was given, or nobody in it
    handed_in: str = ""  # a time, or "late", by the platform's name of it
    platform: str = ""  # that named its files; empty where none is known
    earlier: list[str] = Field([])  # attempts that do not count, by the names of their files
    notes: list[str] = Field([])  # for staff
    near: list[NearEntry] = Field([])  # for staff: thresholds that a score may be on the other side of
    decision: DecisionEntry | None = None  # of staff; its points, if it has any, are the grade's
    counts_instead: str = ""  # the submission of the same person that staff decided to count; empty: this one counts

    @field_validator("remarks", mode="before")
    @classmethod
    def _of_versions_1_to_6(cls, remarks: Any) -> Any:  # noqa: ANN401
        """Remarks that were texts alone."""
        if not isinstance(remarks, list):
            return remarks
        return [Remark.of_text(one) if isinstance(one, str) else one for one in remarks]

    @property
    def points_by_scheme(self) -> float:
        """The points without any decision of staff."""
        return self.points if self.decision is None else self.decision.points_by_scheme

    @property
    def is_decided(self) -> bool:
        """True if staff decided the points, so that neither scheme nor verdict does."""
        return self.decision is not None and self.decision.points is not None

    @property
    def is_set_aside(self) -> bool:
        """True if staff decided that another submission of the same person counts."""
        return bool(self.counts_instead)

    @property
    def notes_for_staff(self) -> list[str]:
        """All notes, with one on the submission that counts instead."""
        return [*self.notes, *([f"{SET_ASIDE}{self.counts_instead}"] if self.is_set_aside else [])]

    @property
    def is_by_scheme(self) -> bool:
        """True if the scheme's points and verdict count: staff has neither decided the points nor set it aside."""
        return not self.is_decided and not self.is_set_aside

    @property
    def open_flags(self) -> list[FlagEntry]:
        """The flags that staff has not cleared."""
        return [flag for flag in self.flags if not flag.cleared]

    @property
    def verdict_in_words(self) -> str:
        """The verdict as participants read it."""
        if self.is_set_aside:
            return "does not count: another submission of yours does"
        return "decided by the staff" if self.is_decided else self.verdict

    @property
    def verdict_in_files(self) -> str:
        """The verdict in files for spreadsheets."""
        if self.is_set_aside:
            return "set aside"
        return "decided" if self.is_decided else self.verdict

    @property
    def cleared_flags(self) -> list[str]:
        """The names of the flags that staff has cleared."""
        return list(dict.fromkeys(flag.name for flag in self.flags if flag.cleared))

    @property
    def decision_in_words(self) -> str:
        """The decision of staff, for staff, without its reason; empty where there is none."""
        if self.decision is None:
            return ""
        by_hand = f"{self.points:g} points, {self.points_by_scheme:g} ({self.verdict}) by the scheme"
        said = [by_hand if self.is_decided else "the points of the scheme"]
        if self.decision.counts:
            said.append("it counts, the others of this person do not")
        if self.cleared_flags:
            said.append(f"cleared: {', '.join(self.cleared_flags)}")
        return "; ".join(said)

    @property
    def staff_note(self) -> str:
        """A note of staff for the participant; empty where there is none."""
        return self.decision.note_for_participant if self.decision else ""

    @property
    def in_words(self) -> str:
        """A line for the participant: the verdict or the reason, a note of staff in parentheses, the remarks."""
        verdict = self.verdict_in_words if not (self.is_by_scheme and self.reason) else None
        first, *others = filter(None, [verdict, self.reason, *(remark.text for remark in self.remarks)])
        return "; ".join([f"{first} ({self.staff_note})" if self.staff_note else first, *others])


class Gradebook(Part):
    """A whole batch."""

    schema_version: Literal[1, 2, 3, 4, 5, 6, 7, 8] = SCHEMA_VERSION
    task: str
    scheme: str
    maximum: float | None = None  # points that can be earned; None: an earlier version, which did not say
    canvas_column: str = ""  # heading of Canvas' assignment; empty where nothing says it
    judge_sha256: str
    seed: int  # of the latents that generators were given
    protections: dict[str, bool]  # which walls stood around every process that looked at a submission
    not_checked: list[str]  # what there was nothing to check with
    ignored: list[str]  # files that cannot be submissions, and those that were not unpacked, with the reason
    submissions: list[Grade]
