"""Kept throughput: ``<folder>/<machine>/newest.json`` and ``history/``, as pytest-benchmark writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.system.files import write_text
from benchmark.system.terminal import say
from benchmark.throughput.fingerprint import folder_name
from benchmark.throughput.kept_races import rows

NEWEST, HISTORY = "newest.json", "history"
REMEDY = "delete it, or take it from the last commit"


def keep(document: Mapping[str, Any], folder: Path) -> Path:
    """Keep one run's document: as a file of the history, and its benchmarks as the machine's newest.

    Benchmarks of groups that were not run stay as they are in ``newest.json``, and so do those with a peer that could
    not be timed this time; each has its own ``commit``, ``datetime`` and ``dirty`` (code differed from the commit).

    Returns:
        Path of ``newest.json``.
    """
    place = folder / folder_name(document["machine_info"]["fingerprint"])
    stamp = {"commit": document["commit_info"]["id"], "datetime": document["datetime"]}
    stamp["dirty"] = document["commit_info"]["dirty"]
    benchmarks = [one | {"extra_info": one["extra_info"] | stamp} for one in document["benchmarks"]]
    commit = {key: document["commit_info"].get(key) for key in ("id", "time", "dirty")}
    new = {**document, "benchmarks": benchmarks, "commit_info": commit}
    day = "".join(letter for letter in document["datetime"][:19] if letter.isdigit())
    write_text(place / HISTORY / f"{day}-{stamp['commit'][:8]}.json", _text(new))
    newest = place / NEWEST
    before = {one["fullname"]: one for one in load(newest)["benchmarks"]} if newest.exists() else {}
    kept = before | {one["fullname"]: one for one in benchmarks if not _lacks_peer(one, before)}
    new["benchmarks"] = sorted(kept.values(), key=lambda one: (one["group"], one["fullname"]))
    write_text(newest, _text(new))
    return newest


def _lacks_peer(new: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> bool:
    """True if a peer that was timed before could not be timed this time; says so."""
    old = before.get(new["fullname"], {"extra_info": {"peers": {}}})["extra_info"]["peers"]
    for peer, reason in new["extra_info"]["skipped"].items():
        if peer in old:
            say(f"{new['name']} is kept as it was measured before: {peer} cannot be timed now ({reason})")
            return True
    return False


def load(path: Path) -> dict[str, Any]:
    """A kept document.

    Raises:
        UsageError: the file is no such document.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        document["machine_info"]["fingerprint"]["cpu"], document["benchmarks"][0]["extra_info"]["sides"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UsageError(f"{path} is no kept throughput ({type(error).__name__}: {error}); {REMEDY}") from error
    return document


def all_rows(folder: Path) -> list[dict[str, Any]]:
    """The newest rows of every machine, for tables and pages.

    Each row of :func:`benchmark.throughput.kept_races.rows` with ``machine`` (the fingerprint), ``folder`` (its name),
    ``commit``, ``datetime`` and ``dirty`` of its measurement; older rows lack the last, which is None then.

    Args:
        folder: such as ``results/throughput``; may be missing.
    """
    return [row for path in sorted(folder.glob(f"*/{NEWEST}")) for row in _machine_rows(path)]


def _machine_rows(path: Path) -> list[dict[str, Any]]:
    document = load(path)
    about = {"machine": document["machine_info"]["fingerprint"], "folder": path.parent.name}
    found = []
    for one in document["benchmarks"]:
        stamp = {key: one["extra_info"].get(key) for key in ("commit", "datetime", "dirty")}
        found += [about | stamp | row for row in rows({"benchmarks": [one]})]
    return found


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True) + "\n"
