"""Rows of ``cgan-bench list``, kept from the first time on: models and evaluators need torch, their names do not."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from benchmark.errors import UsageError
from benchmark.records.provenance import digest_of_files, own_files
from benchmark.system.cache import cache_folder
from benchmark.system.files import write_text

KINDS = ("models", "tasks", "evaluators", "datasets")


def rows(kind: str) -> list[dict[str, Any]]:
    """The rows of one of ``KINDS``, read from the cache unless a file of this project has changed since."""
    path = cache_folder() / "catalogue" / f"{digest()}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):  # not there yet, or damaged: it is made again
        return json.loads(path.read_text(encoding="utf-8"))[kind]
    found = collected()
    with suppress(UsageError):  # a cache that cannot be written only costs the time again
        write_text(path, json.dumps(found))
    return found[kind]


def collected() -> dict[str, list[dict[str, Any]]]:
    """All rows by kind, from the code itself."""
    from benchmark.commands import catalogue

    return {kind: getattr(catalogue, kind)() for kind in KINDS}


def digest() -> str:
    """sha256 of all Python files of this project with their names."""
    return digest_of_files(path for path in own_files() if path.suffix == ".py")
