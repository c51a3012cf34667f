"""Mistakes in the words of ``grade``: refused in one line, before libraries are loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.cli import grading, main
from benchmark.cli.grading_checks import check_early

WRONG = {
    "a path": (["nowhere"], "nowhere does not exist; give a submission, or a folder of submissions"),
    "no jobs": (["in", "--jobs", "0"], "--jobs is 0; give 1 or more"),
    "a task": (["in", "--task", "iclever"], "no task is called 'iclever'; did you mean 'iclevr'?"),
    "a roster": (["in", "--roster", "none.csv"], "none.csv cannot be read (No such file or directory)"),
    "a scheme": (["in", "--scheme", "none.toml"], "--scheme none.toml does not exist; give a file that does"),
    "grades": (["graded", "--check"], "graded holds grades that 'grade' wrote; give the submissions themselves"),
    "a second list": (
        ["in", "--conditions", "a.json", "b.json"],
        "b.json is no submission; if it lists conditions, give --conditions b.json, too",
    ),
    "a bundle": (["--gradescope-bundle", "a.zip", "--hidden", "no"], "--hidden no does not exist"),
    "nothing to mark": (["--regrade", "none", "--scheme", "s.toml"], "none does not exist; give a folder that 'grade'"),
    "nothing to compare": (["--diff", "in", "none"], "none does not exist; give a folder that 'grade' wrote"),
}
REFUSES = """
import sys
sys.modules["torch"] = None  # whoever imports it now fails
from benchmark.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("[]")
    (tmp_path / "graded" / "seen").mkdir(parents=True)
    (tmp_path / "graded" / "grades.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_before_libraries_are_loaded(words, message, place):
    out = [] if {"--check", "--gradescope-bundle", "--diff"} & set(words) else ["--out", "out"]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", REFUSES, "grade", *words, *out],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    lines = [line for line in done.stderr.splitlines() if line != grading.LOADING]
    assert lines[0].startswith(f"cgan-bench: {message}")
    assert (done.returncode, len(lines)) == (2, 1)


def test_a_system_that_cannot_grade_is_said_at_the_start(place, monkeypatch, capsys):
    monkeypatch.delattr(os, "O_NOFOLLOW")
    monkeypatch.setattr("platform.system", lambda: "Windows")
    assert main(["grade", "in", "--out", "out"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "cgan-bench: Windows cannot grade; grade on Linux or macOS, or on Windows in WSL"
    )


def test_what_can_be_used_is_not_refused(place):
    request = grading._request("iclevr", grading.Input(), grading.Scoring(), grading.Work(jobs=1), grading.Output())
    check_early([place / "in", place / "b.json"], request)  # a note next to homework, as by a shell's in/*


@pytest.mark.parametrize(
    "words",
    [["in", "--out", "out"], ["--diff", "in", "graded"], ["--regrade", "graded", "--scheme", "in", "--out", "out"]],
)
def test_the_block_in_which_libraries_are_loaded_says_so(words, place, monkeypatch):
    class LoadingError(Exception):
        pass

    def raised(message):
        raise LoadingError(message)

    monkeypatch.setattr(grading, "say_if_slow", raised)
    with pytest.raises(LoadingError, match="loading libraries"):
        main(["grade", *words])
