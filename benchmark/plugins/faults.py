"""Faults of a plug-in's own code, said in one line wherever that code is called."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError, lacks_memory

OURS = ("benchmark", "evaluators", "reference_models")  # a fault of these is a traceback
LONGEST = 300  # letters of what was raised


def is_ours(found: Any) -> bool:  # noqa: ANN401
    """True for a class or a function of this project, bundled or made by it."""
    return str(getattr(found, "__module__", "")).partition(".")[0] in OURS


@contextmanager
def faults_of(what: str, found: Any, passing: tuple[type[BaseException], ...] = ()) -> Iterator[None]:  # noqa: ANN401
    """Within, whatever a plug-in raises is a UsageError that says which plug-in, where and what.

    Args:
        what: is done, such as ``"evaluator my_scores:Mine, compute"``.
        found: the class or function; one of this project raises as it does.
        passing: exceptions that mean something to the caller.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        if is_ours(found) or isinstance(error, (UsageError, *passing)) or lacks_memory(error):
            raise
        said = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST]
        raise UsageError(f"{what} fails{_where(error, found)}: {said}; fix the plug-in") from error


def _where(error: BaseException, found: Callable[..., Any]) -> str:
    """The last line of the plug-in's file that the error passed; "" if there is none."""
    try:
        file = inspect.getfile(found)
    except TypeError:  # a callable object
        return ""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" at line {lines[-1]} of {Path(file).name}" if lines else ""
