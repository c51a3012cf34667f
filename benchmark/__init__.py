"""The harness: trains, samples, scores and ranks; knows no particular model or metric.

``import benchmark as cgan`` gives ``train``, ``sample``, ``score``, ``grade``, ``compare`` and ``leaderboard``, see
:mod:`benchmark.api`. They are imported when they are first used: this file needs nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"
__all__ = ["compare", "grade", "leaderboard", "sample", "score", "train"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """A function of the API, imported now."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "leaderboard":
        return importlib.import_module("benchmark.leaderboard")  # see callable_as
    return getattr(importlib.import_module("benchmark.api"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(["__version__", *__all__])


def callable_as(package: str, name: str) -> None:
    """Let a package be called like a function of the API that has its name.

    Args:
        package: its full name.
        name: of the function.
    """

    class CallablePackage(ModuleType):
        """A package that is a function, too."""

        def __call__(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            return getattr(importlib.import_module("benchmark.api"), name)(*arguments, **options)

    sys.modules[package].__class__ = CallablePackage
