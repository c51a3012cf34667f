"""The parts of an anime face that are neither hair nor eyes: neck and clothes, head, nose and mouth.

Coordinates are 64ths of the image from the point between the eyes, before the head is scaled and tilted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.data.synthetic.anime_colours import INK, WHITE, Tones
from benchmark.data.synthetic.drawing import Canvas, Colour, Points, ellipse, mirrored, mix, points, smooth

EYE_DISTANCE = 9.2  # from the middle of the face to the middle of an eye
TURN = 2.2  # how far the features wander when the head is turned fully


@dataclass(frozen=True, kw_only=True)
class Head:
    """The bones; lengths in 64ths of the image."""

    turn: float  # -1 (to the left) to 1
    jaw: float  # half the width at the jaw
    cheek: float  # half the width at the cheeks
    chin: float  # from the eyes down to the chin
    collar: int  # 0 to 3: bare, round, shirt, sailor


@dataclass(frozen=True, kw_only=True)
class Expression:
    """Expression of a face."""

    mouth: str  # a key of MOUTHS
    mouth_width: float  # 1 is usual
    blush: float  # 0 to 1
    openness: float  # of the eyes, 1 is wide open
    eye_size: float  # 1 is usual
    slant: float  # how much higher the outer corner of an eye lies
    gaze: float  # how far the irises look aside
    brow_lift: float
    brow_slant: float  # above 0: angry
    highlight: float  # -1 or 1: the side the light comes from


def face_outline(head: Head) -> Points:
    """The face without ears, closed."""
    right = points((0, -20), (12, -17), (head.cheek, -6), (head.cheek - 0.2, 3))
    lower = points((head.cheek - 1.8, 9), (head.jaw - 1.2, head.chin - 4.6), (2.6, head.chin - 0.3))
    outline = smooth(mirrored(np.concatenate([right, lower])), closed=True)
    lean = np.clip((outline[:, 1] + 6) / 26, 0, 1) * head.turn * TURN * 0.7
    return outline + np.stack([lean, np.zeros_like(lean)], axis=1)


def draw_body(canvas: Canvas, head: Head, skin: Tones, cloth: Colour) -> None:
    """Neck, shoulders and clothes."""
    ink, dark = mix(cloth * 0.4, INK, 0.4), cloth * 0.78
    top = head.chin + 6
    shoulders = points((6, top - 1), (14, top + 3), (25, top + 7), (32, top + 16), (34, 70))
    canvas.fill(mirrored(shoulders), cloth, outline=ink)
    neckline = (top + 2, top + 5, top + 9, top + 12)[head.collar]
    canvas.fill(points((-8, top - 0.5), (8, top - 0.5), (0, neckline + 4)), skin.base, outline=ink)
    neck = points((5.2, 8), (5, head.chin), (5.6, top - 1), (8, top + 1))
    canvas.fill(mirrored(neck), skin.base)
    canvas.fill(
        points((-5.2, 8), (5.2, 8), (5.2, head.chin + 1), (1, head.chin + 4.5), (-5.2, head.chin + 2)),
        skin.shadow,
    )
    if head.collar >= 2:
        for side in (-1, 1):
            flap = points((7, top - 1.5), (11, top + 2), (6, top + 8), (0.5, neckline + 4)) * (side, 1)
            canvas.fill(flap, dark if head.collar == 3 else mix(cloth, WHITE, 0.75), outline=ink)


def draw_face(canvas: Canvas, head: Head, expression: Expression, skin: Tones, fringe: Points) -> None:
    """Ears, face with the shadow of the fringe, blush, nose and mouth."""
    for side in (-1, 1):
        ear = ellipse(side * (head.cheek + 0.4), 3.2, 2.6, 4.2)
        canvas.fill(ear, skin.base, outline=skin.ink)
        canvas.line(points((side * (head.cheek + 0.2), 1.5), (side * (head.cheek + 1.2), 4)), skin.shadow, 0.6)
    outline = face_outline(head)
    canvas.fill(outline, skin.base, outline=skin.ink, width=0.55)
    canvas.tint(fringe + points((0.5, 1.6)), skin.shadow, 0.9, within=canvas.mask(outline))
    _blush(canvas, head, expression)
    x = head.turn * TURN * 1.5
    canvas.line(points((x + 0.5 * head.turn, 8), (x + 0.9 * head.turn, 9.2)), skin.ink, 0.5)
    MOUTHS[expression.mouth](canvas, x * 0.9, (head.chin + 7.5) / 2 + 0.3, 3 * expression.mouth_width, skin)


def _blush(canvas: Canvas, head: Head, expression: Expression) -> None:
    if not expression.blush:
        return
    red = np.array([245.0, 110.0, 110.0])
    for side in (-1, 1):
        x = side * (EYE_DISTANCE + 0.6) + head.turn * TURN
        for grow in (1.0, 0.6):
            canvas.tint(ellipse(x, 7.8, 3.6 * grow, 1.9 * grow), red, expression.blush / 2)


def _smile(canvas: Canvas, x: float, y: float, width: float, skin: Tones) -> None:
    canvas.line(smooth(points((x - width, y - 0.5), (x, y + 0.8), (x + width, y - 0.5))), skin.ink, 0.55)


def _line(canvas: Canvas, x: float, y: float, width: float, skin: Tones) -> None:
    canvas.line(points((x - 0.7 * width, y), (x + 0.7 * width, y)), skin.ink, 0.55)


def _frown(canvas: Canvas, x: float, y: float, width: float, skin: Tones) -> None:
    canvas.line(smooth(points((x - 0.8 * width, y + 0.6), (x, y - 0.3), (x + 0.8 * width, y + 0.6))), skin.ink, 0.55)


def _open(canvas: Canvas, x: float, y: float, width: float, skin: Tones) -> None:
    lips = points((x - width, y - 1), (x, y - 0.7), (x + width, y - 1), (x + 0.6 * width, y + 1.8), (x, y + 2.5))
    lips = np.concatenate([lips, points((x - 0.6 * width, y + 1.8))])
    canvas.fill(smooth(lips, closed=True), np.array([176.0, 56.0, 64.0]), outline=skin.ink)
    canvas.fill(ellipse(x, y + 1.6, 0.5 * width, 0.8, 12), np.array([236.0, 132.0, 128.0]))


def _small(canvas: Canvas, x: float, y: float, width: float, skin: Tones) -> None:
    canvas.fill(ellipse(x, y, 0.35 * width, 0.8, 12), np.array([190.0, 80.0, 80.0]), outline=skin.ink, width=0.4)


def _cat(canvas: Canvas, x: float, y: float, width: float, skin: Tones) -> None:
    wave = points((x - width, y - 0.6), (x - width / 2, y + 0.6), (x, y - 0.4))
    canvas.line(smooth(np.concatenate([wave, wave[1::-1] * (-1, 1) + (2 * x, 0)])), skin.ink, 0.55)


MOUTHS = {"smile": _smile, "line": _line, "frown": _frown, "open": _open, "small": _small, "cat": _cat}
