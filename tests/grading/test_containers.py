"""Root in a container, and libraries of the user's own: what cannot be read there is no fault of a submission."""

import errno
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile

import numpy as np
import pytest
import users
from builders.submissions import encoded
from hostile import PLAIN, constant, gray_image_nodes, with_graph
from users import CALL, run_as

from benchmark.errors import UsageError
from benchmark.grading.sandbox import handing_over, reading_test
from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.sandbox.confine import WALLS
from benchmark.grading.submission import bundle
from benchmark.grading.submission.opening import open_bundle

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

ALL = (1 << len(WALLS)) - 1


def images(folder):
    """Two images of a list, in a folder as its owner alone may read it."""
    (folder / "test").mkdir(parents=True)
    for number, image in enumerate(np.random.default_rng(0).integers(0, 256, (2, 3, 64, 64), dtype=np.uint8)):
        (folder / "test" / f"{number}.png").write_bytes(encoded(image))
    return folder


def zipped(folder):
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in images(folder).rglob("*.png"):
            archive.write(path, str(path.relative_to(folder)))
    return folder.with_suffix(".zip")


def graph(folder):
    folder.mkdir()
    with_graph(folder, gray_image_nodes(), [constant(*item) for item in PLAIN.items()])
    return folder


def shut(path):
    """Let nobody but the owner in."""
    for one in (path.parent, path, *path.rglob("*")):
        one.chmod(0o700 if one.is_dir() else 0o600)
    return str(path)


@pytest.mark.parametrize("hand_in", [images, zipped, graph])
@pytest.mark.parametrize("look", ["look_by_fork", "look_by_program"])
def test_contained_root_reads_what_only_it_may_and_every_wall_stands(look, hand_in, tmp_path):
    path = shut(hand_in(tmp_path / "work"))
    answer = run_as("contained", "looks", look, [[path, ""]] if look == "look_by_fork" else path)
    answer = answer[0][0] if look == "look_by_fork" else answer
    assert (answer["status"], answer["reason"]) == ("ready", "")
    assert answer["walls"] == ALL
    assert answer["images"]


def test_contained_root_rejects_a_link_as_before(tmp_path):
    path = shut(images(tmp_path / "work"))
    (tmp_path / "work" / "test" / "2.png").symlink_to("/etc/passwd")
    (answer,), _ = run_as("contained", "looks", "look_by_fork", [[path, ""]])
    assert answer["status"] == "rejected"
    assert "'test/2.png' is a link or a device" in answer["reason"]


def test_where_python_is_open_to_root_alone_the_grading_ends_with_one_line():
    assert run_as("contained", "looks", "reading_fault") == ""
    if not users.private_folders():
        pytest.skip("everybody may read Python here")
    said = run_as("contained, with a Python of its own", "looks", "reading_fault")
    assert re.match("processes that read submissions cannot read json[,;] ", said)  # "," if the libraries are as well
    assert sys.prefix in said


@pytest.mark.parametrize("user", users.USERS)
def test_elsewhere_all_can_be_read(user):
    assert run_as(user, "looks", "reading_fault") == ""


def test_a_library_that_is_missing_ends_the_grading_with_one_line(monkeypatch):
    reading_test.check_reading()
    monkeypatch.setattr(reading_test, "READING_TEST", "no.such:main")
    said = r"no process can read submissions on this machine .*no submission is at fault"
    with pytest.raises(UsageError, match=said):
        reading_test.check_reading()


@pytest.mark.parametrize("look", ["look_by_fork", "look_by_program"])
def test_libraries_outside_of_python_s_own_folders_are_found(look, tmp_path):
    """As of the user's own site, or of PYTHONPATH."""
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    assert subprocess.run([python, "-I", "-c", "import numpy"], stderr=subprocess.DEVNULL, check=False).returncode == 1
    path = str(images(tmp_path / "work"))
    call = ["looks", look, [[[path, ""]]] if look == "look_by_fork" else [path]]
    process = subprocess.run(
        [python, "-c", CALL, json.dumps(call)], stdout=subprocess.PIPE, check=True,
        env=os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")},
    )  # fmt: skip
    answer = json.loads(process.stdout)
    answer = answer[0][0] if look == "look_by_fork" else answer
    assert (answer["status"], answer["reason"], answer["walls"]) == ("ready", "", ALL)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EIO])
def test_a_file_that_may_not_be_read_is_not_rejected(number, tmp_path, monkeypatch):
    """A rejection is kept; a failure is looked at again."""

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    path = zipped(tmp_path / "work")
    opened = open_bundle(tmp_path / "work", {"test": ["0", "1"]})
    monkeypatch.setattr(bundle.os, "open", refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        opened.read("test/0.png")
    monkeypatch.undo()
    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        open_bundle(path, {"test": ["0", "1"]})


def test_a_copy_is_bounded_as_a_submission_is(tmp_path, monkeypatch):
    monkeypatch.setattr(handing_over, "is_needed", lambda: True)
    monkeypatch.setattr(handing_over.os, "chown", lambda *_: None)
    path = images(tmp_path / "work")
    with handing_over.readable(path) as copy:
        assert copy != path
        assert sorted(one.name for one in copy.rglob("*.png")) == ["0.png", "1.png"]
    assert not copy.exists()
    for limit, value in (("MAX_FILES", 3), ("MAX_DEPTH", 1), ("MAX_BYTES", 100)):
        monkeypatch.setattr(handing_over, limit, value)
        with pytest.raises(Rejected), handing_over.readable(path):
            pass
        monkeypatch.undo()
        monkeypatch.setattr(handing_over, "is_needed", lambda: True)
        monkeypatch.setattr(handing_over.os, "chown", lambda *_: None)
