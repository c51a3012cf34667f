"""The name of data that a person gives on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import overload

from benchmark.errors import UsageError


class PartialSource(str):
    """The path of a folder or zip whose label file may name more images than there are; those are left out."""

    __slots__ = ()


def is_embedded(data: str) -> bool:
    """True if a value of ``--data`` means embedded images; else it is a path."""
    return data.partition(":")[0] == "synthetic"


def located(data: str) -> str:
    """The same data, by a path that does not depend on the current folder, for programs that have another one."""
    return data if is_embedded(data) else type(data)(Path(data).absolute())  # a PartialSource stays one


@overload
def source_of(data: str, *, partial: bool) -> str: ...
@overload
def source_of(data: str | None, *, partial: bool) -> str | None: ...
def source_of(data: str | None, *, partial: bool) -> str | None:
    """The value of ``--data``, together with ``--partial``.

    Raises:
        UsageError: ``--partial`` is given without a folder or zip.
    """
    if not partial:
        return data
    if data is None or is_embedded(data):
        raise UsageError("--partial is for a folder or zip that lacks images; give one with --data, or leave it out")
    return PartialSource(data)


def sources_of(data: Sequence[str] | None, *, partial: bool) -> list[str]:
    """The values of several ``--data``, together with ``--partial``; the embedded data where there are none.

    Raises:
        UsageError: as :func:`source_of`.
    """
    return [source_of(name, partial=partial) for name in data or ["synthetic"]]
