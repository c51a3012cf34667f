"""Batches of submissions, their grading schemes, and the grades read back."""

from __future__ import annotations

import json

import numpy as np

from builders.data import png
from builders.submissions import encoded

SCHEME = """
name = "short"
task = "iclevr"
draws = 2
[[scores]]
name = "topk_accuracy"
lists = { exam = 1.0 }
points = [[0.8, 100], [0.4, 60]]
"""

COUNT = 12


def hand_in(folder, images):
    (folder / "exam").mkdir(parents=True)
    for number, image in enumerate(images):
        (folder / "exam" / f"{number}.png").write_bytes(encoded(image))


def grades(out):
    return {entry["id"]: entry for entry in json.loads((out / "grades.json").read_text())["submissions"]}


def inbox(tmp_path, scenes, *names):
    for name in names:
        hand_in(tmp_path / "inbox" / (name or "whole"), np.roll(scenes[0], len(name), axis=0))
    return [tmp_path / "inbox"]


ONE_LIST_SCHEME = """
name = "short"
task = "iclevr"
draws = 1
[[scores]]
name = "topk_accuracy"
lists = { test = 1.0 }
points = [[0.5, 100]]
[limits]
cpu_seconds = 12
wall_seconds = 60
"""


def honest(folder):
    for number in range(32):
        (folder / "test").mkdir(exist_ok=True, parents=True)
        (folder / "test" / f"{number}.png").write_bytes(png((7 * number, 90, 60)))
