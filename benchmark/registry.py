"""Things by name: those that are bundled, with a helpful answer when the name is wrong, and those of other packages."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from benchmark.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One object of another package, with its origin."""

    kind: str  # "model", "evaluator", "task", "data set" or "generator"
    name: str  # as a person gave it
    reference: str  # module:Object, whichever way it was named
    found: Any
    distribution: str | None  # the installed package that it belongs to; None: a file that no package lists
    version: str | None
    sha256: str  # of the file that defines it


def find(kind: str, name: str, bundled: Mapping[str, T], *, listed: str = "Bundled") -> T:
    """Return ``bundled[name]``; ``listed`` says in the message what the names that there are belong to.

    Raises:
        UsageError: nothing has that name; the message offers the nearest and lists all.
    """
    if name in bundled:
        return bundled[name]
    if not bundled:
        raise UsageError(f"no {kind} is called {name!r}. {listed}: none; leave {name!r} out")
    close = difflib.get_close_matches(name, bundled, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise UsageError(f"no {kind} is called {name!r}{hint} {listed}: {', '.join(sorted(bundled))}")
