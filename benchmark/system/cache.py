"""The cache folder: everything in it can be made again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import platformdirs

from benchmark.errors import UsageError

VARIABLE = "CGAN_BENCH_CACHE"


def cache_folder() -> Path:
    """``$CGAN_BENCH_CACHE``, or the user's cache folder.

    Raises:
        UsageError: neither is known, as for a user without a home folder.
    """
    chosen = os.environ.get(VARIABLE)
    try:
        return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("cgan-bench"))
    except RuntimeError as error:
        raise UsageError(f"this user has no home folder (HOME is not set); set {VARIABLE} to a folder") from error


def other_folder(path: Path) -> str:
    """The advice for a path that cannot be written: how to choose another folder."""
    with suppress(UsageError):  # without a cache folder nothing lies in it
        if path.absolute().is_relative_to(cache_folder().absolute()):
            return f"set {VARIABLE} to a folder for the cache that can be written"
    return "choose another folder"
