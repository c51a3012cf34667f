"""The page of one participant: points, what was missing for more, and every image; it names no other person."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from benchmark.data.datasets import DataSet
from benchmark.grading.marking.grades import Grade, Gradebook
from benchmark.grading.marking.marking import (
    BY_CONDITION,
    Marks,
    all_found,
    by_class,
    image_names,
    judged_in_words,
    with_interval,
)
from benchmark.grading.marking.scheme import Scheme, ScoreRule, doubtful_range
from benchmark.grading.pages.templates import data_url, render_template, short_number, threshold_in_digits
from benchmark.records.record import ScoreEntry

MAX_SHOWN = 200  # images of a list; the failures first
Names = Mapping[str, Sequence[str]]  # of images as they are handed in, by list
COMPRESSION = 4  # of PNG: on scenes half the time of the default, 6, for a twentieth more bytes


def html(
    grade: Grade,
    marks: Mapping[str, Marks],
    book: Gradebook,
    scheme: Scheme,
    dataset: DataSet,
    names: Names = MappingProxyType({}),
) -> str:
    """The page of a submission."""
    lists = [list_part(name, one, dataset, names.get(name, ())) for name, one in marks.items()]
    return render_template(
        "participant.html.jinja",
        grade=grade, book=book, scheme=scheme, lists=lists, title=title(grade), points=short_number(grade.points),
        maximum=short_number(scheme.maximum), bands=list(bands(grade, scheme)),
        reasons=list(verdict_reasons(grade, scheme)), intervals=list(intervals_over_conditions(grade, marks)),
    )  # fmt: skip


def title(grade: Grade) -> str:
    """The page's title: id and name from the roster, or else the submission's id."""
    if grade.student is None:
        return grade.id
    return " ".join(filter(None, [grade.student.id, grade.student.name]))


def bands(grade: Grade, scheme: Scheme) -> Iterator[dict[str, str]]:
    """For each score of each list that counts: what it earns of all points, and what would have given the next band."""
    for rule in scheme.scores:
        for list_name in rule.lists:
            entry = grade.scores.get(list_name, {}).get(rule.name)
            weight = scheme.weight(rule, list_name)
            yield {
                "title": f"{list_name}, {rule.name}",
                "value": f"{entry.value:.3f}" if entry else "nothing was graded",
                "earned": short_number(round(weight * rule.earned(entry.value), 2)) if entry else "0",
                "maximum": short_number(round(weight * rule.points[0][1], 2)),
                "next": next_band(rule, entry, weight) if entry else "",
            }


def verdict_reasons(grade: Grade, scheme: Scheme) -> Iterator[str]:
    """A sentence on each score of each list that alone makes a graded submission borderline or fail.

    There is none where staff decided the points.
    """
    if grade.status != "graded" or grade.verdict == "pass" or not grade.is_by_scheme:
        return
    missing = []
    for rule, name, side in scheme.sides(grade.scores):
        if side != grade.verdict:
            continue
        if name in grade.scores:
            score, end = _score_in_words(grade.scores[name][rule.name]), threshold_in_digits(rule.threshold)
            where = "reaches across" if side == "borderline" else "lies below"
            yield f"{side}: {name}, {rule.name} {score} {where} {end}."
        elif name not in missing:
            missing.append(name)
            yield f"{side}: {name} is missing."


def _score_in_words(entry: ScoreEntry) -> str:
    """A score with the interval that the verdict goes by; alone where the score itself decides."""
    return with_interval(entry) if doubtful_range(entry) == entry.interval else f"{entry.value:.3f}"


def intervals_over_conditions(grade: Grade, marks: Mapping[str, Marks]) -> Iterator[str]:
    """A sentence on each list whose intervals are over conditions, since fewer of these than of images count."""
    for name, one in marks.items():
        if any(entry.method == BY_CONDITION for entry in grade.scores.get(name, {}).values()):
            conditions = len(one.conditions.unique(dim=0))
            yield (
                f"{name}: the interval is over {conditions} conditions, not over {len(one.images)} images: images of "
                "one condition may be right or wrong together."
            )


def next_band(rule: ScoreRule, entry: ScoreEntry, weight: float) -> str:
    """The next better band in words, with the number of things, or the difference of the score, that was missing.

    Args:
        rule: the bands.
        entry: the score.
        weight: of its points among all.
    """
    higher = rule.next_band(entry.value)
    if higher is None:
        return "That is the highest band."
    threshold, points = higher
    band = f"From {threshold:g} on it earns {short_number(round(weight * points, 2))}"
    if not entry.unit.startswith("fraction of "):  # a mean or a measure: the rest is no number of things
        missing = max(1, math.ceil((threshold - entry.value) * 1_000 - 1e-6)) / 1_000
        return f"{band}: a score {missing:.3f} higher would have given that."
    missing = max(1, math.ceil((threshold - entry.value) * entry.n - 1e-6))
    return f"{band}: {missing} more of {entry.n} would have given that."


def list_part(name: str, marks: Marks, dataset: DataSet, names: Sequence[str] = ()) -> dict[str, Any]:
    """Values of one list for the template: images, failures first, and a table of classes."""
    labels = image_names(marks, names)
    found = all_found(marks, dataset).tolist()
    order = sorted(range(len(found)), key=lambda index: (found[index], index))[:MAX_SHOWN]
    return {
        "name": name,
        "count": len(found),
        "right": sum(found),
        "images": [
            {
                "number": labels[index],
                "source": data_url(marks.images[index], compress_level=COMPRESSION),
                "requested": dataset.describe(marks.conditions[index]).split("\n"),
                "seen": judged_in_words(marks, index, dataset),
                "right": found[index],
            }
            for index in order
        ],
        "classes": by_class(marks, dataset),
    }
