"""Scoring and grading that are killed on their way: the next command ends as if nothing had happened."""

import json

import pytest
from builders import crashes
from builders.batches import inbox
from builders.matrices import steady
from builders.runs import make_toys
from builders.trainings import train_toy
from grading.conftest import exam, scenes  # noqa: F401 - fixtures

from benchmark.commands.score import run as score
from benchmark.commands.scoring_request import ScoringRequest

KILLS = 6
REAL_KILLS = 2


def assert_half_of(out, whole, contents):
    half = contents(out)
    assert {name: half[name] for name in half if name in whole}.items() <= whole.items(), "no half file"


def assert_done(out, whole, contents):
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
def test_scoring_that_is_killed_at_any_moment_is_done_by_the_next_command(tmp_path, monkeypatch, one_thread):
    make_toys(monkeypatch)
    train_toy(tmp_path / "run")

    def work(out):
        score(ScoringRequest(what=tmp_path / "run", data="toy", device="cpu"), out)

    killed = crashes.left_behind(tmp_path / "whole", work, tmp_path / "whole")
    whole = records(tmp_path / "whole")
    for step in crashes.moments(KILLS, len(killed)):
        out = killed[step - 1]
        assert_half_of(out, whole, records)
        work(out)
        assert_done(out, whole, records)


@pytest.mark.slow
def test_grading_that_is_killed_at_any_moment_is_done_by_the_next_command(tmp_path, scenes, exam):  # noqa: F811
    """Really killed: several processes and threads look at submissions at once."""
    paths = inbox(tmp_path, scenes, "a", "bb")
    (tmp_path / "inbox" / "link").symlink_to("/etc")
    touched = crashes.touches(tmp_path / "whole", crashes.grade_all, paths, tmp_path / "whole", exam)
    whole = graded(tmp_path / "whole")
    for step in crashes.moments(REAL_KILLS, int(0.9 * touched)):  # threads make the number vary a little
        out = tmp_path / f"out{step}"
        assert crashes.dies_at(step, out, crashes.grade_all, paths, out, exam)
        assert_half_of(out, whole, graded)
        crashes.grade_all(paths, out, exam)
        assert_done(out, whole, graded)
