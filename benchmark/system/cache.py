"""The cache folder: everything in it can be made again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "CGAN_BENCH_CACHE"


def cache_folder() -> Path:
    """``$CGAN_BENCH_CACHE``, or the user's cache folder."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("cgan-bench"))


def other_folder(path: Path) -> str:
    """The advice for a path that cannot be written: how to choose another folder."""
    if path.absolute().is_relative_to(cache_folder().absolute()):
        return f"set {VARIABLE} to a folder for the cache that can be written"
    return "choose another folder"
