"""This commit next to an older one: its checkout, and the answer."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError

CODE = ("benchmark", "evaluators", "reference_models")


def previous_commit(root: Path) -> str:
    """The commit to compare with: the last one if files differ from it, else the one before."""
    return "HEAD" if _git(root, "status", "--porcelain", "--untracked-files=no") else "HEAD~1"


@contextmanager
def checkout(commit: str, root: Path) -> Iterator[Path]:
    """A new worktree of a commit, removed afterwards, so that nothing but the commit's own files is timed.

    Raises:
        UsageError: the folder is no git checkout, or has no such commit.
    """
    full = _git(root, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "before"
        _git(root, "worktree", "prune")  # of one that was killed
        _git(root, "worktree", "add", "--detach", str(tree), full)
        try:
            yield tree
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def commit_of(root: Path) -> dict[str, Any]:
    """``id`` and ``time`` of the checked-out commit, and ``dirty``: True if code differs from it."""
    try:
        code = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *CODE)
        return {
            "id": _git(root, "rev-parse", "HEAD"),
            "time": _git(root, "show", "-s", "--format=%cI"),
            "dirty": bool(code),
        }
    except UsageError:
        return {"id": "unversioned", "time": None, "dirty": None}


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        raise UsageError(f"'git {' '.join(arguments)}' failed ({reason}); give a commit of this checkout") from error
    return done.stdout.strip()


def comparison_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per benchmark that was compared: verdict, ratio (times as fast as before), interval and noise.

    One that could not be timed at the older commit has the verdict ``skipped`` and the reason.
    """
    found = []
    for one in document["benchmarks"]:
        info = one["extra_info"]
        row = {"group": one["group"], "name": one["name"].removeprefix("test_")}
        skipped = {"verdict": "skipped", "reason": info["skipped"].get("before")}
        found.append(row | info.get("comparison", skipped))
    return found


def comparison_line(row: Mapping[str, Any]) -> str:
    """One answer in words."""
    what = f"{row['group']} {row['name']}: {row['verdict']}"
    if row["verdict"] == "skipped":
        return f"{what} ({row['reason']})"
    ends = f"{row['low']:.2f} to {row['high']:.2f}" if row["low"] and row["high"] else "too few rounds for an interval"
    return f"{what}, {row['ratio']:.2f} times as fast ({ends}; noise {row['noise']:.0%}, {row['rounds']} rounds)"
