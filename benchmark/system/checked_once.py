"""Checks of large files that need not be repeated while a file is the same: once per start of the system."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.system.cache import cache_folder
from benchmark.system.files import sha256_text, write_json

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def check_once(path: Path, digest: str, check: Callable[[], None]) -> None:
    """Run a check, unless the same file has passed it since the system started and has not changed since.

    Args:
        path: the file.
        digest: what it is to hold.
        check: raises if it does not hold that.
    """
    now = _state_of(path, digest)
    note = cache_folder() / "checked" / f"{sha256_text(str(path.resolve()))[:32]}.json"
    if now["boot"] and _read(note) == now:
        return
    check()
    with suppress(UsageError):  # a cache that others may only read: each process checks for itself
        write_json(note, now)


def _state_of(path: Path, digest: str) -> dict[str, object]:
    """The file's attributes, without its content, and the id of this start of the system; empty where there is none."""
    stat = path.stat()
    boot = BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else ""
    times = {"changed": stat.st_mtime_ns, "touched": stat.st_ctime_ns}
    return {"boot": boot, "file": stat.st_ino, "bytes": stat.st_size, "digest": digest} | times


def _read(note: Path) -> object:
    """A note of a check; None if there is none or it is damaged, so that the check is made again."""
    try:
        return json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
