"""The words that conditions are made of, in the order that every index refers to, and the courses' condition lists.

i-CLEVR: ``test.json`` and ``new_test.json``, in their order. Each row holds places in :data:`OBJECTS`, as
``objects.json`` numbers them. 32 rows each, 72 and 84 objects. Source: the task files of the lab for which
R4 was written (NYCU, "i-CLEVR conditional generation").

Anime faces: five images for each text, as R2 shows them in the form of the course's ``sample_testing_text.txt``.
"""

from __future__ import annotations

import numpy as np

COLOURS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
SHAPES = ("cube", "sphere", "cylinder")
OBJECTS = tuple(f"{colour} {shape}" for shape in SHAPES for colour in COLOURS)  # i-CLEVR's objects.json

HAIR = (
    "orange", "white", "aqua", "gray", "green", "red", "purple", "pink", "blue", "black", "brown", "blonde",
)  # fmt: skip
EYES = ("gray", "black", "orange", "pink", "yellow", "aqua", "purple", "green", "brown", "red", "blue")

CELEBA = ("Black_Hair", "Blond_Hair", "Brown_Hair", "Male", "Young")  # of its 40 attributes those that StarGAN changes


COURSE_LISTS: dict[str, tuple[tuple[int, ...], ...]] = {
    "test": (
        (0,), (1,), (2,), (2, 3), (4, 5), (5, 6), (7, 8), (10, 11), (11, 0), (12, 1, 17), (13, 20, 2), (14, 21, 3),
        (15, 22, 4), (16, 23, 5), (18, 0, 6), (18, 1, 7), (19,), (20,), (21,), (22, 21), (18, 19), (16, 3), (14, 16),
        (12, 11), (10, 23), (9, 22, 6), (8, 21, 2), (7, 20, 5), (6, 19, 2), (4, 18, 10), (11, 17, 12), (18, 16, 14),
    ),
    "new_test": (
        (0, 1, 8), (3, 1, 11), (2, 1, 10), (4, 7, 12), (5, 7, 13), (6, 7, 14), (9, 16, 17), (15, 16, 23),
        (11, 18, 19), (10, 22, 18), (13, 20, 21), (10, 20), (9, 1), (9, 17), (1, 17), (15, 23), (15, 7), (14, 22),
        (14, 6), (10, 18), (12, 20), (13, 21, 5), (11, 19, 3), (8, 16, 0), (10, 18, 23), (10, 2, 23), (8, 22, 16),
        (8, 22, 0), (15, 22), (13, 17), (4, 17, 5), (2, 19, 3),
    ),
}  # fmt: skip

COURSE_TEXTS: dict[str, str] = {
    "1": "blue hair blue eyes",
    "2": "blue hair green eyes",
    "3": "blue hair red eyes",
    "4": "green hair blue eyes",
    "5": "green hair red eyes",
}


def course_conditions() -> dict[str, np.ndarray]:
    """The i-CLEVR course's condition lists by name, ``test`` first: each uint8 (32, 24) multi-hot, in its order."""
    return {name: _multi_hots(rows) for name, rows in COURSE_LISTS.items()}


def _multi_hots(rows: tuple[tuple[int, ...], ...]) -> np.ndarray:
    return np.array([[number in row for number in range(len(OBJECTS))] for row in rows], dtype=np.uint8)
