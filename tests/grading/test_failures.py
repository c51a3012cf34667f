"""An error about one submission is that one's, and the batch goes on; one of the machine is nobody's, and ends it."""

import errno
import html
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from builders.batches import grades, inbox

from benchmark.commands import grade
from benchmark.errors import UsageError
from benchmark.grading import grader, looking
from benchmark.grading.intake import contents
from benchmark.grading.kept import resume_cache
from benchmark.grading.marking import marking
from benchmark.grading.sandbox import launch
from benchmark.grading.sandbox.answer import Answer
from benchmark.grading.sandbox.confine import EVERY_WALL
from benchmark.grading.sandbox.places import without_local_paths


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
            raise ZeroDivisionError("no images")
        return judged(images, *others)

    def look_at(path, assignment, limits):
        images = scenes[0].copy()
        images[0, 0, 0, 0] = 255 if path.name == "bb" else 0
        return Answer("ready", "", 63, {("images", "exam"): images})

    monkeypatch.setattr(grader, "mark", mark)
    monkeypatch.setattr(looking, "look_at", look_at)
    summary = grade.grade(inbox(tmp_path, scenes, "a", "bb"), tmp_path / "out", exam)
    assert (summary["graded"], summary["failed"]) == (1, 1)
    assert grades(tmp_path / "out")["bb"]["reason"] == "judging it ended in ZeroDivisionError: no images"


def fault(number):
    """A function that meets an error of the system, or without a number a lack of memory."""

    def fails(*_, **__):
        raise OSError(number, os.strerror(number)) if number else MemoryError

    return fails


MACHINES = {  # where the machine fails, and at what
    "no room for an answer": (launch.os, "posix_fallocate", errno.ENOSPC, "No space left on device"),
    "no room for a verdict": (launch.os, "pwrite", errno.ENOSPC, "No space left on device"),
    "too many files": (launch.tempfile, "NamedTemporaryFile", errno.EMFILE, "Too many open files"),
    "no more processes": (launch, "_run", errno.EAGAIN, "Resource temporarily unavailable"),
    "no memory to look": (launch, "answer_bytes", None, "MemoryError"),
    "a disk that cannot be read": (contents, "_file_digest", errno.EIO, "Input/output error"),
    "no room to keep an answer": (resume_cache, "save_file", errno.ENOSPC, "No space left on device"),
    "no memory to judge": (grader, "mark", None, "MemoryError"),
}


@pytest.mark.parametrize("where", MACHINES.values(), ids=MACHINES)
def test_a_fault_of_the_machine_is_nobodys_mark_and_the_next_run_goes_on(where, tmp_path, exam, scenes, monkeypatch):
    place, name, number, said = where
    paths, requested = inbox(tmp_path, scenes, "a", "bb"), replace(exam, only_changed=True)
    with monkeypatch.context() as broken:
        broken.setattr(place, name, fault(number))
        with pytest.raises(UsageError) as error:
            grade.grade(paths, tmp_path / "out", requested)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out" / "grades.json").exists()
    grade.grade(paths, tmp_path / "out", requested)
    assert {one["status"] for one in grades(tmp_path / "out").values()} == {"graded"}


def test_what_a_machine_did_before_its_fault_is_not_done_again(tmp_path, exam, scenes, monkeypatch):
    paths, requested = inbox(tmp_path, scenes, "a", "bb"), replace(exam, only_changed=True, jobs=1)
    judged = marking.mark

    def mark(images, *others):
        if len(list((tmp_path / "out" / "seen").glob("*.judged.safetensors"))) == 1:
            raise MemoryError
        return judged(images, *others)

    with monkeypatch.context() as broken:
        broken.setattr(grader, "mark", mark)
        with pytest.raises(UsageError, match="'bb' \\(MemoryError\\); the submission is not at fault"):
            grade.grade(paths, tmp_path / "out", requested)
    looked = []
    monkeypatch.setattr(looking, "look_at", lambda path, *_: looked.append(path.name))
    grade.grade(paths, tmp_path / "out", requested)
    assert looked == []
    assert {one["status"] for one in grades(tmp_path / "out").values()} == {"graded"}


def test_a_file_that_the_grader_may_not_read_has_failed_and_is_not_rejected(tmp_path, exam, scenes, monkeypatch):
    paths = inbox(tmp_path, scenes, "a", "bb")
    whole = contents._file_digest

    def digest(path, size):
        return fault(errno.EACCES)() if "bb" in path.parts else whole(path, size)

    monkeypatch.setattr(contents, "_file_digest", digest)
    grade.grade(paths, tmp_path / "out", exam)
    found = grades(tmp_path / "out")
    assert (found["a"]["status"], found["bb"]["status"]) == ("graded", "failed")
    assert found["bb"]["reason"] == "looking at it ended in PermissionError: Permission denied"


@pytest.fixture
def tells_places(monkeypatch, tmp_path):
    """Looking ends in messages that name the machine's folders; returns texts that must stand on no page."""
    home = tmp_path / "home of staff"
    monkeypatch.setenv("HOME", str(home))

    def raw_answer(path, *_):
        places = [f"{path}/exam/0.png", path, path.parent, path.parent.resolve() / path.name, Path.cwd(), launch.ROOT]
        said = "; ".join(map(str, [*places, f"{home}/key", f"{tempfile.gettempdir()}/x", f"{sys.prefix}/lib"]))
        if path.name == "ccc":
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        if path.name == "dddd":
            raise ZeroDivisionError(said)
        answer = Answer("rejected" if path.name == "a" else "failed", said, EVERY_WALL, {})
        return SimpleNamespace(read=lambda _: answer)

    monkeypatch.setattr(launch, "raw_answer", raw_answer)
    return [str(place) for place in (tmp_path, home, tempfile.gettempdir(), Path.cwd(), launch.ROOT, sys.prefix)]


def test_no_message_to_participants_has_a_place_of_this_machine(tmp_path, exam, scenes, tells_places):
    request = replace(exam, gradescope=True, csv=("plain", "moodle", "canvas"))
    grade.grade(inbox(tmp_path, scenes, "a", "bb", "ccc", "dddd"), tmp_path / "out", request)
    texts = [path for kind in ("pages/*", "gradescope/*", "*.csv") for path in (tmp_path / "out").glob(kind)]
    assert len(texts) == 4 + 4 + 4
    for text in texts:
        found = html.unescape(text.read_text())
        assert not [place for place in tells_places if place in found], found
    reasons = {name: entry["reason"] for name, entry in grades(tmp_path / "out").items()}
    assert reasons["a"].startswith("exam/0.png; the submission; …; the submission; …; …; …/key; …/x; …/lib")
    assert reasons["a"] == reasons["bb"]
    assert reasons["ccc"] == "looking at it ended in FileNotFoundError: No such file or directory"
    assert reasons["dddd"].startswith("looking at it ended in ZeroDivisionError: ")


def test_names_of_a_submission_stay_as_they_are(tmp_path):
    said = "'test/0.png' and '/etc/passwd' lead outside; a/b is 3/4 of c"
    assert without_local_paths(said, tmp_path / "ann") == said
    assert without_local_paths(f"{tmp_path}/ann-2/x {tmp_path}/ann/x", tmp_path / "ann") == "…/ann-2/x x"


def look_with_little_room(folder, size):
    """Look at a folder of 32 images while the temporary folder has room for so many bytes; as root of a namespace."""
    mount = f"mount -t tmpfs -o size={size} tmpfs {folder}/small && exec "
    code = (
        "import sys, json, pathlib; from benchmark.grading import grader, request; "
        "from benchmark.grading.sandbox import launch as sandbox\n"
        "whole = grader.Grader(request.GradingRequest(task='iclevr'))\n"
        "try: answer = sandbox.look_at(pathlib.Path(sys.argv[1]), whole.assignment, whole.scheme.limits.limits())\n"
        "except ValueError as error: print(json.dumps(['no answer', str(error), 0]))\n"
        "else: print(json.dumps([answer.status, answer.reason, len(answer.images)]))"
    )
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount + '"$@"', "sh", sys.executable, "-c", code, f"{folder}/work"],
        env=os.environ | {"TMPDIR": f"{folder}/small", "PYTHONPATH": str(launch.ROOT)},
        stdout=subprocess.PIPE, check=True,
    ).stdout.decode()  # fmt: skip


@pytest.mark.skipif(shutil.which("unshare") is None, reason="a small temporary folder needs unshare(1)")
@pytest.mark.parametrize(("size", "status"), [("4k", "no answer"), ("200k", "no answer"), ("40m", "ready")])
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
