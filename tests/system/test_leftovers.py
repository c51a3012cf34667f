"""Half-written files: they go when their writer is gone, and only then."""

import errno
import os
import resource
import signal
import subprocess
import sys

import pytest
import torch

from benchmark.errors import UsageError
from benchmark.system import leftovers
from benchmark.system.files import append_text, replacing, replacing_folder, write_text
from benchmark.system.tensors import load_tensors, save_tensors

KILLED = """
import os, signal, sys
from pathlib import Path
from benchmark.system.files import replacing, replacing_folder
with {write}(Path(sys.argv[1])) as temporary:
    target = temporary / "half" if temporary.is_dir() else temporary
    target.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("write", ["replacing", "replacing_folder"])
def test_what_a_killed_process_left_goes_when_the_next_one_writes_there(tmp_path, write):
    done = subprocess.run([sys.executable, "-c", KILLED.format(write=write), str(tmp_path / "new")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path for path in tmp_path.iterdir() if path.name.endswith(".part")]
    write_text(tmp_path / "other", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_all_files_get_the_permissions_of_new_files(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "text.json", "{}")
        save_tensors(tmp_path / "numbers.safetensors", {"a": torch.zeros(3)})
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o666 & ~mask}


def test_what_a_living_process_writes_stays(tmp_path):
    with replacing(tmp_path / "undertrained") as slow, replacing_folder(tmp_path / "folder") as folder:
        slow.write_text("half")
        write_text(tmp_path / "quick", "whole")
        other = "import sys, pathlib, benchmark.system.files as f; f.write_text(pathlib.Path(sys.argv[1]), '')"
        subprocess.run([sys.executable, "-c", other, str(tmp_path / "other")], check=True)
        assert slow.read_text() == "half"
        assert folder.is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "other", "quick", "undertrained"]


def test_files_that_only_look_like_leftovers_stay(tmp_path):
    names = ("thesis.part", ".thesis.part", ".a.0123ABCD.part", "a.01234567.part")
    for name in names:
        (tmp_path / name).write_text("mine")
    (tmp_path / ".a.01234567.part").symlink_to(tmp_path / "thesis.part")
    write_text(tmp_path / "other", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "other"])


def test_without_locks_of_folders_leftovers_stay_and_files_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr(leftovers, "fcntl", None)
    (tmp_path / ".a.01234567.part").write_text("half")
    write_text(tmp_path / "a", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.01234567.part", "a"]


@pytest.fixture
def small_files():
    """No file of this process grows beyond 1,000 bytes: what the file system refuses, libraries see as EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write_image(path):
    from benchmark.data.images import save_png

    save_png(torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8), path)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: save_tensors(path, {"a": torch.zeros(10_000)}),
        lambda path: write_text(path, 10_000 * "x"),
        lambda path: append_text(path, 10_000 * "x"),
        write_image,
    ],
)
def test_a_file_that_grows_too_large_is_one_line(tmp_path, write, small_files):
    with pytest.raises(UsageError, match=r"cannot write .*file.*File too large.*; free some space or choose another"):
        write(tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_what_the_file_system_refuses_within_a_library_is_one_line(tmp_path, monkeypatch, number):
    from safetensors import SafetensorError

    def refused(*_args, **_named):
        raise SafetensorError(f"Error while serializing: I/O error: {os.strerror(number)} (os error {number})")

    monkeypatch.setattr("benchmark.system.tensors.save_file", refused)
    with pytest.raises(UsageError, match=f"cannot write .*{os.strerror(number)}"):
        save_tensors(tmp_path / "file", {"a": torch.zeros(3)})
    assert list(tmp_path.iterdir()) == []


TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(3, dtype=torch.bfloat16), "n": torch.tensor(7),
           "none": torch.zeros(0)}  # fmt: skip


def test_tensors_come_back_as_they_were(tmp_path):
    digest = save_tensors(tmp_path / "file", TENSORS)
    found = load_tensors(tmp_path / "file")
    assert found.keys() == TENSORS.keys()
    assert all(
        torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype for name, tensor in TENSORS.items()
    )
    first = (tmp_path / "file").read_bytes()
    assert save_tensors(tmp_path / "file", dict(reversed(TENSORS.items()))) == digest
    assert (tmp_path / "file").read_bytes() == first


def test_no_bit_of_a_tensor_file_can_be_flipped_unseen(tmp_path):
    path = tmp_path / "file"
    save_tensors(path, TENSORS)
    whole = path.read_bytes()
    unseen = []
    for position in range(8 * len(whole)):
        content = bytearray(whole)
        content[position // 8] ^= 1 << position % 8
        path.write_bytes(content)
        try:
            found = load_tensors(path)
        except UsageError:
            continue
        same = found.keys() == TENSORS.keys() and all(torch.equal(found[name], t) for name, t in TENSORS.items())
        if not same:
            unseen.append(position)
    assert unseen == []
