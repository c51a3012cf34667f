"""Scoring and grading that are told to end (SIGTERM): nothing half-written stays, and the next command goes on."""

import json
import os
import signal

import pytest
from builders.batches import inbox
from builders.matrices import steady
from builders.runs import make_toys
from builders.trainings import train_toy
from grading.conftest import exam, scenes  # noqa: F401 - fixtures

from benchmark.commands import grade
from benchmark.commands.score import run as score
from benchmark.commands.scoring_request import ScoringRequest
from benchmark.grading.sandbox.launch import RUNNING


@pytest.fixture
def told(monkeypatch):
    """Have this process told to end when its n-th file is to take its name, as the command line takes it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    kept, names = os.replace, []

    def at(step):
        def replace(source, target):
            names.append(target)
            if len(names) == step:
                os.kill(os.getpid(), signal.SIGTERM)
            kept(source, target)

        names.clear()
        monkeypatch.setattr(os, "replace", replace)

    yield at
    signal.signal(signal.SIGTERM, before)


def contents(out):
    """Files by name; records without the time at which they were made."""
    found = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    return {
        name: steady(json.loads(path.read_text())) if path.suffix == ".json" else path.read_bytes()
        for name, path in found.items()
        if not name.startswith(("seen", "lock"))
    }


def goes_on(work, out, whole, told, steps):
    work(whole)
    for step in steps:
        told(step)
        with pytest.raises(KeyboardInterrupt):
            work(out / str(step))
        assert not list((out / str(step)).rglob("*.part"))
        assert not RUNNING
        told(None)
        work(out / str(step))
        assert contents(out / str(step)) == contents(whole)


@pytest.mark.slow
def test_scoring_that_is_told_to_end_is_done_by_the_next_command(tmp_path, monkeypatch, told):
    make_toys(monkeypatch)
    train_toy(tmp_path / "run")

    def work(out):
        score(ScoringRequest(what=tmp_path / "run", data="toy", device="cpu"), out)

    goes_on(work, tmp_path / "out", tmp_path / "whole", told, (1, 3))


@pytest.mark.slow
def test_grading_that_is_told_to_end_is_done_by_the_next_command(tmp_path, scenes, exam, told):  # noqa: F811
    paths = inbox(tmp_path, scenes, "a", "bb")

    def work(out):
        grade.grade(paths, out, exam)

    goes_on(work, tmp_path / "out", tmp_path / "whole", told, (1, 2, 4))
