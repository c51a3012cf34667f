"""Finding things by name, with a helpful answer when the name is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TypeVar

from benchmark.errors import UsageError

T = TypeVar("T")


def find(kind: str, name: str, bundled: Mapping[str, T], *, listed: str = "Bundled") -> T:
    """Return ``bundled[name]``; ``listed`` says in the message what the names that there are belong to.

    Raises:
        UsageError: nothing has that name; the message offers the nearest and lists all.
    """
    if name in bundled:
        return bundled[name]
    close = difflib.get_close_matches(name, bundled, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise UsageError(f"no {kind} is called {name!r}{hint} {listed}: {', '.join(sorted(bundled)) or 'none'}")
