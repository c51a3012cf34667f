"""Computing once what several evaluators ask for in turn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from torch import Tensor

P = ParamSpec("P")
R = TypeVar("R")


class Once:
    """Calls ``network``, unless it is given a very tensor that it was given lately.

    A batch must not be changed in place between two calls.

    Args:
        network: a function of one tensor.
        keep: how many batches are remembered.
    """

    def __init__(self, network: Callable[[Tensor], Tensor], keep: int = 1) -> None:
        self.network = network
        self.keep = keep
        self._known: list[tuple[Tensor, Tensor]] = []

    def __call__(self, images: Tensor) -> Tensor:
        for known, outputs in self._known:
            if known is images:
                return outputs
        self._known = [(images, self.network(images)), *self._known[: self.keep - 1]]
        return self._known[0][1]


def remember_last(function: Callable[P, R]) -> Callable[P, R]:
    """A pure function of CPU tensors and numbers that keeps its last answer, by the content of what it was given."""
    last: dict[str, R] = {}

    @wraps(function)
    def remembering(*args: P.args, **kwargs: P.kwargs) -> R:
        key = _content([*args, *sorted(kwargs.items())])
        if key not in last:
            answer = function(*args, **kwargs)
            last.clear()
            last[key] = answer
        return last[key]

    return remembering


def _content(values: list[object]) -> str:
    digest = hashlib.sha256()
    for value in values:
        if isinstance(value, Tensor):
            digest.update(f"{value.dtype} {tuple(value.shape)}".encode())
            digest.update(memoryview(value.contiguous().numpy()).cast("B"))
        else:
            digest.update(repr(value).encode())
    return digest.hexdigest()
