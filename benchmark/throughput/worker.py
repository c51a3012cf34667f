"""One side of a comparison, in a process of its own: ``python -P worker.py FILE FUNCTION ARGUMENTS WARM``.

This file imports nothing of the project. FUNCTION finds its imports on the path, so that this file can also time an
older commit. FUNCTION prepares the work and returns a function that runs one round, or a pair: a function to call
before each round, which is not timed, and the round. A round returns the number of units that it processed, such as
images. Its attribute ``arithmetic``, if it has one, gives the precision and the number of operations of a unit.
Requests are lines on stdin, answers are JSON lines.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

try:
    import resource
except ImportError:  # another system than Unix; peaks of memory are left out then
    resource = None

MEGABYTE = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # in the units that the system counts in


def main() -> None:
    """Prepare, then answer each line of stdin with one timed round."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is timed may print
    path, name, arguments, warm = sys.argv[1:]
    try:
        before, run = _prepared(Path(path), name, json.loads(arguments))
        if warm == "warm":
            before()
            run()
    except (ImportError, NotImplementedError) as error:  # this side does not exist here
        _send(answers, {"skipped": f"{type(error).__name__}: {error}".splitlines()[0]})
        return
    code = getattr(sys.modules.get("benchmark"), "__file__", None)
    _send(answers, {"ready": code, "arithmetic": getattr(run, "arithmetic", None)})
    for _ in sys.stdin:
        before()
        _send(answers, _timed(run))


def _prepared(path: Path, name: str, arguments: dict[str, Any]) -> tuple[Callable[[], object], Callable[[], int]]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    made = getattr(module, name)(**arguments)
    return made if isinstance(made, tuple) else ((lambda: None), made)


def _timed(run: Callable[[], int]) -> dict[str, float]:
    _wait_for_device()
    started = time.perf_counter()
    units = run()
    _wait_for_device()
    return {"seconds": time.perf_counter() - started, "units": units} | _peaks()


def _wait_for_device() -> None:
    """Wait until the GPU, if one is used, has finished its work."""
    if (torch := _torch_with_gpu()) is not None:
        torch.cuda.synchronize()


def _torch_with_gpu():  # noqa: ANN202
    """The module torch, if it is loaded and has used a GPU; else None."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and torch.cuda.is_initialized() else None


def _peaks() -> dict[str, float]:
    found = {}
    if resource is not None:  # of this process or the largest of its children, as commands run in those
        found["peak_mb"] = max(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / MEGABYTE)
    if (torch := _torch_with_gpu()) is not None:
        found["device_peak_mb"] = torch.cuda.max_memory_allocated() / 1e6
    return found


def _own_peak() -> float:
    """Peak memory of this process in MB; on Linux from its status file, since ``ru_maxrss`` has the parent's peak."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / MEGABYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


def _send(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
