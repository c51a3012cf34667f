"""Self-test of a judge: known images and the bands of its expected rates.

A library that changes how it convolves, or a judge that says the same of everything, would otherwise go on giving
numbers. The same images are shown as they are (known good), and spoiled (known bad).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import torch
from PIL import Image
from torch import Generator, Tensor

from evaluators.attribute_accuracy import attribute_hits
from evaluators.judges.judge import Judge
from evaluators.multi_label import requested_objects, topk_hits

COUNT = 64  # images
COLUMNS = 8  # of the sheet that holds them
MARGIN = 0.1  # how far a rate may lie from what was measured when the judge was made
GOOD, WITHOUT_CONTENT = "known good", ("noise", "flat", "shuffled labels")
LEAST_GAP = 0.2  # between the known good and what has no content


@dataclass(frozen=True)
class Band:
    """Band of a judge's rate on some known images."""

    measured: float  # 0 to 1, when the judge was made
    low: float
    high: float


@dataclass(frozen=True)
class SelfTest:
    """Self-test in a judge's card; its images are the PNG next to it."""

    conditions: tuple[str, ...]  # what each image shows: the numbers of its row, with spaces between
    images_sha256: str  # of the PNG
    bands: dict[str, Band]
    sheet: str | None = None  # file name of another judge's PNG; None: the weights' own name, ending in .png


def make_self_test(judge: Judge, images: Tensor, conditions: Tensor) -> SelfTest:
    """The self-test of a judge, by what it answers now to images that show their conditions."""
    rates = known_rates(judge, images, conditions)
    bands = {name: Band(rate, max(0.0, rate - MARGIN), min(1.0, rate + MARGIN)) for name, rate in rates.items()}
    rows = tuple(" ".join(map(str, row)) for row in conditions.tolist())
    return SelfTest(rows, hashlib.sha256(sheet_bytes(images)).hexdigest(), bands)


def known_images(images: Tensor, conditions: Tensor) -> tuple[Tensor, Tensor]:
    """The images of a self-test: the last ones of those given."""
    return images[-COUNT:], conditions[-COUNT:]


def known_inputs(images: Tensor, conditions: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    """The inputs of the self-test, by name.

    Args:
        images: uint8 (N, 3, S, S) that show their conditions.
        conditions: (N, C), not all equal.

    Returns:
        ``known good``, and spoiled in four ways: ``upside down``, ``noise``, ``flat`` (each image's mean colour) and
        ``shuffled labels`` (each image has the conditions of another, see :func:`_others`).
    """
    noise = torch.randint(256, images.shape, generator=Generator().manual_seed(0), dtype=torch.uint8)
    flat = images.float().mean(dim=(2, 3), keepdim=True).round().to(torch.uint8).expand_as(images)
    return {
        GOOD: (images, conditions),
        "upside down": (images.flip(2), conditions),
        "noise": (noise, conditions),
        "flat": (flat, conditions),
        "shuffled labels": (images, conditions[_others(conditions)]),
    }


def known_rates(judge: Judge, images: Tensor, conditions: Tensor) -> dict[str, float]:
    """Share of requested objects found, or of images with every attribute right, for each of the known inputs."""
    inputs = known_inputs(images, conditions)
    different = {id(shown): shown for shown, _ in inputs.values()}  # two inputs show the same images
    logits = {key: judge(shown).cpu() for key, shown in different.items()}
    return {name: _rate(judge, logits[id(shown)], requested) for name, (shown, requested) in inputs.items()}


def fault_in(rates: dict[str, float], bands: dict[str, Band]) -> str | None:
    """Fault of a judge with these rates, in one line; None if there is none.

    Args:
        rates: as measured now.
        bands: of the judge's card; empty for a judge without one.
    """
    for name, band in bands.items():
        if name not in rates:
            raise ValueError(f"the card has a band for {name!r}; known images are {', '.join(rates)}")
        if not band.low <= rates[name] <= band.high:
            return f"{rates[name]:.3f} on {name} images, outside {band.low:.3f} to {band.high:.3f}"
    for name in WITHOUT_CONTENT:
        if rates[GOOD] - rates[name] < LEAST_GAP:
            return f"{rates[GOOD]:.3f} on known good images and {rates[name]:.3f} on {name}: it hardly tells them apart"
    return None


def sheet_bytes(images: Tensor) -> bytes:
    """uint8 (N, 3, S, S) images as one PNG, side by side, 8 in a row."""
    size, rows = images.shape[-1], -(-len(images) // COLUMNS)
    sheet = np.zeros((rows * size, COLUMNS * size, 3), dtype=np.uint8)
    for index, image in enumerate(images.permute(0, 2, 3, 1).numpy()):
        row, column = divmod(index, COLUMNS)
        sheet[row * size : (row + 1) * size, column * size : (column + 1) * size] = image
    content = BytesIO()
    Image.fromarray(sheet).save(content, format="PNG")
    return content.getvalue()


def images_of(content: bytes, count: int) -> Tensor:
    """The first ``count`` images of :func:`sheet_bytes`."""
    sheet = np.asarray(Image.open(BytesIO(content), formats=["PNG"]))
    size = sheet.shape[1] // COLUMNS
    tiles = sheet.reshape(-1, size, COLUMNS, size, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 3, size, size)
    return torch.from_numpy(tiles[:count].copy())


def _rate(judge: Judge, logits: Tensor, conditions: Tensor) -> float:
    if judge.kind == "multi_label":
        return int(topk_hits(logits, conditions).sum()) / int(requested_objects(conditions).sum())
    return attribute_hits(logits, conditions, judge.sizes).all(dim=1).double().mean().item()


def _others(conditions: Tensor) -> list[int]:
    """For each row i, the first row that differs from it, in cyclic order from row i + N // 2 on."""
    rows = conditions.tolist()
    n = len(rows)
    return [next(((i + k) % n for k in range(n // 2, n) if rows[(i + k) % n] != rows[i]), i) for i in range(n)]
