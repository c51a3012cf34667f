"""Photographs of two people that come with packages: Eileen Collins (scikit-image) and Grace Hopper (matplotlib)."""

from functools import cache

import numpy as np
import torch
from PIL import Image

PLACES = {"collins": (144, 45, 296, 197), "hopper": (115, 74, 431, 390)}  # left, top, right, bottom


@cache
def person(name, size=64):
    """The face of one of them: uint8 (3, size, size)."""
    image = _photograph(name).crop(PLACES[name]).resize((size, size), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def _photograph(name):
    if name == "collins":
        from skimage import data

        return Image.fromarray(data.astronaut())
    from benchmark.scoring.detectors import photograph_path

    return Image.open(photograph_path()).convert("RGB")


def variants(name, count):
    """Different photographs of one person, as far as brightness and side go: uint8 (count, 3, 64, 64)."""
    face = person(name).float()
    shown = [(face.flip(2) if i % 2 else face) * (0.7 + 0.4 * i / count) for i in range(count)]
    return torch.stack(shown).clamp(0, 255).to(torch.uint8)
