"""Where a number comes from: machine, versions, commit, time."""

from __future__ import annotations

import datetime
import platform
import subprocess
from pathlib import Path

import torch

from benchmark import __version__
from benchmark.machine import Machine, cpu_name, device_name
from benchmark.records import System


def system(machine: Machine) -> System:
    """What a record says about where and when it was made."""
    return System(
        device=device_name(machine.device),
        cpu=cpu_name(),
        torch=torch.__version__,
        python=platform.python_version(),
        cgan_bench=__version__,
        git_commit=git_commit(),
        created=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def git_commit() -> str | None:
    """The commit of the checkout this package runs from, with ``+changes`` if it is not clean; None outside git."""
    folder = Path(__file__).resolve().parents[1]

    def git(*arguments: str) -> str | None:
        try:
            run = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False)
        except OSError:  # no git on this machine
            return None
        return run.stdout.strip() if run.returncode == 0 else None

    if not (folder / ".git").exists() or (commit := git("rev-parse", "--short=12", "HEAD")) is None:
        return None
    return commit + ("+changes" if git("status", "--porcelain") else "")
