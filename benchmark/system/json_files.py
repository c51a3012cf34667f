"""JSON files of our own, read with a helpful answer when they are missing or damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.system.atomic import write_text


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write one JSON object, sorted and indented, whole or not at all."""
    write_text(path, json.dumps(document, indent=2, sort_keys=True) + "\n")


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
        raise UsageError(f"{path} lacks {missing[0]!r}, so it is not what it should be; {remedy}")
    return document
