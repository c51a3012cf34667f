"""Processes that submissions have taken over, in one batch with honest ones, graded by root and by an ordinary user."""

import json
import re
import sys
from pathlib import Path

import pytest
from builders.batches import ONE_LIST_SCHEME, honest
from hostile import TAKEN_OVER, with_weights
from users import HERE, USERS, run_as

from benchmark.commands.grade import grade
from benchmark.grading import looking
from benchmark.grading.request import GradingRequest
from benchmark.grading.sandbox import launch
from benchmark.grading.sandbox.confine import WALLS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's"),
]
HONEST = ["images", "weights"]
CONDITIONS = [["red cube"], ["gray cube"], ["blue sphere"], ["cyan cylinder"]]
FILTER = 1 << WALLS.index("no_system_calls_outside")


def graded(folder):
    """Grade honest submissions and those that are taken over; runs in a process of its own."""
    submissions, out = Path(folder, "inbox"), Path(folder, "grades")
    for name in (*TAKEN_OVER, *HONEST):
        (submissions / name).mkdir(parents=True)
        (submissions / name / "notes.txt").write_text(name)  # what has the same content is looked at once
    honest(submissions / "images", len(CONDITIONS))
    with_weights(submissions / "weights", lambda state: None)
    launch.EXTRA = (str(HERE),)

    def look_at(path, assignment, limits):
        main = f"stand_in:{path.name}" if path.name in TAKEN_OVER else launch.MAIN
        return launch.look_at(path, assignment, limits, main=main)

    looking.look_at = look_at
    scheme, conditions = Path(folder, "scheme.toml"), Path(folder, "test.json")
    scheme.write_text(ONE_LIST_SCHEME)
    conditions.write_text(json.dumps(CONDITIONS))
    grade([submissions], out, GradingRequest(task="iclevr", scheme=scheme, conditions=(conditions,)))
    return json.loads((out / "grades.json").read_text())


@pytest.fixture(scope="module", params=USERS)
def book(request, tmp_path_factory, judges_tested):
    folder = str(tmp_path_factory.mktemp(request.param))
    return run_as(request.param, "grading.test_taken_over", "graded", folder, timeout=600, **judges_tested)


def test_the_batch_is_graded_to_its_end(book):
    assert isinstance(book, dict), f"the grader ended with {book}"
    assert {entry["id"] for entry in book["submissions"]} == {*TAKEN_OVER, *HONEST}


@pytest.mark.parametrize("name", TAKEN_OVER)
def test_a_taken_over_process_ends_with_its_own_reason(name, book):
    entry = next(entry for entry in book["submissions"] if entry["id"] == name)
    status, reason = TAKEN_OVER[name]
    assert entry["status"] == status, entry["reason"]
    assert re.search(reason, entry["reason"] or ""), entry["reason"]


@pytest.mark.parametrize("name", HONEST)
def test_the_honest_submissions_beside_them_are_graded(name, book):
    entry = next(entry for entry in book["submissions"] if entry["id"] == name)
    assert (entry["status"], entry["reason"]) == ("graded", None)
    assert entry["scores"]


def test_a_wall_that_did_not_stand_around_one_of_them_is_on_the_record(book):
    """Some of the stand-ins leave the filter out."""
    assert book["protections"] == {name: 1 << bit != FILTER for bit, name in enumerate(WALLS)}
