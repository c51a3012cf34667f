"""Packed data, its notes and the zips it came from, when a bit of them is wrong; and several processes at one cache."""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
from builders.trainings import flip_bit

from benchmark.cli import main
from benchmark.data import packed
from benchmark.data.datasets import DATASETS
from benchmark.data.loading import open_data
from benchmark.errors import UsageError
from benchmark.system import checked_once
from benchmark.system.cache import cache_folder

FACES = DATASETS["anime-faces"]


def packed_file(faces):
    return packed.packed_path(FACES.name, open_data(FACES, str(faces)).digest)


@pytest.fixture
def hashed(monkeypatch):
    """The packed files whose content was hashed, one entry each time."""
    kept, calls = packed.content_digest, []
    monkeypatch.setattr(packed, "content_digest", lambda data: calls.append(data.label) or kept(data))
    return calls


@pytest.mark.parametrize("position", [-1, -10_000, 8 + 40, 8 + 300])
def test_packed_data_of_which_a_bit_was_flipped_is_refused(faces, position):
    path = packed_file(faces)
    flip_bit(path, position)
    with pytest.raises(UsageError, match=r"(is damaged .*|is not a packed data set.*); delete it and run this again"):
        open_data(FACES, str(faces))
    path.unlink()
    assert len(open_data(FACES, str(faces))) == 6


def test_packed_data_under_anothers_name_is_refused(faces, tmp_path):
    path = packed_file(faces)
    other = packed.packed_path(FACES.name, "0" * 64)
    os.link(path, other)
    with pytest.raises(UsageError, match=r"has digest .*, not that of its name"):
        packed.load(other, "faces")


def test_packed_data_is_hashed_once_and_again_when_it_was_touched(faces, hashed):
    path = packed_file(faces)
    hashed.clear()
    for _ in range(3):
        open_data(FACES, str(faces))
    assert hashed == []
    for touches, times in enumerate((None, (1e9, 1e9)), 1):  # the second under a clock that was set back
        os.utime(path, times)
        open_data(FACES, str(faces))
        open_data(FACES, str(faces))
        assert hashed == touches * ["faces"]


def test_packed_data_is_hashed_again_after_the_system_was_started_anew(faces, hashed, tmp_path, monkeypatch):
    packed_file(faces)
    hashed.clear()
    (tmp_path / "boot_id").write_text("another\n")
    monkeypatch.setattr(checked_once, "BOOT_ID", tmp_path / "boot_id")
    open_data(FACES, str(faces))
    assert hashed == ["faces"]
    monkeypatch.setattr(checked_once, "BOOT_ID", tmp_path / "none")  # not Linux: nothing tells one start from another
    open_data(FACES, str(faces))
    open_data(FACES, str(faces))
    assert hashed == 3 * ["faces"]


@pytest.mark.parametrize("content", ["", "[]", "{", "5"])
def test_a_broken_note_of_a_check_only_makes_it_check_again(faces, hashed, content):
    packed_file(faces)
    hashed.clear()
    for note in (cache_folder() / "checked").iterdir():
        note.write_text(content)
    open_data(FACES, str(faces))
    assert hashed == ["faces"]


def test_a_cache_that_may_only_be_read_is_read(faces, hashed, monkeypatch):
    packed_file(faces)
    (note,) = (cache_folder() / "checked").iterdir()
    note.unlink()

    def refuse(*_):
        raise UsageError("cannot write")

    monkeypatch.setattr(checked_once, "write_json", refuse)
    assert len(open_data(FACES, str(faces))) == 6


@pytest.mark.parametrize("digest", [5, None, "5", "../../x" + 57 * "0", ["0" * 64]])
def test_a_note_whose_digest_is_none_is_refused(faces, digest):
    packed_file(faces)
    (note,) = (cache_folder() / "sources").iterdir()
    note.write_text(json.dumps(json.loads(note.read_text()) | {"digest": digest}))
    with pytest.raises(UsageError, match=r"\.json: digest: got .*; delete it and run this again"):
        open_data(FACES, str(faces))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["tags.csv", "images/3.jpg"])
def test_a_zip_with_a_broken_stream_is_refused_unless_its_content_is_the_same(faces, method, name):
    path = faces.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted(faces.rglob("*.*")):
            archive.write(file, str(file.relative_to(faces)))
        entry = archive.getinfo(name)
    whole, start, refused = path.read_bytes(), entry.header_offset + 30 + len(name), 0
    digest = open_data(FACES, str(path)).digest
    for position in range(start, start + entry.compress_size, max(1, entry.compress_size // 20)):
        path.write_bytes(whole)
        flip_bit(path, position, bit=position % 8)
        try:
            assert open_data(FACES, str(path)).digest == digest  # a bit that means nothing, such as one after the end
        except UsageError as error:
            refused += bool(re.fullmatch(rf".*faces.zip: cannot read {name}: .*; copy the data set again", str(error)))
    assert refused > 10


def test_a_user_without_a_home_is_told_how_to_choose_a_cache(faces, capsys, monkeypatch):
    def unknown(*_):
        raise KeyError("no such user")

    words = ["data", "info", "--task", "anime-faces", "--data", str(faces)]
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert main(words) == 0  # with CGAN_BENCH_CACHE
    monkeypatch.delenv("CGAN_BENCH_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert main(words) == 2
    assert "has no home folder (HOME is not set); set CGAN_BENCH_CACHE to a folder" in capsys.readouterr().err


def test_several_processes_pack_the_same_data_at_once(faces):
    command = [
        sys.executable,
        "-m",
        "benchmark",
        "data",
        "pack",
        "--task",
        "anime-faces",
        "--data",
        str(faces),
        "--json",
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=300)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len({json.loads(text)["file"] for text in said}) == 1
    assert len([path for path in (cache_folder() / "packed").iterdir()]) == 1
    assert [path for path in cache_folder().rglob("*") if ".part" in path.name] == []
