"""A zip of many people's homework is a batch; one person's zip stays one submission."""

import shutil
import zipfile

import pytest
from builders.data import png

from benchmark.errors import UsageError
from benchmark.grading import homework_zip
from benchmark.grading.discover import find_submissions
from benchmark.grading.homework_zip import opened, say_found

LISTS = ["test", "new_test"]
BATCHES = {
    "archives called like people": (["ann.zip", "bob.tar.gz", "roster.csv"], ["ann", "bob"]),
    "folders with lists": (["sub-1/test/0.png", "sub-2/new_test/0.png", "index.json"], ["sub-1", "sub-2"]),
    "folders with weights": (["ann/hw/generator.safetensors", "bob/hw/config.json"], ["ann", "bob"]),
    "all in one more folder": (["homework/ann/test/0.png", "homework/bob/test/0.png"], ["ann", "bob"]),
    "with litter": (["ann.zip", "bob.zip", "__MACOSX/._ann.zip", ".DS_Store"], ["ann", "bob"]),
    "Moodle": (
        ["Ann Lee_11_assignsubmission_file_work.zip", "王小明_12_assignsubmission_file_work.zip"],
        ["Ann Lee_11", "王小明_12"],
    ),
    "Moodle's folders": (
        ["Ann_11_assignsubmission_file/work.zip", "Bob_12_assignsubmission_file/test/0.png"],
        ["Ann_11", "Bob_12"],
    ),
    "Canvas": (
        ["leeann_11_9001_test.npy", "leeann_11_9002_new_test.npy", "cem_12_9003_w.zip"],
        ["cem_12", "leeann_11"],
    ),
    "graphs": (["ann.onnx", "bob.npz"], ["ann", "bob"]),
}
SINGLE = {
    "images of lists": ["test/0.png", "new_test/0.png"],
    "in a folder": ["ann/test/0.png", "ann/new_test/0.png"],
    "images next to figures": ["out/test/0.png", "figures/loss.png", "src/train.py"],
    "an archive next to a report": ["work.zip", "report.pdf"],
    "archives that say what they are": ["results.zip", "code.zip"],
    "an archive of each list": ["test.zip", "new_test.zip"],
    "weights": ["generator.safetensors", "config.json"],
    "declared arrays": ["manifest.json", "a.npy", "b.npy"],
    "numbered images": ["images/00000.png", "images/00001.png"],
    "images of texts": ["sample_1_1.jpg", "sample_1_2.jpg", "sample_2_1.jpg"],
    "nothing": [],
}


def packed(folder, names, name="class.zip"):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for inner in names:
            archive.writestr(inner, png())
    return folder / name


def ids(path, **options):
    with opened([path], LISTS, **options) as places:
        return [one.id for one in find_submissions(places, LISTS, **options).submissions]


@pytest.mark.parametrize(("names", "expected"), BATCHES.values(), ids=BATCHES)
def test_a_zip_of_many_peoples_homework_gives_the_ids_of_the_unpacked_folder(names, expected, tmp_path):
    path = packed(tmp_path, names)
    assert ids(path) == expected
    assert ids(path, each_is_one=True) == ["class"]
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "folder")
    inner = tmp_path / "folder" / "homework"
    assert ids(inner if inner.exists() else tmp_path / "folder") == expected


@pytest.mark.parametrize("names", SINGLE.values(), ids=SINGLE)
def test_a_zip_of_one_persons_work_is_one_submission(names, tmp_path):
    assert ids(packed(tmp_path, names, "mine.zip")) == ["mine"]


@pytest.mark.parametrize(("names", "said"), [(["class.zip", "students.csv"], 1), (["ann.zip", "bob.zip"], 0)])
def test_a_zip_that_lies_alone_in_a_folder_may_be_everybodys_and_that_is_said(names, said, tmp_path, capsys):
    for name in names:
        packed(tmp_path, ["ann.zip", "bob.zip"], name)
    say_found(find_submissions([tmp_path], LISTS), [tmp_path])
    assert capsys.readouterr().err.count("'class.zip' is taken for one submission; if it holds homework") == said


def test_what_is_no_zip_is_one_submission(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK but no archive")
    assert ids(tmp_path / "a.zip") == ["a"]


def test_the_unpacked_files_are_those_of_the_zip_and_go_afterwards(tmp_path):
    path = packed(tmp_path, ["ann/test/0.png", "bob/test/0.png"])
    with opened([path], LISTS) as (place,):
        assert (place / "ann" / "test" / "0.png").read_bytes() == png()
    assert not place.exists()


def test_names_that_lead_outside_and_links_are_left_out_and_said(tmp_path, capsys):
    path = packed(tmp_path, ["ann.zip", "bob.zip", "../evil.zip", "/root.zip", "a\nb.zip"])
    link = zipfile.ZipInfo("cem.zip")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert ids(path) == ["ann", "bob"]
    said = capsys.readouterr().err.splitlines()
    assert sum("its name leads outside or cannot be used" in line for line in said) == 3
    assert "'cem.zip' in class.zip is left out: it is a link or a device" in said
    assert not (tmp_path.parent / "evil.zip").exists()


def test_one_damaged_file_leaves_the_others(tmp_path, capsys):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    content = bytearray(path.read_bytes())
    content[content.index(b"ann.zip") + 7 + 20] ^= 1
    path.write_bytes(content)
    with opened([path], LISTS) as (place,):
        assert sorted(inner.name for inner in place.iterdir()) == ["bob.zip"]
    assert "'ann.zip' in class.zip is left out: it is damaged" in capsys.readouterr().err


def test_a_batch_without_room_is_one_line(tmp_path, monkeypatch):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(homework_zip.shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(UsageError, match="has room for 10; make room"), opened([path], LISTS):
        pass
