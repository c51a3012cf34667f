"""Rows of ``cgan-bench list``, kept from the first time on: models and evaluators need torch, their names do not."""

from __future__ import annotations

from typing import Any

from benchmark.records.provenance import digest_of_files, own_files
from benchmark.system.cache import cache_folder
from benchmark.system.files import kept_json

KINDS = ("models", "tasks", "evaluators", "datasets")


def rows(kind: str) -> list[dict[str, Any]]:
    """The rows of one of ``KINDS``, read from the cache unless a file of this project has changed since."""
    path = cache_folder() / "catalogue" / f"{digest()}.json"
    return kept_json(path, rows_from_code, lambda found: isinstance(found, dict) and kind in found)[kind]


def rows_from_code() -> dict[str, list[dict[str, Any]]]:
    """All rows by kind, from the code itself."""
    from benchmark.commands import catalogue

    return {kind: getattr(catalogue, kind)() for kind in KINDS}


def digest() -> str:
    """sha256 of all Python files of this project with their names."""
    return digest_of_files(path for path in own_files() if path.suffix == ".py")
