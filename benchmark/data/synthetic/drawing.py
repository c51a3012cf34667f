"""Drawing with Pillow in one's own coordinates: filled, graded, outlined shapes, drawn large and shrunk."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw

SUPERSAMPLE = 3  # drawn so many times larger than requested, then averaged: smooth edges
UNITS = 64  # an image is 64 units wide and high, whatever its size in pixels

Colour = np.ndarray  # float (3,), red, green and blue, 0 to 255
Box = tuple[int, int, int, int]  # left, top, right and bottom, in pixels drawn
Points = np.ndarray  # float (N, 2), x to the right and y down, in units


def points(*pairs: tuple[float, float]) -> Points:
    return np.array(pairs, dtype=np.float64)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """``first`` at share 0, ``second`` at share 1."""
    return first + (second - first) * share


def ellipse(x: float, y: float, rx: float, ry: float, corners: int = 24) -> Points:
    return _circle(corners) * (rx, ry) + (x, y)


@lru_cache
def arc(x: float, y: float, rx: float, ry: float, start: float, stop: float, corners: int = 16) -> Points:
    """Points on an ellipse, from one angle to another in degrees: 0 to the right, 90 down."""
    angle = np.radians(np.linspace(start, stop, corners))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def smooth(corners: Points, *, closed: bool = False) -> Points:
    """A Catmull-Rom curve through the corners, eight steps from each to the next."""
    return _smoothing(len(corners), closed) @ corners


def bows(start: Points, bulge: Points, stop: Points) -> np.ndarray:
    """Quadratic Bezier curves from each start to its stop, drawn towards its bulge: (N, 9, 2)."""
    first, second, third = _bezier()
    return first * start[:, None] + second * bulge[:, None] + third * stop[:, None]


def mirrored(half: Points) -> Points:
    """A closed left-right symmetric outline from its right half, given from top to bottom."""
    return np.concatenate([half, half[::-1] * (-1, 1)])


@lru_cache
def _circle(corners: int) -> np.ndarray:
    angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@lru_cache
def _smoothing(count: int, closed: bool) -> np.ndarray:
    """Weight of each of ``count`` corners in each point of the smooth curve."""
    eye = np.eye(count)
    ends = (eye[-1:], eye[:2]) if closed else (eye[:1], eye[-1:])
    padded = np.concatenate([ends[0], eye, ends[1]])
    windows = np.stack([padded[k : len(padded) - 3 + k] for k in range(4)])
    t = np.linspace(0, 1, 9)
    weights = [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]
    return np.einsum("kt,knc->ntc", np.stack(weights) / 2, windows).reshape(-1, count)


@lru_cache
def _bezier() -> np.ndarray:
    t = np.linspace(0, 1, 9)[:, None]
    return np.stack([(1 - t) ** 2, 2 * t * (1 - t), t**2])


class Canvas:
    """A square image to draw on, turned, scaled and shifted as a whole.

    Args:
        image_size: pixels along each side of the finished image.
        ground: uint8 (image_size, image_size, 3), what is there before anything is drawn.
        tilt: degrees clockwise.
        scale: units of the image for one unit of the drawing.
        origin: where the drawing's (0, 0) lies in the image, in units.
    """

    def __init__(
        self, image_size: int, ground: np.ndarray, tilt: float, scale: float, origin: tuple[float, float]
    ) -> None:
        self.side = image_size * SUPERSAMPLE
        self.image = Image.fromarray(ground).resize((self.side, self.side), Image.Resampling.NEAREST)
        self.pen = ImageDraw.Draw(self.image)
        self.unit = self.side / UNITS * scale  # pixels drawn for one unit
        cos, sin = math.cos(math.radians(tilt)) * self.unit, math.sin(math.radians(tilt)) * self.unit
        self.turn = np.array([[cos, sin], [-sin, cos]])
        self.shift = np.array(origin) * self.side / UNITS

    def fill(self, shape: Points, colour: Colour, *, outline: Colour | None = None, width: float = 0.5) -> None:
        """Fill a shape with one colour, then draw its outline, ``width`` units wide."""
        corners = self._pixels(shape)
        self.pen.polygon(corners, fill=_rgb(colour))
        if outline is not None:
            self._line(corners + corners[:4], outline, width)

    def grade(self, shape: Points, stops: Iterable[Colour], *, outline: Colour | None = None) -> None:
        """Fill a shape with colours that run evenly from its top to its bottom."""
        corners = self._pixels(shape)
        box = self._box(corners)
        if box is not None:
            size = box[2] - box[0], box[3] - box[1]
            self.image.paste(_ramp(stops, size[1]).resize(size), box, _mask(corners, box))
        if outline is not None:
            self._line(corners + corners[:4], outline, 0.5)

    def tint(self, shape: Points, colour: Colour, strength: float, *, within: Image.Image | None = None) -> None:
        """Mix a colour into a shape, or into the part of it that lies in a ``mask``; strength 0 to 1."""
        corners = self._pixels(shape)
        box = self._box(corners)
        if box is None:
            return
        mask = _mask(corners, box, round(255 * strength))
        if within is not None:
            mask = ImageChops.darker(mask, within.crop(box))
        self.image.paste(_rgb(colour), box, mask)

    def mask(self, shape: Points) -> Image.Image:
        """A shape as something that ``tint`` can stay within."""
        return _mask(self._pixels(shape), (0, 0, self.side, self.side))

    def line(self, path: Points, colour: Colour, width: float) -> None:
        """Draw an open path, ``width`` units wide."""
        self._line(self._pixels(path), colour, width)

    def finished(self) -> np.ndarray:
        """The image, uint8 (image_size, image_size, 3)."""
        return np.asarray(self.image.reduce(SUPERSAMPLE))

    def _pixels(self, shape: Points) -> list[float]:
        return (shape @ self.turn + self.shift).ravel().tolist()

    def _line(self, corners: list[float], colour: Colour, width: float) -> None:
        self.pen.line(corners, fill=_rgb(colour), width=max(1, round(width * self.unit)))

    def _box(self, corners: list[float]) -> Box | None:
        """Left, top, right and bottom of what can be seen of a shape; None if nothing can."""
        xs, ys = corners[::2], corners[1::2]
        left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
        right, bottom = min(self.side, math.ceil(max(xs)) + 1), min(self.side, math.ceil(max(ys)) + 1)
        return (left, top, right, bottom) if left < right and top < bottom else None


def _mask(corners: list[float], box: Box, strength: int = 255) -> Image.Image:
    """A polygon as the box sees it."""
    mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
    moved = np.array(corners).reshape(-1, 2) - box[:2]
    ImageDraw.Draw(mask).polygon(moved.ravel().tolist(), fill=strength)
    return mask


def _rgb(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = colour.tolist()
    return min(255, max(0, round(red))), min(255, max(0, round(green))), min(255, max(0, round(blue)))


def _ramp(stops: Iterable[Colour], height: int) -> Image.Image:
    """One column of pixels that runs through the stops."""
    column = Image.fromarray(np.stack(list(stops)).clip(0, 255).astype(np.uint8)[:, None])
    ends = (0, 0.5, 1, column.height - 0.5)  # the middles of the first and the last stop
    return column.resize((1, height), Image.Resampling.BILINEAR, box=ends)
