"""Which pictures are held out: fixed by a hash of the file name, never by order or by chance."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable

import numpy as np

HELD_OUT = 0.15  # share of the pictures, in expectation
SCENE = re.compile(r"(CLEVR_\w+_\d+)_\d+")


def split_key(name: str) -> str:
    """The part of a file name that decides: no folder, no extension, and of an i-CLEVR picture its scene.

    The three pictures of an i-CLEVR scene share objects and places, so they stay on one side.
    """
    stem = posixpath.splitext(posixpath.basename(name))[0]
    scene = SCENE.fullmatch(stem)
    return scene[1] if scene else stem


def held_out(names: Iterable[str]) -> np.ndarray:
    """Bool (N,): True where the first 64 bits of sha256(key), as a fraction, are in the last 15 %."""
    bits = [int.from_bytes(hashlib.sha256(split_key(name).encode()).digest()[:8]) for name in names]
    return np.array([b / 2**64 >= 1 - HELD_OUT for b in bits], dtype=bool)
