"""Commands that are killed at the moment at which a file is to take its name."""

from __future__ import annotations

import multiprocessing
import os
import signal


def dies_at(step, work, *arguments):
    """Work in a process that kills itself when its ``step``-th file is to take its name; True if it came so far."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["builders.trainings", "builders.crashes"])
    process = context.Process(target=_work, args=(step, work, arguments))
    process.start()
    process.join(120)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def _work(step, work, arguments):
    kept, names = os.replace, []

    def replace(source, target):
        names.append(target)
        if len(names) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        kept(source, target)

    os.replace = replace
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
    from benchmark.leaderboard.files import write

    write(records, out)


def copy_records(records, out):
    from benchmark.records.store import copy_record

    for path in sorted(records.glob("*.json")):
        copy_record(path, out)


def killed_after(seconds, work, *arguments):
    """Work in a process that is killed after some seconds, if it has not ended by then; True if it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["builders.trainings", "builders.crashes", "benchmark.commands.score"])
    begun = context.Event()
    process = context.Process(target=_begins, args=(begun, work, arguments))
    process.start()
    assert begun.wait(120)
    process.join(seconds)
    process.kill()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def _begins(begun, work, arguments):
    begun.set()
    work(*arguments)


def score_run(run, out):
    import pytest
    import torch

    from benchmark.commands.score import run as score
    from benchmark.commands.scoring_request import ScoringRequest
    from builders.runs import make_toys

    torch.set_num_threads(1)
    make_toys(pytest.MonkeyPatch())
    score(ScoringRequest(what=run, data="toy", device="cpu"), out)


def grade_all(paths, out, request):
    import torch

    from benchmark.commands.grade import grade

    torch.set_num_threads(1)
    grade(paths, out, request)
