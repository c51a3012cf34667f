"""The errors that a person can fix; the command line prints them as one line and exits with 2."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError  # the command line starts without it

SHOWN = 60  # letters of a wrong value
BRIEF = reprlib.Repr()  # bounded in depth, too: the value may come from anybody
BRIEF.maxlevel, BRIEF.maxstring, BRIEF.maxother = 2, SHOWN, SHOWN


class UsageError(ValueError):
    """Wrong use or input. The message says what was given, what is allowed and what to do."""


class BusyError(UsageError):
    """Another process is working on the same thing now."""


class JudgeError(UsageError):
    """A judge did not prove itself, so what it would say is worth nothing; exits with 3."""


@contextmanager
def complaints() -> Iterator[None]:
    """Within, a ValueError of ``evaluators``, which knows nothing of this file, is a UsageError."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from error


def first_complaint(error: ValidationError, place: str | None = None) -> str:
    """The first thing that pydantic found wrong, in one line: field, what was given, what is allowed.

    The line is bounded and printable, whatever the file held.

    Args:
        error: with one thing or more.
        place: the field in words; None: the keys and indices that lead to it.
    """
    first = error.errors(include_url=False)[0]
    parts = [str(part) for part in first["loc"] if part != "[key]"]  # which stands behind the key itself
    where = repr(".".join(parts) if place is None else place)[1:-1][: 2 * SHOWN]
    message = " ".join(first["msg"].removeprefix("Value error, ").split())
    if first["type"] == "missing":
        message = "this field is missing"
    elif first["type"] != "value_error":  # whose own text says what was given
        given = BRIEF.repr(first["input"])
        given = given if len(given) <= SHOWN else f"{given[: SHOWN - 3]}..."
        message = f"got {given}; {message[0].lower()}{message[1:]}"
    return f"{where}: {message}" if where else message


def check_seed(seed: int) -> None:
    """Raise UsageError unless every random generator in use takes the seed."""
    if not 0 <= seed < 2**63:
        raise UsageError(f"--seed is {seed}; give 0 or more, below 2**63")


def check_ending(option: str, path: Path, ending: str, *, any_case: bool = False) -> None:
    """Raise UsageError unless the file that an option names ends as its format demands."""
    if (path.suffix.lower() if any_case else path.suffix) != ending:
        raise UsageError(f"{option} is {path}; give a file name ending in {ending}")


def lacks_memory(error: BaseException) -> bool:
    """True for an allocator's failure, of Python, numpy or torch (which this file does not import)."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or any(words in str(error) for words in ("DefaultCPUAllocator", "CUDA out of memory"))
    )
