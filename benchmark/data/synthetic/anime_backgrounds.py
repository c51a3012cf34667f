"""Backgrounds of faces: mostly white paper, sometimes a colour, a gradient or a pattern."""

from __future__ import annotations

import numpy as np

from benchmark.data.synthetic.anime_colours import hsv
from benchmark.data.synthetic.drawing import UNITS, Colour, mix

# How often each kind occurs.
KINDS = {
    "paper": 0.4,
    "flat": 0.15,
    "gradient": 0.15,
    "stripes": 0.08,
    "dots": 0.08,
    "rays": 0.06,
    "near hair": 0.08,
}


def background(kind: str, image_size: int, place: tuple[float, float, float], hair: Colour) -> np.ndarray:
    """Paint a background.

    Args:
        kind: a key of ``KINDS``.
        image_size: pixels along each side.
        place: three numbers, 0 to 1, that choose colours, direction and phase.
        hair: the hair's plain colour, which the kind "near hair" comes close to.

    Returns:
        uint8 (image_size, image_size, 3).
    """
    first, second = _colours(kind, place, hair)
    share = _share(kind, image_size, place)[..., None]
    return mix(first, second, share).clip(0, 255).astype(np.uint8)


def _colours(kind: str, place: tuple[float, float, float], hair: Colour) -> tuple[Colour, Colour]:
    if kind == "paper":
        return hsv(0, 0, 0.97 + 0.03 * place[0]), hsv(360 * place[1], 0.05, 0.93 + 0.06 * place[2])
    if kind == "near hair":
        return mix(hair, hsv(360 * place[0], 0.3, 0.9), 0.3), mix(hair, hsv(360 * place[1], 0.3, 0.4), 0.3)
    value = 0.35 + 0.65 * place[1] ** 0.5
    return hsv(360 * place[0], 0.55 * place[2], value), hsv(360 * (place[0] + place[2] / 4), 0.25, 0.95)


def _share(kind: str, image_size: int, place: tuple[float, float, float]) -> np.ndarray:
    """Share of the second colour in each pixel: float (image_size, image_size), 0 to 1."""
    axis = (np.arange(image_size) + 0.5) * UNITS / image_size
    x, y = axis[None, :], axis[:, None]
    angle = 2 * np.pi * place[1]
    along = x * np.cos(angle) + y * np.sin(angle)
    if kind in ("paper", "gradient", "near hair"):
        return ((along - along.min()) / np.ptp(along)) * 0.9
    if kind == "stripes":
        return (np.sin(along * (0.5 + place[2]) + 6 * place[0]) > 0) * 0.6
    if kind == "dots":
        period = 9 + 8 * place[2]
        from_centre = np.hypot((x + 9 * place[0]) % period - period / 2, y % period - period / 2)
        return (from_centre < 0.32 * period) * 0.7
    if kind == "rays":
        return (np.sin(np.arctan2(y - 30, x - 32) * round(8 + 8 * place[2])) > 0) * 0.5
    return np.zeros((image_size, image_size))
