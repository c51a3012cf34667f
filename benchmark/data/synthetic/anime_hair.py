"""An anime face's hair: what falls behind the head, the fringe, side locks, shine and ornaments.

Coordinates are 64ths of the image from the point between the eyes, before the head is scaled and tilted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmark.data.synthetic.anime_colours import Tones
from benchmark.data.synthetic.drawing import Canvas, Colour, Points, arc, bows, ellipse, mirrored, points, smooth

FRINGES = ("straight", "swept", "parted", "spike", "blunt", "high")
BACKS = ("short", "bob", "long", "wavy", "twin tails", "side tail")


@dataclass(frozen=True, kw_only=True)
class HairStyle:
    """A haircut."""

    fringe: str  # of FRINGES
    back: str  # of BACKS
    side: float  # -1 or 1: where the parting or the tail is
    clumps: int  # of the fringe
    volume: float  # 1 lies close to the skull
    locks: float  # how far down the locks next to the face reach; 0 for none
    ahoge: bool  # whether one strand stands up
    shine: float  # 0 to 1
    accessory: str  # none, band, bow or pin
    wobble: tuple[float, ...]  # 64 numbers, -1 to 1, that make strands uneven


def draw_back(canvas: Canvas, style: HairStyle, hair: Tones) -> None:
    """The hair that the head and shoulders will be painted over."""
    for side in (-1, 1):
        if style.back == "twin tails" or (style.back == "side tail" and side == style.side):
            _tail(canvas, hair, side)
    outline = smooth(mirrored(_back_half(style))) * (style.volume, 1)
    canvas.grade(outline, (hair.base, hair.shadow, hair.shadow), outline=hair.ink)
    for k in range(6):
        x = 13 + 1.6 * k
        path = smooth(points((x * 0.9, -6), (x, 8), (x + 2 * style.wobble[k], 30)))
        reach = len(path) if style.back in ("long", "wavy") else len(path) // 2
        canvas.line(path[:reach] * (1 if k % 2 else -1, 1), hair.ink if k % 3 else hair.base, 0.5)


def _tail(canvas: Canvas, hair: Tones, side: int) -> None:
    """A bunch of hair that hangs from the temple: left (-1) or right (1)."""
    outer = points((14, -13), (25, -15), (31, -2), (29, 18), (31, 34))
    inner = points((23, 28), (21, 10), (17, -2))
    tail = smooth(np.concatenate([outer, inner]), closed=True) * (side, 1)
    canvas.grade(tail, (hair.light, hair.base, hair.base), outline=hair.ink)
    canvas.line(smooth(points((20, -10), (26, 0), (25, 16), (27, 28))) * (side, 1), hair.shadow, 0.8)


def _back_half(style: HairStyle) -> Points:
    """The right half of the hair behind the head, from the crown down."""
    crown = arc(0, -4, 20, 21.5, -90, 0, 8)
    w = style.wobble
    if style.back == "bob":
        ends = points((21.5, 4), (21 + w[0], 12), (16, 19 + 2 * w[1]), (12, 15), (9, 17))
    elif style.back == "long":
        ends = points((21, 6), (22 + 2 * w[0], 20), (24 + 3 * w[1], 40), (18, 46), (8, 40))
    elif style.back == "wavy":
        ends = points((23 + w[0], 4), (21, 11), (25 + w[1], 18), (22.5, 26), (27 + w[2], 34), (22, 44), (8, 40))
    else:
        ends = points((19.5, 3), (19.5 + w[0], 9 + w[1]), (16, 7), (14, 13 + 2 * w[2]), (11, 9), (8, 12))
    return np.concatenate([crown, ends])


@dataclass(frozen=True)
class Fringe:
    """The hair over the forehead."""

    outline: Points  # the skull's arc above, clumps with tips below
    notches: Points  # where neighbouring clumps part, (clumps + 1, 2), from right to left
    tips: Points  # where they end, (clumps, 2)


def fringe(style: HairStyle, turn: float) -> Fringe:
    """Lay the fringe of a haircut; ``turn`` of the head is -1 to 1."""
    edge = np.linspace(18.5, -18.5, style.clumps + 1)
    notch, tip, lean = _fringe_shape(style, edge)
    wobble = np.array(style.wobble[16 : 16 + style.clumps])
    middle = (edge[:-1] + edge[1:]) / 2 + lean + wobble
    notches = np.column_stack([edge + 2 * turn, notch])
    tips = np.column_stack([middle + 2 * turn, tip + 1.3 * wobble])
    down, up = _clump_side(notches[:-1], tips), _clump_side(notches[1:], tips)[:, ::-1]
    clumps = np.concatenate([down, up], axis=1).reshape(-1, 2)
    skull = arc(0, -4, 19.8, 21.2, 180, 360, 20) * (style.volume, 1)
    outline = np.concatenate([skull, points((18.8, 3)), clumps, points((-18.8, 3))])
    return Fringe(outline, notches, tips)


def _clump_side(notches: Points, tips: Points) -> np.ndarray:
    """Curves (N, 9, 2) from notches to tips that sag."""
    return bows(notches, (notches + tips) / 2 + (0, 1) * np.abs(tips - notches)[:, 1:] * 0.35, tips)


def _fringe_shape(style: HairStyle, edge: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heights of the notches between clumps and of the tips, and how far the tips lean aside."""
    middle = (edge[:-1] + edge[1:]) / 2
    droop = 0.02 * edge**2, 0.02 * middle**2
    if style.fringe == "blunt":
        return -7.5 + 0 * edge, -5.6 + droop[1] / 2, 0 * middle
    if style.fringe == "high":
        return -14 + droop[0], -11 + droop[1] * 1.5, 2.5 * style.side + 0 * middle
    if style.fringe == "spike":
        spike = 9 * np.exp(-((middle / 4) ** 2))
        return -12 + 1.5 * droop[0], -7.5 + 1.5 * droop[1] + spike, 1.5 * style.side + 0 * middle
    part = {"swept": 8.0 * style.side, "parted": 1.5 * style.side}.get(style.fringe)
    if part is None:
        return -11 + droop[0], -5.5 + droop[1], 0.8 * style.side + 0 * middle
    far = np.abs(edge - part), np.abs(middle - part)
    lean = np.sign(middle - part) * 3.0
    return -19 + np.minimum(0.95 * far[0], 13), -15 + np.minimum(0.95 * far[1], 14), lean


def draw_front(canvas: Canvas, style: HairStyle, hair: Tones, front: Fringe, ribbon: Colour) -> None:
    """The hair before the face, its strands and shine, and what is worn in it."""
    _locks(canvas, style, hair)
    inside = canvas.mask(front.outline)
    canvas.grade(front.outline, (hair.base, hair.light, hair.base, hair.base), outline=hair.ink)
    _strands(canvas, style, hair, front, inside)
    _shine(canvas, style, hair, inside)
    if style.ahoge:
        _ahoge(canvas, hair, 5 * style.side)
    _accessory(canvas, style, ribbon)


def _ahoge(canvas: Canvas, hair: Tones, sway: float) -> None:
    """The strand that stands up."""
    path = smooth(points((0, -23), (sway * 0.3, -28), (sway, -29), (sway * 1.6, -26)))
    canvas.line(path, hair.ink, 1.7)
    canvas.line(path[:-3], hair.base, 0.9)


def _locks(canvas: Canvas, style: HairStyle, hair: Tones) -> None:
    """Two locks that fall next to the face; with none, only what covers the temples."""
    reach = style.locks or 4
    for side, wobble in ((-1, style.wobble[40]), (1, style.wobble[41])):
        end = reach + 2 * wobble
        outer = points((19.6 * style.volume, -6), (20, end * 0.4), (18.6 + wobble, end * 0.8), (16.5 + wobble, end + 2))
        inner = points((15.4, end * 0.75), (14.4, end * 0.3), (14.6, -8))
        lock = np.concatenate([smooth(outer), smooth(inner)]) * (side, 1)
        canvas.grade(lock, (hair.base, hair.base, hair.shadow), outline=hair.ink)
        canvas.line(smooth(points((17.4, -4), (17.6, end * 0.4), (16.8, end * 0.8))) * (side, 1), hair.shadow, 0.7)


def _strands(canvas: Canvas, style: HairStyle, hair: Tones, front: Fringe, inside: Image.Image) -> None:
    """Soft stripes and lines that run from the fringe towards the crown."""
    crown = np.array([1.5 * style.side, -25.0])
    for stripe in _wedges(front.tips, crown, 1.1, 7):
        canvas.tint(stripe, hair.shadow, 0.75, within=inside)
    for stripe in _wedges(front.tips - (2.6, 2), crown - (1, 0), 0.6, 6):
        canvas.tint(stripe, hair.light, 0.6, within=inside)
    for line in _wedges(front.notches[1:-1], crown, 0.45, 5):
        canvas.fill(line, hair.ink)


def _wedges(roots: Points, crown: np.ndarray, width: float, reach: int) -> np.ndarray:
    """Curved strands, ``width`` wide at the root, that end in a point ``reach`` eighths of the way up."""
    paths = bows(roots, (roots * 0.55 + crown * 0.45) * (1.3, 1), crown[None])[:, :reach]
    across = np.linspace(width, 0, reach)[:, None] * (0.5, 0)
    return np.concatenate([paths - across, (paths + across)[:, ::-1]], axis=1)


def _shine(canvas: Canvas, style: HairStyle, hair: Tones, inside: Image.Image) -> None:
    """A ragged band of light around the skull."""
    x = np.linspace(-14, 14, 15)
    y = -17.5 + 0.022 * x**2 + 0.3 * np.array(style.wobble[48:63])
    ragged = np.where(np.arange(15) % 2, 1.6, 0.3)
    upper, lower = np.stack([x, y - ragged], axis=1), np.stack([x, y + ragged + 0.5], axis=1)
    canvas.tint(np.concatenate([upper, lower[::-1]]), hair.light + 25, style.shine, within=inside)


def _accessory(canvas: Canvas, style: HairStyle, ribbon: Colour) -> None:
    dark = ribbon * 0.5
    if style.accessory == "band":
        outer, inner = arc(0, -4, 19.9, 17, 200, 340), arc(0, -4, 19.9, 14.6, 340, 200)
        canvas.fill(np.concatenate([outer, inner]) * (style.volume, 1), ribbon, outline=dark)
    elif style.accessory == "bow":
        x, y = 15 * style.side, -17.0
        for wing in (-1, 1):
            loop = points((x, y), (x + 6 * wing, y - 4), (x + 6.5 * wing, y + 3))
            canvas.fill(loop, ribbon, outline=dark)
        canvas.fill(ellipse(x, y, 1.6, 1.6, 10), ribbon * 0.8, outline=dark)
    elif style.accessory == "pin":
        x = 10 * style.side
        canvas.line(points((x - 2.4, -15), (x + 2.4, -13)), ribbon, 1.4)
