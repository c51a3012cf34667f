"""The errors that a person can fix; the command line prints them as one line and exits with 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class UsageError(ValueError):
    """Wrong use or input. The message says what was given, what is allowed and what to do."""


class JudgeError(UsageError):
    """A judge did not prove itself, so what it would say is worth nothing; exits with 3."""


@contextmanager
def complaints() -> Iterator[None]:
    """Within, a ValueError of ``evaluators``, which knows nothing of this file, is a UsageError."""
    try:
        yield
    except ValueError as error:
        raise UsageError(str(error)) from error


def check_seed(seed: int) -> None:
    """Raise UsageError unless every random generator in use takes the seed."""
    if not 0 <= seed < 2**63:
        raise UsageError(f"--seed is {seed}; give 0 or more, below 2**63")
