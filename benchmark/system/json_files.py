"""JSON files of our own, read with a helpful answer when they are missing or damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from benchmark.errors import UsageError
from benchmark.system.atomic import write_text

Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write one JSON object, sorted and indented, whole or not at all."""
    write_text(path, json.dumps(document, indent=2, sort_keys=True) + "\n")


def read_checked(path: Path, shape: Any, remedy: str) -> dict[str, Any]:  # noqa: ANN401
    """Read one JSON object of a known shape, and return it as it stands in the file.

    Args:
        path: the file.
        shape: a TypedDict; other keys are refused.
        remedy: what a person can do about a damaged file.

    Raises:
        UsageError: the file is missing, broken or of another shape; the message ends with ``remedy``.
    """
    document = read_json(path, tuple(shape.__annotations__)[:1], remedy)
    try:
        TypeAdapter(shape).validate_json(json.dumps(document), strict=True, extra="forbid")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            raise _lacking(path, where, remedy) from error
        raise UsageError(f"{path}: {where}: {first['msg']}, got {first['input']!r:.60}; {remedy}") from error
    return document


def read_json(path: Path, needed: tuple[str, ...], remedy: str) -> dict[str, Any]:
    """Read one JSON object that has all the keys ``needed``.

    Raises:
        UsageError: the file is missing, broken or something else; the message ends with ``remedy``.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); {remedy}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a whole JSON file ({error}); {remedy}") from error
    missing = [key for key in needed if not isinstance(document, dict) or key not in document]
    if missing:
        raise _lacking(path, missing[0], remedy)
    return document


def _lacking(path: Path, key: str, remedy: str) -> UsageError:
    return UsageError(f"{path} lacks {key!r}, so it is not what it should be; {remedy}")
