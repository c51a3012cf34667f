"""Mistakes that spoil good images on their way into a submission. Each becomes a remark, which changes no points.

Over 124 lists of 72 real submissions to one i-CLEVR course, no list's colours seem exchanged, and 115 do once they are;
the other nine score too little either way. In each of the 115, eight images alone score more by .11 and more once they
are exchanged. One list never leaves the upper half of the range, and it is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from benchmark.grading.marking.marking import Marks, mark, repeat_conditions, score_logits, with_interval
from benchmark.grading.marking.remarks import Remark, RemarkKind
from benchmark.grading.marking.scheme import ScoreRule

MIDDLE = 124  # of 255: middle gray, which 0 becomes if read as -1..1, minus a margin for JPEG
DARKEST = 0.001  # share of the bytes that may be darker
SPREAD = 30  # between the darkest and the brightest byte: a generator that draws plain gray has not made this mistake
HIGH = 0.95  # upper end of an interval that cannot rise much
SAMPLE = 8  # images of a list that tell whether it is worth judging all of them with red and blue exchanged
MORE = 0.07  # that these must score with the two exchanged: more than one of the 17 objects that eight images request


def mistakes_in(name: str, marks: Marks, rule: ScoreRule, judge: Callable[[Tensor], Tensor]) -> Iterator[Remark]:
    """Remarks about one list's images.

    Args:
        name: of the list.
        marks: its images, judged.
        rule: the score that tells whether colours are exchanged.
        judge: uint8 images (N, 3, S, S) to logits (N, K).
    """
    texts = texts_of_bytes(marks.images)
    if may_be_exchanged(marks.images, marks.conditions, rule, judge):
        texts["red and blue"] = exchanged_colours(marks, rule, judge)
    yield from (Remark(kind=kind, text=f"{name}: {text}") for kind, text in texts.items() if text)


def mistakes_in_unjudged(
    name: str, images: np.ndarray, rows: Sequence[Sequence[int]], rule: ScoreRule, judge: Callable[[Tensor], Tensor]
) -> Iterator[Remark]:
    """Remarks about one list's images that are not judged yet; as few of them as possible are judged here.

    Args:
        name: of the list.
        images: uint8 (N, 3, S, S).
        rows: the conditions.
        rule: as of :func:`mistakes_in`.
        judge: as of :func:`mistakes_in`.
    """
    conditions = repeat_conditions(rows, len(images) // len(rows))
    texts = texts_of_bytes(images)
    if may_be_exchanged(images, conditions, rule, judge):
        texts["red and blue"] = exchanged_colours(mark(images, rows, judge, [rule.name]), rule, judge)
    yield from (Remark(kind=kind, text=f"{name}: {text}") for kind, text in texts.items() if text)


def may_be_exchanged(
    images: np.ndarray, conditions: Tensor, rule: ScoreRule, judge: Callable[[Tensor], Tensor]
) -> bool:
    """True if a few images, spread over the list, fit their conditions clearly better with red and blue exchanged."""
    some = np.linspace(0, len(images) - 1, min(SAMPLE, len(images))).astype(int)
    both = np.concatenate([images[some], images[some, ::-1]])
    own, other = (score_logits(part, conditions[some], [rule.name])[rule.name].value
                  for part in judge(torch.from_numpy(both)).float().cpu().chunk(2))  # fmt: skip
    return other > own + MORE


def texts_of_bytes(images: np.ndarray) -> dict[RemarkKind, str | None]:
    """Texts of the remarks that the bytes alone give, by kind; images are uint8 (N, 3, S, S)."""
    return {"black": bytes_of_0_and_1(images), "half a range": half_a_range(images)}


def bytes_of_0_and_1(images: np.ndarray) -> str | None:
    """Numbers from 0 to 1 that became bytes as they are; images are uint8 (N, 3, S, S)."""
    if images.max() > 1:
        return None
    return "every byte is 0 or 1, so the images are black; multiply numbers from 0 to 1 by 255 before they become bytes"


def half_a_range(images: np.ndarray) -> str | None:
    """Numbers from 0 to 1 that were taken for numbers from -1 to 1; images are uint8 (N, 3, S, S)."""
    darkest, brightest = np.quantile(images, DARKEST), images.max()
    if darkest < MIDDLE or int(brightest) - int(images.min()) < SPREAD:
        return None
    return (
        "nothing is darker than middle gray, as when numbers from 0 to 1 are read as -1 to 1; declare "
        "value_range 0..1 in manifest.json, or look at how the images were saved"
    )


def exchanged_colours(marks: Marks, rule: ScoreRule, judge: Callable[[Tensor], Tensor]) -> str | None:
    """Red and blue exchanged, as by OpenCV's BGR: a score whose interval lies beyond the images' own then."""
    own = marks.scores[rule.name]
    if own.interval[1] >= HIGH:
        return None
    logits = judge(torch.from_numpy(marks.images[:, ::-1].copy())).float().cpu()
    other = score_logits(logits, marks.conditions, [rule.name])[rule.name]
    if other.interval[0] <= own.interval[1]:
        return None
    return (
        f"red and blue seem to be exchanged: {rule.name} is {with_interval(own)} as handed in and "
        f"{with_interval(other)} with the two exchanged; OpenCV's order is BGR"
    )
