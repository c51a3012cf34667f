"""Drawn anime faces with a hair and an eye colour; image ``i`` of a seed is the same in any batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmark.data.labels import EYES, HAIR
from benchmark.data.synthetic.anime_backgrounds import KINDS as BACKGROUNDS
from benchmark.data.synthetic.anime_backgrounds import background
from benchmark.data.synthetic.anime_colours import EYE_SHADES, HAIR_SHADES, Tones, hair_tones, hsv, shade, skin_tones
from benchmark.data.synthetic.anime_eyes import draw_eyes
from benchmark.data.synthetic.anime_features import Expression, Head, draw_body, draw_face
from benchmark.data.synthetic.anime_hair import BACKS, FRINGES, HairStyle, draw_back, draw_front, fringe
from benchmark.data.synthetic.drawing import Canvas

Place = tuple[float, float, float]  # of a shade in its class's ranges, each 0 to 1


@dataclass(frozen=True, kw_only=True)
class Traits:
    """All that is drawn at random for one face; the two conditions and what a classifier must see past."""

    hair: int  # index into HAIR
    eyes: int  # index into EYES
    hair_place: Place
    eyes_place: Place
    skin: Place
    cloth: Place
    ribbon: Place
    ground: Place
    ground_kind: str
    tilt: float  # degrees, clockwise
    scale: float
    origin: tuple[float, float]  # the point between the eyes, in 64ths of the image
    head: Head
    expression: Expression
    style: HairStyle


def render(indices: Sequence[int], seed: int = 0, image_size: int = 64) -> tuple[Tensor, Tensor]:
    """Draw faces and say what their colours are.

    Args:
        indices: which faces, each at least 0; a face depends on its index and the seed only.
        seed: which endless row of faces, at least 0.
        image_size: S, pixels along each side; another size shows the same faces.

    Returns:
        uint8 (N, 3, S, S) images and uint8 (N, 2) conditions: indices into HAIR and into EYES.
    """
    images = np.empty((len(indices), image_size, image_size, 3), dtype=np.uint8)
    conditions = np.empty((len(indices), 2), dtype=np.uint8)
    for row, index in enumerate(indices):
        traits = traits_of(index, seed)
        images[row] = draw(traits, image_size)
        conditions[row] = traits.hair, traits.eyes
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(conditions)


def names(indices: Iterable[int]) -> list[str]:
    """Path of each image in the layout of course B."""
    return [f"images/{index}.jpg" for index in indices]


def traits_of(index: int, seed: int) -> Traits:
    """Draw a face's traits at random; colours evenly and independently over HAIR and EYES.

    Raises:
        ValueError: ``index`` or ``seed`` is negative; the message gives both.
    """
    if index < 0 or seed < 0:
        raise ValueError(f"index and seed must be at least 0, got index {index} and seed {seed}")
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, index], dtype=np.uint64)))
    return Traits(
        hair=int(rng.integers(len(HAIR))),
        eyes=int(rng.integers(len(EYES))),
        hair_place=_place(rng),
        eyes_place=_place(rng),
        skin=_place(rng),
        cloth=_place(rng),
        ribbon=_place(rng),
        ground=_place(rng),
        ground_kind=str(rng.choice(list(BACKGROUNDS), p=list(BACKGROUNDS.values()))),
        tilt=float(np.clip(rng.normal(0, 6), -14, 14)),
        scale=float(rng.uniform(0.98, 1.24)),
        origin=(32 + float(rng.uniform(-3, 3)), 26.5 + float(rng.uniform(-3, 3))),
        head=_head(rng),
        expression=_expression(rng),
        style=_style(rng),
    )


def draw(traits: Traits, image_size: int) -> np.ndarray:
    """Paint a face from back to front: uint8 (image_size, image_size, 3)."""
    hair = hair_tones(shade(HAIR_SHADES[HAIR[traits.hair]], traits.hair_place))
    iris = shade(EYE_SHADES[EYES[traits.eyes]], traits.eyes_place)
    skin = _skin(traits.skin)
    cloth = hsv(360 * traits.cloth[0], 0.6 * traits.cloth[1], 0.3 + 0.7 * traits.cloth[2])
    ribbon = hsv(360 * traits.ribbon[0], 0.4 + 0.5 * traits.ribbon[1], 0.6 + 0.4 * traits.ribbon[2])
    ground = background(traits.ground_kind, image_size, traits.ground, hair.base)
    canvas = Canvas(image_size, ground, traits.tilt, traits.scale, traits.origin)
    front = fringe(traits.style, traits.head.turn)
    draw_back(canvas, traits.style, hair)
    draw_body(canvas, traits.head, skin, cloth)
    draw_face(canvas, traits.head, traits.expression, skin, front.outline)
    draw_eyes(canvas, traits.head, traits.expression, iris, skin, hair)
    draw_front(canvas, traits.style, hair, front, ribbon)
    return canvas.finished()


def _place(rng: np.random.Generator) -> Place:
    first, second, third = rng.random(3).tolist()
    return first, second, third


def _skin(place: Place) -> Tones:
    """Mostly pale, sometimes tanned."""
    return skin_tones(hsv(18 + 10 * place[0], 0.06 + 0.12 * place[1] + 0.16 * place[2] ** 8, 1 - 0.16 * place[2] ** 8))


def _head(rng: np.random.Generator) -> Head:
    return Head(
        turn=float(rng.uniform(-1, 1)),
        jaw=float(rng.uniform(9, 12)),
        cheek=float(rng.uniform(14.8, 16.5)),
        chin=float(rng.uniform(18, 21)),
        collar=int(rng.integers(4)),
    )


def _expression(rng: np.random.Generator) -> Expression:
    return Expression(
        mouth=str(rng.choice(["smile", "line", "open", "small", "frown", "cat"])),
        mouth_width=float(rng.uniform(0.8, 1.3)),
        blush=float(rng.choice([0, rng.uniform(0.2, 0.6)])),
        openness=float(rng.uniform(0.7, 1.0)),
        eye_size=float(rng.uniform(0.92, 1.12)),
        slant=float(np.clip(rng.normal(0, 0.8), -1.6, 1.6)),
        gaze=float(rng.uniform(-0.7, 0.7)),
        brow_lift=float(rng.uniform(-1, 1)),
        brow_slant=float(rng.normal(0, 0.8)),
        highlight=float(rng.choice([-1, 1])),
    )


def _style(rng: np.random.Generator) -> HairStyle:
    wobble = rng.uniform(-1, 1, size=64)
    return HairStyle(
        fringe=str(rng.choice(FRINGES)),
        back=str(rng.choice(BACKS)),
        side=float(rng.choice([-1, 1])),
        clumps=int(rng.integers(4, 8)),
        volume=float(rng.uniform(0.95, 1.1)),
        locks=float(rng.choice([0, rng.uniform(9, 32)], p=[0.2, 0.8])),
        ahoge=bool(rng.random() < 0.25),
        shine=float(rng.uniform(0.25, 0.9)),
        accessory=str(rng.choice(["none", "band", "bow", "pin"], p=[0.64, 0.12, 0.12, 0.12])),
        wobble=tuple(wobble.tolist()),
    )
