"""Commands that are killed at a chosen touch of a file, without any chance to clean up.

What is on the disk changes only where a file or a folder is touched, so these are all the moments that differ; chosen
by number instead of by the clock, they are the same on a busy machine and on a calm one.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
import sys

NAMES = frozenset({"os.rename"})  # a file takes its name
TOUCHES = NAMES | {"open", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link"}
PRELOADED = [  # what a fork would otherwise import anew; torch._dynamo comes with the first optimizer
    "torch._dynamo", "builders.trainings", "builders.crashes", "builders.runs", "benchmark.commands.score",
    "benchmark.commands.grade", "benchmark.commands.pack", "benchmark.leaderboard.output_files",
    "benchmark.data.loading",
]  # fmt: skip


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
    """Work to its end; how often it touched files below ``out``."""
    count = multiprocessing.get_context("forkserver").Value("i")
    process = forked(_work, None, TOUCHES, out, count, work, arguments)
    process.join(300)
    assert process.exitcode == 0
    return count.value


def dies_at(step, out, work, *arguments, events=TOUCHES):
    """Work that kills itself before its ``step``-th touch of a file below ``out``; True if it came so far."""
    count = multiprocessing.get_context("forkserver").Value("i")
    process = forked(_work, step, events, out, count, work, arguments)
    process.join(300)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def moments(count, touched):
    """Some touches, spread over all of them, the first and the last ones among them."""
    return sorted({1, touched, *random.Random(0).sample(range(1, touched + 1), count)})


def _work(step, events, out, count, work, arguments):
    numbers = itertools.count(1)

    def heed(event, given):
        if event in events and any(str(path).startswith(str(out)) for path in given[:2]):
            count.value = next(numbers)
            if count.value == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heed)
    work(*arguments)


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


def score_run(run, out):
    import pytest

    from benchmark.commands.score import run as score
    from benchmark.commands.scoring_request import ScoringRequest
    from builders.runs import make_toys

    make_toys(pytest.MonkeyPatch())
    score(ScoringRequest(what=run, data="toy", device="cpu"), out)


def grade_all(paths, out, request):
    from benchmark.commands.grade import grade

    grade(paths, out, request)
