"""Other systems: without modules that only Unix has, everything works but the walls, and that is said."""

import json
import os
import sys

import numpy as np
import pytest
from builders.batches import grades, hand_in
from other_system import HIDDEN
from users import run_as

from benchmark.grading.sandbox.confine import OF_LINUX

USER = "root" if os.geteuid() == 0 else "ordinary"
MISSING = "this Python has no module 'resource'"


def run(function, folder, *arguments):
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return run_as(USER, "other_system", function, str(folder), *arguments, timeout=600)


def test_every_file_can_be_imported(tmp_path):
    assert run("imports_everything", tmp_path / "hidden") == []


def test_a_folder_is_locked_for_one_at_a_time(tmp_path):
    reported, held = run("locks", tmp_path / "hidden")
    assert "another process is working in" in reported
    assert held


def test_the_peak_of_memory_is_left_out(tmp_path):
    row = run("measures", tmp_path / "hidden")
    assert (row.keys(), row["units"]) == ({"seconds", "units"}, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="the other walls are Linux's")
def test_the_doctor_says_that_there_are_no_limits_and_the_other_walls_stand(tmp_path):
    code, out, _ = run("command", tmp_path / "hidden", "doctor", "--json")
    found = json.loads(out)
    assert code == 0
    for name in ("limits", "few_threads"):
        assert found[f"grading: {name}"].startswith(f"no ({MISSING})")
    assert {found[f"grading: {name}"] for name in OF_LINUX if name != "few_threads"} == {"yes"}


@pytest.mark.skipif(sys.platform != "linux", reason="the other walls are Linux's")
def test_submissions_are_graded_and_the_grader_says_what_is_missing(tmp_path, exam, scenes):
    hand_in(tmp_path / "inbox" / "right", scenes[0])
    hand_in(tmp_path / "inbox" / "wrong", np.roll(scenes[0], 5, axis=0))
    command = ["grade", str(tmp_path / "inbox"), "--scheme", str(exam.scheme), "--conditions", str(exam.conditions[0])]
    code, _, err = run("command", tmp_path / "hidden", *command, "--out", str(tmp_path / "out"), "--json")
    assert code == 0, err
    assert {name: entry["points"] for name, entry in grades(tmp_path / "out").items()} == {"right": 100, "wrong": 0}
    assert "not every submission was shut in by few_threads, limits; 'cgan-bench doctor' says why" in err
    book = json.loads((tmp_path / "out" / "grades.json").read_text())
    assert [name for name, stood in book["protections"].items() if not stood] == ["few_threads", "limits"]


def test_a_model_is_trained(tmp_path):
    command = ["train", "--model", "mlp_gan:widths=[8,8]", "--task", "anime-faces-unconditional"]
    command += ["--data", "synthetic:200", "--budget", "3"]
    code, _, err = run("command", tmp_path / "hidden", *command, "--out", str(tmp_path / "run"))
    assert code == 0, err
    assert json.loads((tmp_path / "run" / "outcome.json").read_text())["status"] == "finished"


def test_the_modules_are_hidden(tmp_path):
    """Else the tests above would show nothing."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    assert run_as(USER, "other_system", "hides", str(folder)) == list(HIDDEN)
