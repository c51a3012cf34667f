"""An error about one submission is that one's, and nobody else's: the batch goes on."""

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from builders.batches import grades, inbox

from benchmark.commands import grade
from benchmark.grading import grader, looking, marking
from benchmark.grading.sandbox import launch
from benchmark.grading.sandbox.answer import Answer


@pytest.fixture
def one_fails(monkeypatch, scenes):
    """Looking is without processes, and ends in an error for the submission "bb"."""

    def look_at(path, assignment, limits):
        if path.name == "bb":
            raise ValueError("40 is not a valid Signals")
        return Answer("ready", "", 63, {("images", "exam"): scenes[0]})

    monkeypatch.setattr(looking, "look_at", look_at)


def test_an_error_while_one_is_looked_at_fails_that_one(tmp_path, exam, scenes, one_fails):
    summary = grade.grade(inbox(tmp_path, scenes, "a", "bb", "ccc"), tmp_path / "out", exam)
    assert (summary["graded"], summary["failed"]) == (2, 1)
    entry = grades(tmp_path / "out")["bb"]
    assert entry["reason"] == "looking at it ended in ValueError: 40 is not a valid Signals"
    assert entry["points"] == 0


def test_an_error_while_one_is_judged_fails_that_one(tmp_path, exam, scenes, monkeypatch):
    judged = marking.mark

    def mark(images, *others):
        if images[0, 0, 0, 0] == 255:
            raise MemoryError("no more")
        return judged(images, *others)

    def look_at(path, assignment, limits):
        images = scenes[0].copy()
        images[0, 0, 0, 0] = 255 if path.name == "bb" else 0
        return Answer("ready", "", 63, {("images", "exam"): images})

    monkeypatch.setattr(grader, "mark", mark)
    monkeypatch.setattr(looking, "look_at", look_at)
    summary = grade.grade(inbox(tmp_path, scenes, "a", "bb"), tmp_path / "out", exam)
    assert (summary["graded"], summary["failed"]) == (1, 1)
    assert grades(tmp_path / "out")["bb"]["reason"] == "judging it ended in MemoryError: no more"


def test_what_failed_for_want_of_room_is_looked_at_again(tmp_path, exam, scenes, monkeypatch):
    def no_room(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    paths, requested = inbox(tmp_path, scenes, "a"), replace(exam, only_changed=True)
    with monkeypatch.context() as full:
        full.setattr(launch.os, "pwrite", no_room)
        grade.grade(paths, tmp_path / "out", requested)
    entry = grades(tmp_path / "out")["a"]
    assert entry["status"] == "failed"
    assert "(No space left on device); make room in the temporary folder" in entry["reason"]
    grade.grade(paths, tmp_path / "out", requested)
    assert grades(tmp_path / "out")["a"]["status"] == "graded"


def look_with_little_room(folder, size):
    """Look at a folder of 32 images while the temporary folder has room for so many bytes; as root of a namespace."""
    mount = f"mount -t tmpfs -o size={size} tmpfs {folder}/small && exec "
    code = (
        "import sys, json, pathlib; from benchmark.grading import grader, request; "
        "from benchmark.grading.sandbox import launch as sandbox\n"
        "whole = grader.Grader(request.GradingRequest(task='iclevr'))\n"
        "answer = sandbox.look_at(pathlib.Path(sys.argv[1]), whole.assignment, whole.scheme.limits.limits())\n"
        "print(json.dumps([answer.status, answer.reason, len(answer.images)]))"
    )
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount + '"$@"', "sh", sys.executable, "-c", code, f"{folder}/work"],
        env=os.environ | {"TMPDIR": f"{folder}/small", "PYTHONPATH": str(launch.ROOT)},
        stdout=subprocess.PIPE, check=True,
    ).stdout.decode()  # fmt: skip


@pytest.mark.skipif(shutil.which("unshare") is None, reason="a small temporary folder needs unshare(1)")
@pytest.mark.parametrize(("size", "status"), [("4k", "failed"), ("200k", "failed"), ("40m", "ready")])
def test_a_full_temporary_folder_is_no_black_image(size, status, tmp_path):
    from hostile import images

    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        pytest.skip("nobody may mount a small folder here")
    (tmp_path / "small").mkdir()
    images(tmp_path / "work")
    found = json.loads(look_with_little_room(tmp_path, size))
    assert found[0] == status
    assert found[2] == (status == "ready")
    assert status == "ready" or "No space left on device" in found[1], found
