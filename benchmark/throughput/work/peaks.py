"""Speeds that the machine reaches at most: of products of large matrices, and of copies."""

from __future__ import annotations

from collections.abc import Callable

import torch

from benchmark.system.machine import this_machine

REPEATS = 8
MEGABYTES = 256  # of one copy


def matmul(precision: str) -> Callable[[], int]:
    """Rounds of products of square matrices; they count billions of operations (2 n^3 each)."""
    device, dtype = this_machine().device, getattr(torch, precision)
    size = 2_048 if device.type == "cpu" else 8_192
    matrix, out = torch.randn(size, size).to(device, dtype), torch.empty(size, size, device=device, dtype=dtype)

    def run() -> int:
        for _ in range(REPEATS):
            torch.mm(matrix, matrix, out=out)
        return round(REPEATS * 2 * size**3 / 1e9)

    return run


def copy() -> Callable[[], int]:
    """Rounds of copies from one place of the device's memory to another; they count MB that are read or written."""
    source = torch.zeros(MEGABYTES * 1_000_000, dtype=torch.uint8, device=this_machine().device)
    target = torch.empty_like(source)

    def run() -> int:
        for _ in range(REPEATS):
            target.copy_(source)
        return REPEATS * 2 * MEGABYTES

    return run
