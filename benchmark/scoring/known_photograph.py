"""A photograph of a face that every installation has, for the self-tests of networks for photographed faces."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

FACE = (115, 74, 431, 390)  # left, top, right, bottom
SIDE = 64


def photograph_path() -> Path:
    """The photograph: Grace Hopper by James S. Davis, in the public domain; matplotlib brings it."""
    return Path(str(importlib.resources.files("matplotlib") / "mpl-data/sample_data/grace_hopper.jpg"))


def known_face() -> Tensor:
    """The face in the photograph: uint8 (1, 3, 64, 64)."""
    with Image.open(photograph_path()) as photograph:
        face = photograph.convert("RGB").crop(FACE).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(face)).permute(2, 0, 1)[None]
