"""Batches of submissions, their grading schemes, and the grades read back."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image, ImageFilter

from benchmark.grading.request import GradingRequest
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


def exam_in(folder, scenes):
    """A request of exactly what the scenes show, with its files and an empty inbox in a folder."""
    (folder / "exam.json").write_text(json.dumps(scenes[1]))
    (folder / "hidden.json").write_text(json.dumps(scenes[1][:4]))
    (folder / "scheme.toml").write_text(SCHEME)
    (folder / "inbox").mkdir()
    return GradingRequest(task="iclevr", scheme=folder / "scheme.toml", conditions=(folder / "exam.json",))


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
cpu_seconds = 8
wall_seconds = 600
"""


def honest(folder, count=32):
    for number in range(count):
        (folder / "test").mkdir(exist_ok=True, parents=True)
        (folder / "test" / f"{number}.png").write_bytes(png((7 * number, 90, 60)))


PEOPLE = (
    "Anna Lovelace_40711",
    "boole-george",
    "curie_marie",
    "dirac.paul",
    "emmy-noether",
)  # ids that nothing else has
ROSTER = """id,name
40711,Anna Lovelace
boole-george,"<b>George</b> =1+1"
hopper-grace,Grace Hopper
"""


def blurred(images):
    """Images as of a generator that has learned a little."""
    smooth = [Image.fromarray(image.transpose(1, 2, 0)).filter(ImageFilter.GaussianBlur(3)) for image in images]
    return np.stack([np.asarray(image).transpose(2, 0, 1) for image in smooth])


def course(folder, scenes, *, shown=False):
    """A course of five: one who is right, two who share images, one who is wrong and one whose archive is none.

    Half of the two's images are noise; ``shown`` makes them blurred scenes and all names plain, for people to look at.
    """
    images, requested = scenes
    rng = np.random.default_rng(0)
    bad = blurred(np.roll(images, 1, axis=0)) if shown else rng.integers(0, 256, images.shape, dtype=np.uint8)
    shared = np.concatenate([images[:6], bad[:6]])
    handed_in = dict(zip(PEOPLE, (images, shared, np.concatenate([bad[6:], shared[:6]])), strict=False))
    for name, drawn in (handed_in | {"dirac.paul": np.roll(images[:, :, ::-1], 5, axis=0)}).items():
        hand_in(folder / "inbox" / name, drawn)
    (folder / "inbox" / "emmy-noether.zip").write_bytes(b"PK")
    (folder / "exam.json").write_text(json.dumps(requested))
    (folder / "scheme.toml").write_text(SCHEME)
    (folder / "students.csv").write_text(ROSTER.replace('"<b>George</b> =1+1"', "George Boole") if shown else ROSTER)
    return GradingRequest(
        task="iclevr", scheme=folder / "scheme.toml", conditions=(folder / "exam.json",), roster=folder / "students.csv"
    )
