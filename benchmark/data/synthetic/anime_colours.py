"""Shades of an anime face's colours: wide within a class, with a gap to its neighbours."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from benchmark.data.synthetic.drawing import Colour, mix

Range = tuple[float, float]
WHITE = np.full(3, 255.0)
INK = np.array([38.0, 24.0, 34.0])  # the darkest line

# Hue in degrees, saturation and value 0 to 1; a shade is drawn evenly from the three ranges.
HAIR_SHADES: dict[str, tuple[Range, Range, Range]] = {
    "orange": ((19, 27), (0.72, 0.90), (0.90, 1.00)),
    "white": ((200, 280), (0.00, 0.05), (0.95, 1.00)),
    "aqua": ((178, 192), (0.35, 0.62), (0.78, 0.96)),
    "gray": ((180, 260), (0.00, 0.10), (0.50, 0.66)),
    "green": ((100, 145), (0.40, 0.68), (0.45, 0.76)),
    "red": ((352, 362), (0.72, 0.90), (0.62, 0.86)),
    "purple": ((266, 284), (0.38, 0.65), (0.48, 0.80)),
    "pink": ((332, 346), (0.30, 0.50), (0.93, 1.00)),
    "blue": ((218, 234), (0.50, 0.75), (0.58, 0.92)),
    "black": ((220, 340), (0.05, 0.35), (0.13, 0.21)),
    "brown": ((16, 28), (0.42, 0.62), (0.36, 0.53)),
    "blonde": ((43, 51), (0.35, 0.70), (0.93, 1.00)),
}
EYE_SHADES: dict[str, tuple[Range, Range, Range]] = {
    "gray": ((180, 260), (0.00, 0.08), (0.52, 0.66)),
    "black": ((220, 340), (0.00, 0.25), (0.08, 0.15)),
    "orange": ((21, 28), (0.88, 1.00), (0.95, 1.00)),
    "pink": ((322, 336), (0.42, 0.62), (0.95, 1.00)),
    "yellow": ((49, 56), (0.72, 0.95), (0.93, 1.00)),
    "aqua": ((176, 187), (0.50, 0.80), (0.85, 1.00)),
    "purple": ((266, 282), (0.50, 0.75), (0.60, 0.85)),
    "green": ((105, 140), (0.55, 0.80), (0.50, 0.80)),
    "brown": ((16, 26), (0.58, 0.78), (0.34, 0.46)),
    "red": ((353, 361), (0.82, 1.00), (0.72, 0.92)),
    "blue": ((215, 230), (0.65, 0.90), (0.70, 0.95)),
}


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Hue in degrees, the others 0 to 1."""
    return np.array(colorsys.hsv_to_rgb(hue % 360 / 360, saturation, value)) * 255


def shade(ranges: tuple[Range, Range, Range], place: tuple[float, float, float]) -> Colour:
    """The colour at a place of the ranges: each 0 (low end) to 1 (high end)."""
    return hsv(*(low + (high - low) * part for (low, high), part in zip(ranges, place, strict=True)))


@dataclass(frozen=True)
class Tones:
    """One material as it is drawn: lit, plain, in shadow and as a line."""

    light: Colour
    base: Colour
    shadow: Colour
    ink: Colour


def hair_tones(base: Colour) -> Tones:
    """Shadows go to violet, light to white, dark hair least; lines are nearly black."""
    brightness = base.max() / 255
    return Tones(
        light=mix(base, WHITE, 0.12 + 0.28 * brightness),
        base=base,
        shadow=mix(base * 0.74, np.array([70.0, 50.0, 110.0]), 0.10 * brightness),
        ink=mix(base * 0.42, INK, 0.35),
    )


def skin_tones(base: Colour) -> Tones:
    """Shadows go to red."""
    return Tones(
        light=mix(base, WHITE, 0.5),
        base=base,
        shadow=base * (0.93, 0.80, 0.77),
        ink=base * (0.60, 0.40, 0.38),
    )
