"""All that the page shows next to the tables: explanations of scores, details of rows, claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.records.record import Record
from benchmark.records.score_curve import Point
from benchmark.records.strips import Strip


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A score in words."""

    what: str  # one sentence
    source: str


@dataclass(frozen=True, kw_only=True)
class JudgedImages:
    """Single images of one record, by its judge."""

    classes: Sequence[tuple[str, int, int]] = ()  # name, images that request it, images in which it was found
    confused: Sequence[tuple[str, str, int]] = ()  # requested, detected instead, number of images; most first
    lists: Sequence[tuple[str, str, Sequence[str]]] = ()  # condition list, score of all its draws, of each draw
    wrong: Sequence[tuple[str, str, str]] = ()  # file in the sample set, requested, detected; the surest mistakes first


@dataclass(frozen=True, kw_only=True)
class Contents:
    """All of it; each mapping may lack keys, and the page then leaves that part out."""

    records: Mapping[str, Record]  # by file name
    explanations: Mapping[str, Explanation] = field(default_factory=dict)  # by score
    models: Mapping[str, str] = field(default_factory=dict)  # what each is, and what model:variant changes
    reports: Mapping[str, str] = field(default_factory=dict)  # key of the report that a model is of, by model
    answers: Mapping[str, JudgedImages] = field(default_factory=dict)  # by record
    losses: Mapping[str, Sequence[Mapping[str, float | None]]] = field(default_factory=dict)  # log lines, by record
    curves: Mapping[str, Sequence[Point]] = field(default_factory=dict)  # of scores, by record
    grids: Mapping[str, Grid] = field(default_factory=dict)  # by record
    strips: Mapping[str, Mistakes] = field(default_factory=dict)  # by record
    records_link: str = ""  # folder of the records, as the page links to it
    own: frozenset[str] = frozenset()  # records of the run that the page is of, where it has published ones, too
    own_link: str = ""  # folder of those records
    claims: Sequence[Mapping[str, Any]] = ()  # as ``cgan-bench claims report --json`` gives them
    verdicts: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)  # ids of claims; True: shorter training
    titles: Mapping[str, str] = field(default_factory=dict)  # of the reports, by key
    report_pages: Mapping[str, ReportPage] = field(default_factory=dict)  # by key
    how_judged: str = ""  # the rule behind the verdicts, in words
    throughput: Throughput | None = None

    def link_of(self, record: str) -> str:
        """The folder of a record, as the page links to it."""
        return self.own_link if record in self.own else self.records_link


@dataclass(frozen=True, kw_only=True)
class ReportPage:
    """A report's page and its figures, as the page links to them."""

    link: str
    figures: Sequence[tuple[str, str]] = ()  # title and link


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Speed next to peers, a table for each machine."""

    how: str  # it was measured
    titles: Sequence[str]
    words: int  # columns of text, before those of numbers
    machines: Sequence[tuple[str, Sequence[Sequence[str]]]]  # a machine in words, and its rows' cells


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """Images that the judge got wrong: the strip's file, as the page links to it, and the strip itself."""

    link: str
    strip: Strip


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A sample grid: its file, as the page links to it, and the small copy that the page holds."""

    link: str
    small: bytes  # WebP
    tiles: Tiles | None = None  # the places of some of its images; None where they are not known


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """Places of single images in a grid, in widths of one of them, so that they hold for any copy of the grid."""

    width: float  # of the grid
    places: Sequence[tuple[float, float]]  # left and upper edge of each
