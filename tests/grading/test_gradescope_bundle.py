"""An autograder for Gradescope, run in a bare folder as that service runs it."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version

import numpy as np
import pytest
from builders.batches import hand_in
from grading.test_gradescope import Results

from benchmark.cli import main
from benchmark.grading.grader import Grader
from benchmark.grading.output.gradescope_bundle import ROOT, SECONDS, requirements, write_bundle
from benchmark.grading.request import GradingRequest


@pytest.fixture(scope="module")
def autograder(tmp_path_factory, scenes):
    """A container's /autograder with the unpacked bundle, as after its setup."""
    folder = tmp_path_factory.mktemp("container") / "autograder"
    exam, scheme = folder.parent / "exam.json", folder.parent / "my scheme.toml"
    exam.write_text(json.dumps(scenes[1]))
    scheme.write_text(
        (ROOT / "benchmark/grading/marking/schemes/iclevr.toml")
        .read_text()
        .replace("test = 0.5, new_test = 0.5", "exam = 1.0")
    )
    options = ["--scheme", str(scheme), "--conditions", str(exam), "--seed", "77"]
    assert main(["grade", "--gradescope-bundle", str(folder.parent / "autograder.zip"), *options]) == 0
    with zipfile.ZipFile(folder.parent / "autograder.zip") as archive:
        archive.extractall(folder / "source")
    (folder / "run_autograder").write_bytes((folder / "source" / "run_autograder").read_bytes())
    exam.unlink()  # nothing outside of the container is needed
    scheme.unlink()
    return folder


def run(folder, submission, build):
    """One container sees one submission; the results, as Gradescope reads them."""
    (folder / "submission").mkdir()
    build(folder / "submission")
    bare = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    ended = subprocess.run([sys.executable, str(folder / "run_autograder")], env=bare, cwd="/", check=False)
    document = json.loads((folder / "results" / "results.json").read_text())
    Results.model_validate(document)
    for name in ("submission", "results"):
        (folder / name).rename(folder.parent / f"{name} {submission}")
    assert ended.returncode == 0
    return document


@pytest.mark.slow
def test_a_submission_gets_its_points_and_flags_that_only_staff_sees(autograder, scenes, capfd):
    document = run(autograder, "right", lambda place: hand_in(place, scenes[0]))
    assert document["score"] == 100
    assert document["output"] == "pass"
    assert [(case["score"], case["max_score"]) for case in document["tests"] if "score" in case] == [(100, 100)]
    wrong = run(autograder, "wrong", lambda place: hand_in(place, np.roll(scenes[0], 5, axis=0)))
    assert wrong["score"] == 0
    assert {case["visibility"] for case in wrong["tests"]} == {"visible"}  # or else nobody sees the sum of points
    flags = wrong["extra_data"]["for_staff"]
    assert any(line.startswith("flag: ignores_condition: ") for line in flags)
    assert all(line in capfd.readouterr().out for line in flags[:1])


@pytest.mark.slow
def test_one_file_that_is_no_archive_gets_its_reason(autograder):
    document = run(autograder, "one file", lambda place: (place / "work.zip").write_bytes(b"PK"))
    assert document["score"] == 0
    assert "it is no whole zip archive" in document["output"]


@pytest.mark.slow
def test_an_autograder_that_fails_says_so_and_tells_staff_why(autograder):
    options = autograder / "source" / "options.json"
    whole = options.read_text()
    options.write_text(json.dumps(["--task", "nothing"]))
    document = run(autograder, "any", lambda place: (place / "a.txt").write_text("a"))
    options.write_text(whole)
    assert "no fault of this submission" in document["output"]
    (case,) = document["tests"]
    assert case["visibility"] == "hidden"
    assert "no task is called 'nothing'" in case["output"]


def test_the_bundle_pins_every_library_and_its_scripts_may_be_run(autograder):
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    lines = (autograder / "source" / "requirements.txt").read_text().splitlines()
    assert lines == requirements()
    assert len(lines) == len(needed)
    assert f"numpy=={version('numpy')}" in lines
    assert not [line for line in lines if "+" in line]  # a build of one machine
    with zipfile.ZipFile(autograder.parent / "autograder.zip") as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert {modes["setup.sh"], modes["run_autograder"]} == {0o755}
    assert subprocess.run(["bash", "-n", str(autograder / "source" / "setup.sh")], check=False).returncode == 0


def test_the_same_choices_give_the_same_bytes_and_name_no_place_of_this_machine(autograder, tmp_path):
    for name in ("a.zip", "b.zip"):
        assert main(["grade", "--gradescope-bundle", str(tmp_path / name)]) == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    options = json.loads((autograder / "source" / "options.json").read_text())
    assert options == [
        "--task", "iclevr", "--seed", "77", "--scheme", "{source}/chosen/scheme/my scheme.toml",
        "--conditions", "{source}/chosen/conditions-0/exam.json",
    ]  # fmt: skip


@pytest.mark.parametrize(("seed", "is_said"), [(0, True), (77, False)])
def test_a_seed_that_anybody_can_know_is_said(seed, is_said, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Grader, "prepare", lambda self: None)
    write_bundle(GradingRequest(task="iclevr", seed=seed), tmp_path / "a.zip")
    assert ("latents of seed 0, which anybody can know; give --seed" in capsys.readouterr().err) == is_said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--gradescope-bundle", "a.tar"], "give a file name ending in .zip"),
        (["--gradescope-bundle", "a.zip", "--data", "synthetic:100"], "leave out --data, --roster and --dec"),
        (["--gradescope-bundle", "a.zip", "--roster", "r.csv"], "leave out --data, --roster and --dec"),
        (["--gradescope-bundle", "a.zip", "--scheme", "none.toml"], "--scheme none.toml does not exist"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(arguments, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["grade", *arguments]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_scheme_whose_submissions_may_outlast_the_autograder_is_refused(tmp_path, capsys):
    own = (ROOT / "benchmark/grading/marking/schemes/iclevr.toml").read_text()
    for seconds, code in ((450, 0), (500, 2)):
        (tmp_path / "s.toml").write_text(f"{own}\n[limits]\nwall_seconds = {seconds}\n")
        options = ["--gradescope-bundle", str(tmp_path / f"{seconds}.zip"), "--scheme", str(tmp_path / "s.toml")]
        assert main(["grade", *options]) == code
    error = capsys.readouterr().err
    assert "the scheme's wall_seconds is 500, and an autograder is stopped after 550 s" in error
    assert not (tmp_path / "500.zip").exists()


def test_the_autograder_stops_when_the_bundle_says():
    script = (ROOT / "benchmark/grading/output/gradescope_files/run_autograder").read_text()
    assert f"timeout={SECONDS}" in script


def test_python_is_installed_where_the_user_that_reads_submissions_can_read_it():
    script = (ROOT / "benchmark/grading/output/gradescope_files/setup.sh").read_text()
    before, _, after = script.partition("UV_PYTHON_INSTALL_DIR=/opt/")
    assert "uv venv" in after
    assert "uv venv" not in before
