"""Where everything lies that can be made again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """``$CGAN_BENCH_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("CGAN_BENCH_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("cgan-bench"))
