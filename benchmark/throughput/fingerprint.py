"""The fingerprint of a machine: the facts that determine its speed, and its name as a folder."""

from __future__ import annotations

import json
import os
import platform
import re
from typing import Any

from benchmark.system.files import sha256_text


def fingerprint() -> dict[str, Any]:
    """Processor, instruction sets, threads, torch's build and the GPU; results of two such are never mixed."""
    import torch

    from benchmark.system.machine import cpu_name, instruction_sets

    return {
        "cpu": cpu_name(),
        "flags": list(instruction_sets()),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torch_capability": torch.backends.cpu.get_cpu_capability(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "cuda": torch.version.cuda,
    }


def folder_name(machine: dict[str, Any]) -> str:
    """The machine's name as a folder: readable, and different for different machines."""
    words = f"{machine['gpu'] or machine['cpu']} {machine['threads']} threads"
    digest = sha256_text(json.dumps(machine, sort_keys=True))
    return f"{re.sub(r'[^a-z0-9]+', '-', words.lower()).strip('-')}-{digest[:8]}"
