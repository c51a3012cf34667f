"""The command itself: its help, and folders that it cannot use."""

import re
from dataclasses import replace

import pytest
from filelock import FileLock

from benchmark.cli import main
from benchmark.commands import grade
from benchmark.errors import UsageError
from benchmark.grading.grader import Grader
from benchmark.grading.request import GradingRequest
from benchmark.scoring import judges
from benchmark.tasks import TASKS

GROUPS = ("Arguments", "Parameters", "Input", "Scoring", "Limits", "Output")


def test_help_names_the_argument_groups_the_options_and_says_that_out_is_required(capsys):
    assert main(["grade", "--help"]) == 0
    text = capsys.readouterr().out
    assert re.findall(r"╭─ (\w+) ", text) == list(GROUPS)
    assert re.search(r"SUBMISSIONS\s+Submissions \(folders or archives\)", text)
    by_group = dict(zip(GROUPS, re.split(r"╭─ \w+ ", text)[1:], strict=True))
    assert re.search(r"--out PATH\s+Required", by_group["Output"])
    for group, option in (("Input", "--roster"), ("Scoring", "--scheme"), ("Limits", "--jobs"), ("Output", "--csv")):
        assert option in by_group[group]


def test_a_task_of_ones_own_is_refused_before_anything_is_looked_at(monkeypatch):
    own = replace(TASKS["iclevr"], name="signs")
    monkeypatch.setattr(judges, "judged_task", lambda _: own)
    with pytest.raises(
        UsageError, match=r"signs.toml is a task of one's own; grade takes the courses' tasks: .*iclevr"
    ):
        Grader(GradingRequest(task="signs.toml"))


def test_grades_that_another_process_writes_are_left_alone(batch, capsys, tmp_path):
    folder, request = batch
    options = ["--scheme", str(request.scheme), "--conditions", str(request.conditions[0])]
    before = (folder / "out" / "grades.json").read_bytes()
    with FileLock(folder / "out" / "lock"):
        assert main(["grade", str(folder / "inbox"), *options, "--out", str(folder / "out")]) == 2
    error = capsys.readouterr().err
    assert "another process is working in" in error.splitlines()[-1]
    assert (folder / "out" / "grades.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--csv", "excel"], "excel"),
        (["--ray-address", "auto"], "--ray-address is auto, but nothing is handed to Ray; add --executor ray"),
        (["--executor", "ray", "--jobs", "3"], "--jobs is 3, but a cluster has as many at once as fit; leave it out"),
        (["--executor", "ray", "--check"], "--check looks at submissions on this machine; leave out --executor ray"),
        (["--gradescope-bundle", "b.zip"], "--gradescope-bundle only writes an autograder; leave out submissions"),
        (["--roster", "none.csv"], "none.csv cannot be read"),
        (["--roster", "twice.csv"], "the id '1' stands in lines 2 and 3"),
    ],
)
def test_wrong_choices_are_one_line_and_write_nothing(batch, capsys, tmp_path, monkeypatch, options, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "twice.csv").write_text("id,name\n1,a\n1,b\n")
    assert main(["grade", str(batch[0] / "inbox"), "--out", "out", *options]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


class NoCluster:
    """A cluster that nobody answers at."""

    def __enter__(self):
        raise UsageError("no cluster is at 127.0.0.1:1")

    def __exit__(self, *_):
        raise AssertionError("it was never opened")


def test_a_cluster_that_is_not_there_leaves_nothing_behind(batch, capsys, tmp_path, monkeypatch):
    folder, request = batch
    monkeypatch.setattr(grade, "executor_of", lambda _: NoCluster())
    options = ["--scheme", str(request.scheme), "--conditions", str(request.conditions[0])]
    ray = ["--executor", "ray", "--ray-address", "127.0.0.1:1"]
    assert main(["grade", str(folder / "inbox"), *options, *ray, "--out", str(tmp_path / "out")]) == 2
    assert "no cluster is at 127.0.0.1:1" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
