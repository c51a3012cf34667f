"""Speeds that the machine reaches at most: of large products and convolutions, and of copies."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from benchmark.system.machine import this_machine

REPEATS = 8
MEGABYTES = 256  # of one copy


def arithmetic(precision: str) -> Callable[[], int]:
    """Rounds of a large matrix product or of a large convolution without padding, whichever is faster here.

    They count billions of operations. On some processors another library computes the one than the other, and one of
    the two reaches less than half of the other's speed.
    """
    device, dtype = this_machine().device, getattr(torch, precision)
    size, images = (2_048, 64) if device.type == "cpu" else (8_192, 1_024)
    matrix = torch.randn(size, size).to(device, dtype)
    image, kernel = (
        torch.randn(shape).to(device, dtype).contiguous(memory_format=torch.channels_last)
        for shape in ((images, 256, 16, 16), (256, 256, 4, 4))
    )

    @torch.inference_mode()
    def run(operations: int, work: Callable[[], Tensor]) -> int:
        for _ in range(REPEATS):
            work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return round(REPEATS * operations / 1e9)

    product = partial(run, 2 * size**3, lambda: torch.mm(matrix, matrix))
    convolution = partial(run, 2 * images * 256 * 256 * 4**2 * 13**2, lambda: functional.conv2d(image, kernel))
    return max(product, convolution, key=lambda one: max(speed(one) for _ in range(2)))


def speed(run: Callable[[], int]) -> float:
    """Units a second of one round."""
    started = time.perf_counter()
    units = run()
    return units / (time.perf_counter() - started)


def copy() -> Callable[[], int]:
    """Rounds of copies from one place of the device's memory to another; they count MB that are read or written."""
    source = torch.zeros(MEGABYTES * 1_000_000, dtype=torch.uint8, device=this_machine().device)
    target = torch.empty_like(source)

    def run() -> int:
        for _ in range(REPEATS):
            target.copy_(source)
        return REPEATS * 2 * MEGABYTES

    return run
