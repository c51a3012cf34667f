"""Looks at a folder with stand-ins for processes that were taken over, as functions of a process of their own.

They import neither pytest nor torch, which would take longer than the look itself.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmark.grading.sandbox import forking, launch
from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.grading.sandbox.confine import Limits

HERE = str(Path(__file__).resolve().parent)
LISTS = [ConditionList(name="test", rows=[[1] + [0] * 23] * 2, stems=["0", "1"])]
ASSIGNMENT = Assignment(task="iclevr", kind="multi_label", sizes=[24], image_size=64, lists=LISTS, draws=1, seed=0)


def look(path, name):
    """The answer of a stand-in."""
    launch.EXTRA = (HERE,)
    answer = launch.look_at(Path(path), ASSIGNMENT, Limits(cpu_seconds=10, wall_seconds=300), main=f"stand_in:{name}")
    images = {key[1]: int(value.sum()) for key, value in answer.images.items()}
    return {"status": answer.status, "reason": answer.reason, "walls": answer.walls, "sums": images}


def walls_of(path, name):
    """For each wall around a stand-in None if it stands, or why it does not."""
    launch.EXTRA = (HERE,)
    found = launch.walls_around(Path(path), ASSIGNMENT, Limits(), main=f"stand_in:{name}")
    return dict(found)


def look_by_fork(paths_and_names, at_once=1):
    """The answers of stand-ins, or of the true reader where the name is empty, each by a copy of one fork server."""
    mains = [f"stand_in:{name}" if name else launch.MAIN for _, name in paths_and_names]
    launch.EXTRA, launch.FORKED = (HERE,), tuple(mains)
    limits = Limits(cpu_seconds=10, wall_seconds=300)
    paths = [Path(path) for path, _ in paths_and_names]
    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(lambda path, main: launch.look_at(path, ASSIGNMENT, limits, main=main), paths, mains))
    servers = [server.process.pid for server in forking._SERVERS.values()]
    return [as_plain(answer) for answer in answers], servers


def look_by_program(path):
    """The answer of the true reader, by a program of its own."""
    launch.FORKED = ()
    return as_plain(launch.look_at(Path(path), ASSIGNMENT, Limits(cpu_seconds=10, wall_seconds=300)))


def reading_fault():
    """The reason why processes that read submissions could not work here; empty if they can."""
    from benchmark.grading.sandbox import reading_test

    return reading_test.reading_fault()


def as_plain(answer):
    """An answer with digests of its images."""
    images = {"/".join(key): hashlib.sha256(value.tobytes()).hexdigest() for key, value in answer.images.items()}
    return {"status": answer.status, "reason": answer.reason, "walls": answer.walls, "images": images}
