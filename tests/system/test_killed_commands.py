"""Scoring and grading that are killed on their way: the next command ends as if nothing had happened."""

import json

import pytest
from builders import crashes
from builders.batches import inbox
from builders.matrices import steady
from builders.trainings import train_toy
from grading.conftest import exam, scenes  # noqa: F401 - fixtures

KILLS = 6


def kill_now_and_then(work, given, tmp_path, contents, *more):
    """Kill the work at several touches of a file, each time into another folder, and let it end the next time."""
    touched = crashes.touches(tmp_path / "whole", work, given, tmp_path / "whole", *more)
    whole = contents(tmp_path / "whole")
    for step in crashes.moments(KILLS, int(0.9 * touched)):  # threads make the number vary a little
        out = tmp_path / f"out{step}"
        assert crashes.dies_at(step, out, work, given, out, *more)
        half = contents(out)
        assert {name: half[name] for name in half if name in whole}.items() <= whole.items(), "no half file"
        crashes.touches(out, work, given, out, *more)
        assert contents(out) == whole
        assert not list(out.rglob("*.part"))


def records(out):
    """Records without the time at which they were made, and the files next to them; none that is half-written."""
    found = {path.relative_to(out): path for path in out.rglob("*") if path.is_file() and ".part" not in str(path)}
    return {
        name: steady(json.loads(path.read_text())) if path.suffix == ".json" else path.read_bytes()
        for name, path in found.items()
    }


def graded(out):
    """The gradebook, the grades and the pages."""
    found = {path.relative_to(out): path for path in out.rglob("*") if path.is_file() and ".part" not in str(path)}
    return {name: path.read_bytes() for name, path in found.items() if name.parts[0] not in {"seen", "lock"}}


@pytest.mark.slow
def test_scoring_that_is_killed_at_any_moment_is_done_by_the_next_command(tmp_path):
    train_toy(tmp_path / "run")
    kill_now_and_then(crashes.score_run, tmp_path / "run", tmp_path, records)


@pytest.mark.slow
def test_grading_that_is_killed_at_any_moment_is_done_by_the_next_command(tmp_path, scenes, exam):  # noqa: F811
    paths = inbox(tmp_path, scenes, "a", "bb")
    (tmp_path / "inbox" / "link").symlink_to("/etc")
    kill_now_and_then(crashes.grade_all, paths, tmp_path, graded, exam)
