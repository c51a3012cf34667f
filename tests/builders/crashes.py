"""Commands that are killed at a chosen touch of a file, without any chance to clean up.

What is on the disk changes only where a file or a folder is touched, so these are all the moments that differ; chosen
by number instead of by the clock, they are the same on a busy machine and on a calm one. What a killed process leaves
of a folder is what lies there at that moment: :func:`left_behind` copies it at every touch of one process.
:func:`dies_at` kills a real one, for work of several threads or processes.
"""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import os
import random
import shutil
import signal
import sys
from contextlib import contextmanager

NAMES = frozenset({"os.rename"})  # a file takes its name
TOUCHES = NAMES | {"open", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link"}
PRELOADED = [  # what a fork would otherwise import anew; torch._dynamo comes with the first optimizer
    "torch._dynamo", "builders.trainings", "builders.crashes", "builders.runs", "benchmark.commands.grade",
]  # fmt: skip
_heeding = None  # what is called before each touch in this process


def forked(target, *arguments):
    """A process that begins, forked from one that has imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=_on_one_thread, args=(target, *arguments))
    process.start()
    return process


def _on_one_thread(target, *arguments):
    """Torch's threads do not survive a fork: work that waits for them never ends."""
    import torch

    torch.set_num_threads(1)
    target(*arguments)


def touches(out, work, *arguments):
    """Work to its end in this process; how often it touched files below ``out``."""
    numbers = itertools.count(1)
    with _heed(lambda: next(numbers), out, TOUCHES):
        work(*arguments)
    return next(numbers) - 1


def left_behind(out, work, *arguments, events=TOUCHES):
    """Work to its end in this process; copies of ``out`` as it was before each touch that found it changed."""
    states, copies = [], []

    def copy():
        if out.exists() and (state := _state(out)) not in states[-1:]:
            states.append(state)
            copies.append(shutil.copytree(out, out.with_name(f"{out.name}-killed") / f"{len(copies):03}"))

    with _heed(copy, out, events):
        work(*arguments)
    return copies


def _state(folder):
    paths = sorted(folder.rglob("*"))
    return [(str(path), path.stat().st_ino, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]


def dies_at(step, out, work, *arguments):
    """Work that kills itself before its ``step``-th touch of a file below ``out``; True if it came so far."""
    process = forked(_die, step, out, work, arguments)
    process.join(300)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def _die(step, out, work, arguments):
    numbers = itertools.count(1)

    def die():
        if next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    with _heed(die, out, TOUCHES):
        work(*arguments)


def moments(count, touched):
    """Some touches, spread over all of them, the first and the last ones among them."""
    return sorted({1, touched, *random.Random(0).sample(range(1, touched + 1), count)})


@contextmanager
def _heed(act, out, events):
    """Call a function before each touch of a file below ``out``."""
    global _heeding

    def heed(event, given):
        global _heeding
        if event in events and any(str(path).startswith(str(out)) for path in given[:2]):
            _heeding = None  # what it touches itself does not count
            act()
            _heeding = heed

    _listen()
    _heeding = heed
    try:
        yield
    finally:
        _heeding = None


@functools.cache
def _listen():
    """An audit hook is there for good."""
    sys.addaudithook(lambda event, given: _heeding and _heeding(event, given))


def pack_run(run, out):
    from benchmark.commands.pack import pack

    pack(run, out / "mine.zip")


def pack_data(faces, out):
    from benchmark.data.datasets import DATASETS
    from benchmark.data.loading import open_data

    os.environ["CGAN_BENCH_CACHE"] = str(out)
    open_data(DATASETS["anime-faces"], str(faces))


def write_tables(records, out):
    from benchmark.leaderboard.output_files import write

    write(records, out)


def copy_records(records, out):
    from benchmark.records.store import copy_record

    for path in sorted(records.glob("*.json")):
        copy_record(path, out)


def grade_all(paths, out, request):
    from benchmark.commands.grade import grade

    grade(paths, out, request)
