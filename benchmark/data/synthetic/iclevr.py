"""i-CLEVR-like scenes: one to three solids of distinct classes on a grey ground, seen by CLEVR's camera.

As in i-CLEVR (El-Nouby et al. 2019, "Tell, Draw, and Repeat", https://arxiv.org/abs/1811.09845) scene k has
three images, each with one solid more. Camera, lamps and colours are those of CLEVR (Johnson et al. 2017,
https://arxiv.org/abs/1612.06890).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np
import torch
from torch import Tensor

from benchmark.data.labels import COLOURS, OBJECTS, SHAPES
from benchmark.data.synthetic.raycaster import HALF_SIZE, Lighting, Scenes, draw

STEPS = 3  # images of a scene, and solids in its last
CHUNK = 16  # images drawn at once; bounds memory, changes no byte

CAMERA = np.array([7.48113, -6.50764, 5.34367])
CAMERA_JITTER = 0.5  # world units, each way along each axis
HALF_FRAME = np.array([16 / 35, 16 / 35 * 240 / 320])  # of a 35 mm lens before a 32 mm sensor: 49 degrees wide

LAMPS = np.array([[-1.1685, 2.64602, 5.81574], [6.44671, -2.90517, 4.2584], [-4.67112, -4.0136, 3.01122]])
LAMP_JITTER = 1.0  # world units, each way along each axis
LAMP_WIDTHS = (1.0, 0.5, 0.5)  # back, key and fill are square
LAMP_POWER = ((2.17, 2.17, 2.16), (5.33, 4.97, 4.27), (1.18, 1.26, 1.58))  # neutral, warm, cool
LAMP_GRID = ((-3, -1), (-1, 3), (1, -3), (3, 1))  # eighths of the width: a turned grid of samples
AMBIENT = 0.1365  # linear light on the ground from no lamp
GAIN = 1.36  # as the images of i-CLEVR, and so are power, ambient, sheen and side loss: fitted

RGB = {
    "gray": (87, 87, 87), "red": (173, 35, 35), "blue": (42, 75, 215), "green": (29, 105, 20),
    "brown": (129, 74, 25), "purple": (129, 38, 192), "cyan": (41, 208, 208), "yellow": (255, 238, 51),
}  # fmt: skip
ALBEDO = np.array([RGB[colour] for colour in COLOURS]) / 255  # CLEVR gives these to Blender as linear
COLOUR_OF = np.array([COLOURS.index(name.split()[0]) for name in OBJECTS])
SHAPE_OF = np.array([SHAPES.index(name.split()[1]) for name in OBJECTS])

FIRST_SPREAD = 0.05  # world units from the middle, each way, of a scene's first solid
ROOM = 3.0  # world units from the middle, each way along each axis, that the others may stand
GAP = 2.4  # least distance between the middles of two, world units: more than half of each stays in sight
OUTLINE = HALF_SIZE * np.array([1.2, 1.3])  # half width and height of most solids' outlines, world units
MARGIN = 0.98  # the part of the half frame that outlines must stay in


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that is drawn at random for the three images of one scene, in world units."""

    camera: np.ndarray  # (3,)
    lamps: np.ndarray  # (3, 3)
    classes: np.ndarray  # (3,), indices into OBJECTS, distinct, in the order of appearance
    places: np.ndarray  # (3, 2), x and y
    angles: np.ndarray  # (3,), radians about the upright axis


def render(indices: Sequence[int], seed: int = 0, image_size: int = 64) -> tuple[Tensor, Tensor]:
    """Draw images and say what they show.

    Args:
        indices: which images, each at least 0; an image depends on its index and the seed only.
        seed: which endless row of scenes, at least 0.
        image_size: S, pixels along each side; another size shows the same scenes.

    Returns:
        uint8 (N, 3, S, S) images and uint8 (N, 24) multi-hot conditions in the order of OBJECTS.

    Raises:
        ValueError: an index or the seed is negative; the message gives both.
    """
    images = torch.empty((len(indices), 3, image_size, image_size), dtype=torch.uint8)
    conditions = torch.zeros((len(indices), len(OBJECTS)), dtype=torch.uint8)
    with _one_thread():
        for start in range(0, len(indices), CHUNK):
            shown = [(sample_scene(i // STEPS, seed), i % STEPS + 1) for i in indices[start : start + CHUNK]]
            images[start : start + CHUNK] = draw(_arrange(shown), _lighting(), image_size)
            for row, (scene, count) in enumerate(shown, start):
                conditions[row, scene.classes[:count]] = 1
    return images, conditions


@contextmanager
def _one_thread() -> Iterator[None]:
    """A chunk's tensors are too small to share: on a busy machine threads mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def names(indices: Iterable[int]) -> list[str]:
    """File names in i-CLEVR's manner: the scene, then which of its three images."""
    return [f"CLEVR_train_{index // STEPS:06d}_{index % STEPS}.png" for index in indices]


def sample_scene(number: int, seed: int) -> Scene:
    """Draw a scene at random; no solid leaves the frame or hides half of another.

    Raises:
        ValueError: ``number`` or ``seed`` is negative; the message gives both.
    """
    if number < 0 or seed < 0:
        raise ValueError(f"index and seed must be at least 0, got scene {number} and seed {seed}")
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, number], dtype=np.uint64)))
    camera = CAMERA + rng.uniform(-CAMERA_JITTER, CAMERA_JITTER, 3)
    return Scene(
        camera=camera,
        lamps=LAMPS + rng.uniform(-LAMP_JITTER, LAMP_JITTER, LAMPS.shape),
        classes=rng.choice(len(OBJECTS), STEPS, replace=False),
        places=_places(rng, camera),
        angles=rng.uniform(0, 2 * pi, STEPS),
    )


def _places(rng: np.random.Generator, camera: np.ndarray) -> np.ndarray:
    view = look_at_middle(camera)
    places = [rng.uniform(-FIRST_SPREAD, FIRST_SPREAD, 2)]
    while len(places) < STEPS:
        place = rng.uniform(-ROOM, ROOM, 2)
        apart = min(np.hypot(*(place - other)) for other in places) >= GAP
        if apart and _framed(place, camera, view):
            places.append(place)
    return np.stack(places)


def look_at_middle(camera: np.ndarray) -> np.ndarray:
    """The camera's frame, (3, 3): rows are half the frame to the right, half of it up, one unit forward."""
    forward = -camera / np.linalg.norm(camera)
    right = np.cross(forward, (0, 0, 1))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    return np.stack([right * HALF_FRAME[0], up * HALF_FRAME[1], forward])


def _framed(place: np.ndarray, camera: np.ndarray, view: np.ndarray) -> bool:
    """True if the outline of a solid at ``place`` lies in the frame."""
    offset = np.array([*place, HALF_SIZE]) - camera
    reach = np.abs(view[:2] @ offset) / HALF_FRAME + OUTLINE
    return bool((reach <= MARGIN * HALF_FRAME * (offset @ view[2])).all())


def _arrange(shown: list[tuple[Scene, int]]) -> Scenes:
    """Scenes, each with how many of its solids to show, as the ray caster takes them."""
    scenes = [scene for scene, _ in shown]
    classes = np.stack([scene.classes for scene in scenes])
    absent = np.arange(STEPS) >= np.array([count for _, count in shown])[:, None]
    places = np.stack([scene.places for scene in scenes])
    return Scenes(
        camera=_floats([scene.camera for scene in scenes]),
        view=_floats([look_at_middle(scene.camera) for scene in scenes]),
        lamps=_floats([scene.lamps for scene in scenes]),
        shape=torch.from_numpy(np.where(absent, -1, SHAPE_OF[classes])),
        centre=_floats(np.concatenate([places, np.full((*places.shape[:2], 1), HALF_SIZE)], axis=2)),
        turn=_floats([[(cos(angle), sin(angle)) for angle in scene.angles] for scene in scenes]),
        albedo=_floats(ALBEDO[COLOUR_OF[classes]]),
    )


def _floats(values: object) -> Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def _lighting() -> Lighting:
    axes = -LAMPS / np.linalg.norm(LAMPS, axis=1, keepdims=True)
    return Lighting(
        power=_floats(LAMP_POWER),
        axis=_floats(axes),
        corners=_floats([_face(axis, width) for axis, width in zip(axes, LAMP_WIDTHS, strict=True)]),
        ambient=AMBIENT,
        gain=GAIN,
    )


def _face(axis: np.ndarray, width: float) -> np.ndarray:
    """Offsets, (J, 3), from a lamp's middle to the samples on its face."""
    across = np.cross(axis, (0, 0, 1))
    across /= np.linalg.norm(across)
    return np.array(LAMP_GRID) / 8 * width @ np.stack([across, np.cross(across, axis)])
