"""Submissions in each of the forms that the grader reads."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from benchmark.data.images import grid
from benchmark.grading.sandbox.answer import AnswerFile, read_answer
from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.grading.submission.read import examine

RNG = np.random.default_rng(0)

IMAGES = {
    name: RNG.integers(0, 256, (count, 3, 64, 64), dtype=np.uint8) for name, count in (("test", 10), ("new_test", 3))
}

ROWS = {name: [[int(i == n % 24) for i in range(24)] for n in range(len(images))] for name, images in IMAGES.items()}

ASSIGNMENT = Assignment(
    task="iclevr", kind="multi_label", sizes=[24], image_size=64, draws=2, seed=5,
    lists=[ConditionList(name=n, rows=rows, stems=[str(i) for i in range(len(rows))]) for n, rows in ROWS.items()],
)  # fmt: skip

STEMS = ["sample_1_1", "sample_1_2", "sample_2_1"]

TEXTS = Assignment(
    task="anime-faces", kind="attributes", sizes=[12, 11], image_size=64, draws=2, seed=5,
    lists=[ConditionList(name="texts", rows=[[1, 2], [1, 2], [3, 4]], stems=STEMS)],
)  # fmt: skip


def encoded(image, kind="png"):
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format=kind)
    return buffer.getvalue()


def files(pattern, first=0, lists=IMAGES):
    return {
        pattern.format(list=name, number=number + first): encoded(image)
        for name, images in lists.items()
        for number, image in enumerate(images)
    }


def sheet(images, side):
    big = torch.from_numpy(images.repeat(side // 64, axis=2).repeat(side // 64, axis=3))
    return encoded(grid(big, columns=min(8, len(big))).numpy())


def npz(arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def manifest(layout, value_range, names):
    arrays = {"files": dict.fromkeys(IMAGES, names) if isinstance(names, str) else names}
    return json.dumps({"images": arrays | {"layout": layout, "value_range": value_range}}).encode()


def square(images, padding, side=64):
    """A sheet with as many rows as columns."""
    big = torch.from_numpy(images.repeat(side // 64, axis=2).repeat(side // 64, axis=3))
    return encoded(grid(big, columns=round(len(big) ** 0.5), padding=padding).numpy())


TOGETHER = {f"images/{n:05d}.png": encoded(image) for n, image in enumerate([*IMAGES["test"], *IMAGES["new_test"]])}

HALVES = {name: images.astype(np.float32) / 127.5 - 1 for name, images in IMAGES.items()}

UNITS = {name: (images / 255).transpose(0, 2, 3, 1) for name, images in IMAGES.items()}

LASTS = {name: images.transpose(0, 2, 3, 1) for name, images in IMAGES.items()}

FORMS = {
    "folders": files("{list}/{number}.png"),
    "folders within folders": files("homework 4/images/{list}/{number}.png"),
    "numbers from one": files("{list}/{number}.png", first=1),
    "leading zeros": files("{list}/{number:03d}.png"),
    "names with the list": files("out/{list}_{number}.png"),
    "one folder for all": TOGETHER,
    "grids": {f"{name}.png": sheet(images, 64) for name, images in IMAGES.items()},
    "npz": {"images.npz": npz(IMAGES)},
    "npz, channels last": {"images.npz": npz(LASTS)},
    "npy": {f"{name}.npy": npy(images) for name, images in IMAGES.items()},
    "declared -1..1": {"a.npz": npz(HALVES), "manifest.json": manifest("NCHW", "-1..1", "a.npz")},
    "declared 0..1": {"a.npz": npz(UNITS), "manifest.json": manifest("NHWC", "0..1", "a.npz")},
    "capitals": files("{list}/{number}.png", lists={"Test": IMAGES["test"], "NEW_TEST": IMAGES["new_test"]}),
    "grids next to others": {
        **{f"my_{name}-grid.png": sheet(images, 64) for name, images in IMAGES.items()},
        "latest_results.png": encoded(IMAGES["test"][0]),
    },
    "a manifest within a folder": {
        "packed/a.npz": npz(HALVES),
        "packed/manifest.json": manifest("NCHW", "-1..1", "a.npz"),
    },
    "images next to a checkpoint": files("{list}/{number}.png") | {"last.pth": b"x"},
    "with litter": files("{list}/{number}.png")
    | {"__MACOSX/test/._0.png": b"x", ".DS_Store": b"x", "readme.txt": b"hi"},
}


def seen(path, assignment=ASSIGNMENT):
    """What a submission becomes, in this process."""
    answer_path = path.parent / f"answer of {path.name}"
    with open(answer_path, "w+b") as file:
        file.truncate(assignment.layout().size)
        answer = AnswerFile(file.fileno(), assignment.layout())
        examine(path, assignment, answer)
        answer.say("ready")
        return read_answer(file.fileno(), assignment.layout()).images


def remark_on(folder, contents):
    """What is said of a submission that is read in this process."""
    (folder / "work").mkdir()
    with open(folder / "answer", "w+b") as file:
        file.truncate(ASSIGNMENT.layout().size)
        answer = AnswerFile(file.fileno(), ASSIGNMENT.layout())
        return examine(as_folder(folder / "work", contents), ASSIGNMENT, answer)


def as_folder(folder, contents):
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(contents):
    """The bytes of a zip of files by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def as_zip(folder, contents):
    with zipfile.ZipFile(folder / "work.zip", "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return folder / "work.zip"


def prompts(stems):
    rows = [[1, 2]] * len(stems)
    return replace(TEXTS, lists=[ConditionList(name="prompts", rows=rows, stems=stems)])
