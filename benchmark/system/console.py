"""Messages for people; stdout is kept for results."""

from __future__ import annotations

import sys
from functools import cache


def say(message: str) -> None:
    """One line on stderr."""
    print(message, file=sys.stderr, flush=True)


@cache
def terminal():  # noqa: ANN201
    """The one rich console of stderr, so that a bar within a bar finds the outer one."""
    from rich.console import Console

    return Console(stderr=True)
