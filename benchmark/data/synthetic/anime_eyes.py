"""An anime face's eyes: white, iris with pupil and highlights, lid, lashes and brow.

An eye is drawn as the right one, in 64ths of the image from its own middle, and mirrored for the left.
"""

from __future__ import annotations

import numpy as np

from benchmark.data.synthetic.anime_colours import INK, WHITE, Tones
from benchmark.data.synthetic.anime_features import EYE_DISTANCE, TURN, Expression, Head
from benchmark.data.synthetic.drawing import Canvas, Colour, Points, ellipse, mix, points, smooth


def draw_eyes(canvas: Canvas, head: Head, expression: Expression, iris: Colour, skin: Tones, hair: Tones) -> None:
    """Both eyes and brows; the eye on the far side of a turned head is narrower."""
    for side in (-1, 1):
        narrow = 1 - 0.16 * max(0.0, head.turn * side)
        place = np.array([side * EYE_DISTANCE * (1 - 0.04 * head.turn * side) + head.turn * TURN, 0])
        size = expression.eye_size * np.array([side * narrow, 1.0])
        _eye(canvas, expression, iris, skin, place, size)
        _brow(canvas, expression, hair, place, size)


def _eye(
    canvas: Canvas, expression: Expression, iris: Colour, skin: Tones, place: np.ndarray, size: np.ndarray
) -> None:
    """One eye, drawn for the right side and mirrored by a negative ``size[0]``; the lid hides the iris."""
    lid, below = _opening(expression)
    canvas.fill(np.concatenate([lid, below]) * size + place, mix(WHITE, skin.shadow, 0.12))
    _iris(canvas, expression, iris, place + np.array([expression.gaze, 0]), size)
    above = points((6.4, -7.5), (-6, -7.5))
    canvas.fill(np.concatenate([lid, above]) * size + place, skin.base)
    canvas.fill(_lashes(lid) * size + place, mix(INK, iris * 0.3, 0.3))
    canvas.line((below[6:-4] + points((0, 0.2))) * size + place, skin.ink, 0.45)
    crease = lid[2:-9] * (1, 0.9) + points((0, -1.9))
    canvas.line(crease * size + place, skin.ink, 0.35)


def _opening(expression: Expression) -> tuple[Points, Points]:
    """The upper edge of an eye, from the nose outwards, and the lower one back."""
    high, low, outer = -4.9 * expression.openness, 4.7, -expression.slant
    start, stop = (-5.6, 0.2 - 0.2 * outer), (6.2, 0.2 + outer)
    lid = points(start, (-3.6, high + 0.7), (0.3, high), (4.2, high + 0.9 + 0.5 * outer), stop)
    below = points((5.2, 2 + outer), (2.8, low - 0.2), (-2, low), (-5, 2.4))
    return smooth(lid), smooth(below)


def _lashes(lid: Points) -> Points:
    """A band on the lid that thickens outwards and ends in a wing."""
    thick = np.linspace(0.6, 1.5, len(lid))[:, None] * (0.1, -1.0)
    corner = lid[-1:]
    wing = np.concatenate([corner + points((0.8, -0.8)), corner + points((0, 1.4))])
    return np.concatenate([lid + points((0, 0.5)), wing, (lid + thick)[::-1]])


def _iris(canvas: Canvas, expression: Expression, iris: Colour, place: np.ndarray, size: np.ndarray) -> None:
    """Dark above and light below, a rim, a small pupil and two highlights."""
    rim = iris * 0.42
    wide, high = 3.8, 5.2
    canvas.fill(ellipse(0, 0, wide, high) * size + place, rim)
    stops = (iris * 0.4, iris * 0.72, iris, iris, mix(iris, WHITE, 0.25))
    canvas.grade(ellipse(0, 0.1, wide - 0.45, high - 0.4) * size + place, stops)
    canvas.fill(ellipse(0, -0.2, 1.2, 1.9, 14) * size + place, iris * 0.22)
    light = expression.highlight
    right = abs(size)  # the light comes from one side for both eyes
    canvas.fill(ellipse(1.6 * light, -1.9, 1.1, 1.3, 12) * right + place, WHITE)
    canvas.fill(ellipse(-1.8 * light, 2.4, 0.6, 0.6, 8) * right + place, WHITE)


def _brow(canvas: Canvas, expression: Expression, hair: Tones, place: np.ndarray, size: np.ndarray) -> None:
    y = -9.6 - expression.brow_lift
    inner, outer = y + expression.brow_slant, y + 1 - 0.7 * expression.brow_slant
    path = smooth(points((-4.2, inner), (0.8, y - 0.6), (5.2, outer)))
    canvas.line(path * size + place, mix(hair.ink, hair.shadow, 0.35), 0.6)
