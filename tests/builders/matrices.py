"""Toy matrices that workers in other processes compute, slowly enough to be killed, and programs that drive them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from builders.runs import make_toys

ROOT = Path(__file__).resolve().parents[2]
TASK = "anime-faces-unconditional"
MODELS = "mlp_gan,dcgan"
UPDATES = 12
HOLD = "hold"  # with an update, the name of a file: while it lies next to a run's folder, the run waits there
CHANGES = (
    "log_sha256",  # the log has seconds
    "created",
    "git_commit",
    "seconds",
    "other_cores",
    "sample_other_cores",
    "images_per_second",
    "train_images_per_second",
    "sample_images_per_second",
)


def run(job):
    """A run of a matrix, with toys in place of what takes long."""
    from benchmark.commands import run_job

    toys()
    return run_job.run_job(job)


def surroundings(*arguments):
    """The surroundings of a worker that has the toys."""
    from benchmark.commands import run_job

    toys()
    return run_job.worker_environment(*arguments)


def toys(patch=None):
    """Put the toys into this process, once, unless a test's own patch takes them out again."""
    import torch

    from benchmark.training import run_config, runs

    if patch is None and hasattr(runs, "with_toys"):
        return
    patch = patch or pytest.MonkeyPatch()
    patch.setattr(runs, "with_toys", True, raising=False)
    make_toys(patch, UPDATES)
    torch.set_num_threads(1)
    configure, housekeeping = run_config.configure, runs.Housekeeping.__call__

    def often_saved(*arguments):
        config = configure(*arguments)
        return replace(config, train_config=replace(config.train_config, checkpoint_every=2, log_every=2))

    def slow(self, state):
        housekeeping(self, state)
        told = self.run.folder.with_name(f"{self.run.folder.name}.updates")
        with told.open("a") as file:
            file.write(f"{os.getpid()} {state.step}\n")
        while self.run.folder.with_name(f"{HOLD}-{state.step}").exists():
            time.sleep(0.01)

    patch.setattr(run_config, "configure", often_saved)
    patch.setattr(runs.Housekeeping, "__call__", slow)


def in_folder(folder, patch):
    """Have this process and workers compute toy runs, and this one work in the folder, which is returned."""
    from benchmark.commands import matrix
    from benchmark.records import provenance

    provenance.own_digest.cache_clear()  # workers have none of the paths that other tests add to this process
    toys(patch)
    patch.setattr(matrix, "run_job", run)
    patch.setattr(matrix, "worker_environment", surroundings)
    patch.chdir(folder)
    return folder


def housekeeping_of():
    from benchmark.training import runs

    return runs.Housekeeping.__call__


def drive(out, *options, models=MODELS):
    """A program that computes the toy matrix; what it says goes to ``<out>.said``."""
    words = [str(out), json.dumps(options), models]
    code = (
        "import sys, json, builders.matrices as m; sys.exit(m.main(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]))"
    )
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    with Path(f"{out}.said").open("w") as said:
        return subprocess.Popen(
            [sys.executable, "-c", code, *words], env=os.environ | {"PYTHONPATH": path}, stdout=said, stderr=said
        )


def main(out, options, models):
    """The command line as a program of its own, with toys."""
    from benchmark.cli import main as command_line
    from benchmark.commands import matrix

    toys()
    matrix.run_job, matrix.worker_environment = run, surroundings
    words = ["benchmark", "--profile", "short", "--tasks", TASK, "--models", models, "--out", out, "--device", "cpu"]
    sys.argv[1:] = [*words, *options]
    return command_line()


def drive_grade(paths, out, exam, address, said):
    """A program that grades on a cluster, whose first worker waits as :func:`look_slowly_once` does."""
    words = ["grade", *map(str, paths), "--scheme", str(exam.scheme), "--conditions", str(exam.conditions[0])]
    words += ["--executor", "ray", "--ray-address", address, "--out", str(out)]
    code = "import sys, builders.matrices as m; sys.exit(m.main_grade(sys.argv[1:]))"
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.Popen([sys.executable, "-c", code, *words], env=environment, stdout=said, stderr=said)


def main_grade(words):
    """The command line as a program of its own, whose workers look at submissions slowly once."""
    from benchmark.cli import main as command_line
    from benchmark.grading import remote_looking

    remote_looking.look_from_worker = look_slowly_once
    return command_line(words)


def hold(out, update, model="mlp_gan"):
    """Have a model's run wait once it has come to an update, until the file that this returns is removed."""
    path = Path(out) / TASK / model / f"{HOLD}-{update}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def updates_of(out):
    """Each update that was computed, by run folder: pairs of a process and an update."""
    found = {}
    names = [Path(folder, name) for folder, _, files in os.walk(out) for name in files]  # folders may vanish meanwhile
    for path in [path for path in names if path.suffix == ".updates"]:
        lines = path.read_text().splitlines()
        found[path.parent.name] = [tuple(map(int, line.split())) for line in lines if len(line.split()) == 2]
    return found


def process_at(out, step, model="mlp_gan"):
    """The process of a model's run that has come to an update; None if there is none."""
    lines = updates_of(out).get(model, [])
    return next((process for process, update in lines if update == step), None)


def results(out):
    """Weights by run, and records without what differs from time to time."""
    weights = {path.parent.parent.name: path.read_bytes() for path in Path(out).rglob("generator.safetensors")}
    records = {path.name: steady(json.loads(path.read_text())) for path in Path(out).glob("records/*.json")}
    return weights, records


def results_of(compute, folder):
    """Results of a matrix that ``compute`` writes to the given path, below a folder with a cache of its own."""
    import pytest

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CGAN_BENCH_CACHE", str(folder / "cache"))
        in_folder(folder, patch)
        assert compute(folder / "out")["failed"] == {}
    return results(folder / "out")


def steady(document):
    if not isinstance(document, dict):
        return document
    return {key: steady(value) for key, value in document.items() if key not in CHANGES}


def look_slowly_once(job):
    """Look at a submission as ever, but the first process that does so waits to be killed."""
    from benchmark.grading.remote_looking import look_from_worker

    mark = Path(job.submission.path).parent.with_name("looking")
    if job.submission.id == "bb" and not mark.exists():
        mark.write_text(str(os.getpid()))
        time.sleep(120)
    return look_from_worker(job)


def short_answer(job):
    """The answer of a worker of which a byte was lost on the way."""
    from benchmark.grading.remote_looking import look_from_worker

    raw = look_from_worker(job)
    return replace(raw, content=raw.content[:-1]) if job.submission.id == "bb" else raw
