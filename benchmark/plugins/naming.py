"""Names of classes and functions that a program hands over instead of their names."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.plugins.faults import is_ours


def name_of(kind: str, given: Any) -> str:  # noqa: ANN401
    """The name that finds something again in another process.

    Args:
        kind: ``"task"``, ``"model"``, ``"evaluator"`` or ``"generator"``, for messages.
        given: a name, or the path of a task file, which stay as they are; or a class or a function of a module's file.

    Returns:
        A bundled name, or ``package.module:Object``.

    Raises:
        UsageError: it is neither, or no other process could import it.
    """
    if isinstance(given, str | Path):
        return str(given)
    if not (inspect.isclass(given) or inspect.isfunction(given)):
        raise UsageError(f"{kind} is of type {type(given).__name__}; give a name, or package.module:Object")
    module, name = given.__module__, given.__qualname__
    if module == "__main__" or "<" in name:  # of a notebook, a script, or within a function
        raise UsageError(
            f"{kind} is {name} of {module}, which no other process can import; write it into the file of a module and "
            f"give package.module:{given.__name__}"
        )
    there = f"{module}:{name}"
    return getattr(given, "name", there) if is_ours(given) else there


def names_of(kind: str, given: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The names of one thing or of several; see :func:`name_of`."""
    return tuple(name_of(kind, one) for one in several(given))


def several(given: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """One thing or several, as several; a text is one thing, not its letters."""
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
