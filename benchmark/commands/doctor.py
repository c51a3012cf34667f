"""``cgan-bench doctor``: what this machine has, whether submissions can be read here, and which walls shut them in."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.grading.sandbox.confine import WALLS, Limits
from benchmark.grading.sandbox.launch import walls_around
from benchmark.grading.sandbox.reading_test import reading_fault
from benchmark.scoring.backbone import engine
from benchmark.system.cache import cache_folder
from benchmark.system.machine import this_machine

PACKAGES = (
    "torch", "torchvision", "torchmetrics", "onnxruntime", "dlib-bin", "opencv-python-headless", "pillow", "scipy",
    "pandas",
)  # fmt: skip


def diagnose() -> dict[str, Any]:
    """Versions, device, cache and protections, each as one line."""
    machine, cache = this_machine(), cache_folder()
    found: dict[str, Any] = {
        "python": f"{platform.python_version()} ({sys.platform})",
        "device": f"{machine.device_name}, computes in {machine.precision}",
        "processors": os.cpu_count(),
        "cache": f"{cache}, {_free(cache) >> 30:,} GiB free",
    }
    found |= {name: _version(name) for name in PACKAGES}
    found["backbone"] = engine(machine.device.type)
    found["grading: reading"] = f"no ({fault})" if (fault := reading_fault()) else "yes"
    return found | {f"grading: {name}": state for name, state in walls().items()}


def walls() -> dict[str, str]:
    """The walls around a process that looks at a submission, tried with an empty one: yes, or no and why."""
    rows = ConditionList(name="test", rows=[[1]], stems=["0"])
    assignment = Assignment(
        task="iclevr", kind="multi_label", sizes=[1], image_size=64, lists=[rows], draws=1, seed=0
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        found = walls_around(Path(folder), assignment, Limits())
    return {name: wall_in_words(found.get(name, "it was not tried")) for name in WALLS}


def wall_in_words(why_not: str | None) -> str:
    """The line for one wall.

    Args:
        why_not: the reason why the wall does not stand; None if it does.
    """
    if why_not is None:
        return "yes"
    return f"no ({why_not}): grade on another machine if you do not trust what is handed in"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _free(folder: Path) -> int:
    """Bytes that can still be written where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
