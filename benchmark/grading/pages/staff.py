"""Pages for staff: everything about one submission, others included, and the index of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from benchmark.grading.evidence.shared import Shared
from benchmark.grading.marking.grades import Grade, Gradebook, NearEntry
from benchmark.grading.marking.remarks import LOOK_AT
from benchmark.grading.marking.scheme import Scheme
from benchmark.grading.marking.thresholds import known_difference
from benchmark.grading.pages.contact_sheets import Sheet
from benchmark.grading.pages.participant import title
from benchmark.grading.pages.templates import page_name, render_template, script_hash
from benchmark.grading.roster.roster import SAME_PERSON

BARS = 20  # of the histogram
STATUSES = ("graded", "rejected", "failed", "missing")


@dataclass(frozen=True)
class Pair:
    """A submission next to another that shares images with it."""

    other: str
    own: Sheet
    others: Sheet
    matches: Sequence[tuple[int, int]]  # image here, image there


@dataclass(frozen=True)
class Row:
    """One submission as staff sees it."""

    grade: Grade
    sheet: Sheet | None
    pairs: Sequence[Pair] = field(default_factory=list)
    judge_sha256: str = ""

    @property
    def title(self) -> str:
        return title(self.grade)

    @property
    def page(self) -> str:
        return page_name(self.grade.id)

    @property
    def doubts(self) -> list[str]:
        """Reasons to look at it, each in a word or two: a second person should.

        Where staff decided the points, or which submission counts, there is no doubt about that; flags are cleared one
        by one.
        """
        grade = self.grade
        flags = dict.fromkeys(flag.name for flag in grade.open_flags)
        is_chosen = grade.is_set_aside or (grade.decision is not None and grade.decision.counts)
        notes = [note for note in grade.notes if not (is_chosen and note.startswith(SAME_PERSON))]
        return [*(self._doubts_of_points if grade.is_by_scheme else []), *flags, *["note"][: len(notes)]]

    @property
    def _doubts_of_points(self) -> list[str]:
        """Reasons why other points may be right."""
        grade = self.grade
        reasons = [grade.status] if grade.status in ("rejected", "failed") else []
        reasons += ["borderline"] if grade.status == "graded" and grade.verdict == "borderline" else []
        kinds = {remark.kind for remark in grade.remarks}
        reasons += [kind for kind in LOOK_AT if kind in kinds]
        return reasons + (["near"] if any(map(self._is_doubtful, grade.near)) else [])

    def _is_doubtful(self, near: NearEntry) -> bool:
        """True if the judge's difference reaches the threshold, or is not known, so that the interval decides."""
        return near.within_judge_difference or not known_difference(self.judge_sha256, near.score)


def rows_of(
    grades: Sequence[Grade], sheets: Mapping[str, Sheet | None], shared: Shared, judge_sha256: str
) -> list[Row]:
    """All submissions with their sheets and with those that they share images with."""
    return [Row(grade, sheets.get(grade.id), list(_pairs(grade.id, sheets, shared)), judge_sha256) for grade in grades]


def _pairs(name: str, sheets: Mapping[str, Sheet | None], shared: Shared) -> Iterator[Pair]:
    for (own, other), matches in sorted(shared.matches.items(), key=lambda item: (-len(item[1]), item[0])):
        if own == name:
            yield Pair(other, sheets[own], sheets[other], matches)


def html(row: Row, book: Gradebook, scheme: Scheme) -> str:
    """The page of one submission for staff."""
    names = {row.grade.id: "s0"} | {pair.other: f"s{number}" for number, pair in enumerate(row.pairs, start=1)}
    return render_template("staff.html.jinja", row=row, grade=row.grade, book=book, scheme=scheme, names=names)


def index(rows: Sequence[Row], book: Gradebook, scheme: Scheme) -> str:
    """The index of all submissions: a table, a histogram, each one's images; keys j and k go through the doubtful."""
    knows_difference = any(known_difference(book.judge_sha256, rule.name) for rule in scheme.scores)
    return render_template(
        "index.html.jinja",
        rows=rows, book=book, scheme=scheme, knows_difference=knows_difference,
        counts=counts_of([row.grade for row in rows], knows_difference=knows_difference),
        bars=histogram(rows, scheme.maximum), script=script(),
        script_hash=script_hash(script()), names={row.grade.id: f"s{number}" for number, row in enumerate(rows)},
    )  # fmt: skip


@cache
def script() -> str:
    """The index's script."""
    return (files("benchmark.grading.pages") / "index.js").read_text(encoding="utf-8")


def counts_of(grades: Sequence[Grade], *, knows_difference: bool) -> dict[str, int]:
    """Numbers of submissions by status, by verdict, and of those to look at; what was not graded has ``fail``.

    Where staff decided the points, or that another submission counts, there is no verdict of the scheme.

    Args:
        grades: of all submissions.
        knows_difference: True if the judge's difference from the course's own evaluator is known.
    """
    by_scheme = [grade for grade in grades if grade.is_by_scheme]
    graded = [grade for grade in by_scheme if grade.status == "graded"]
    by_judge = [grade for grade in graded if any(near.within_judge_difference for near in grade.near)]
    return {
        **{status: sum(grade.status == status for grade in grades) for status in STATUSES},
        **{verdict: sum(one.verdict == verdict for one in by_scheme) for verdict in ("pass", "borderline", "fail")},
        "of these rejected, failed or missing": sum(grade.status != "graded" for grade in by_scheme),
        "near a threshold": sum(bool(grade.near) for grade in graded),
        **({"of these within the judge's difference": len(by_judge)} if knows_difference else {}),
        "flagged": sum(bool(grade.open_flags) for grade in grades),
        **_decided(grades),
    }


def _decided(grades: Sequence[Grade]) -> dict[str, int]:
    """Numbers of rows that staff decided, if there are any: with other points, set aside, and with flags or notes."""
    points = sum(grade.is_decided and not grade.is_set_aside for grade in grades)
    others = sum(grade.decision is not None and not grade.is_decided for grade in grades)
    aside = sum(grade.is_set_aside for grade in grades)
    return {
        **({"points decided by the staff": points} if points else {}),
        **({"set aside by the staff": aside} if aside else {}),
        **({"otherwise decided by the staff": others} if others else {}),
    }


def histogram(rows: Sequence[Row], maximum: float) -> list[dict[str, Any]]:
    """Numbers of graded submissions by points, from 0 to the maximum."""
    width = (maximum or 1) / BARS
    counts = [0] * BARS
    for row in rows:
        if row.grade.status == "graded" and not row.grade.is_set_aside:
            counts[min(BARS - 1, int(row.grade.points / width))] += 1
    most = max([*counts, 1])
    return [
        {"low": width * bar, "high": width * (bar + 1), "count": count, "height": 100 * count / most}
        for bar, count in enumerate(counts)
    ]
