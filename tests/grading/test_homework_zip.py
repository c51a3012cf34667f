"""A zip of many people's homework is a batch; one person's zip stays one submission."""

import shutil
import struct
import zipfile
from copy import copy

import pytest
from builders.data import png

from benchmark.errors import UsageError
from benchmark.grading.intake import bounded_zip
from benchmark.grading.intake.discover import find_submissions
from benchmark.grading.intake.homework_zip import report_found, unpack_batches

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
    "Moodle, one person": (["Ann Lee_4711_assignsubmission_file_w.zip"], ["Ann Lee_4711"]),
    "Moodle, one person's folder": (["Ann Lee_4711_assignsubmission_file/test/0.png"], ["Ann Lee_4711"]),
    "Canvas, one person": (["leeann_4711_90210_work.zip"], ["leeann_4711"]),
    "id and time, one person": (["0856001_王小明_20260525133000_work.zip"], ["0856001_王小明"]),
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
    "a name that looks like Canvas' by chance": ["netG_10_200_last.pth"],
    "nothing": [],
}


def packed(folder, names, name="class.zip"):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for inner in names:
            archive.writestr(inner, png())
    return folder / name


def ids(path, **options):
    return [one.id for one in found(path, **options)]


def found(path, **options):
    with unpack_batches([path], LISTS, **options) as (places, left_out):
        return find_submissions(places, LISTS, **options, left_out=left_out.reasons).submissions


def refused(path):
    return {one.id: one.refused for one in found(path) if one.refused}


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
    report_found(find_submissions([tmp_path], LISTS), [tmp_path])
    assert capsys.readouterr().err.count("'class.zip' is taken for one submission; if it holds homework") == said


def test_an_empty_folder_in_a_zip_of_homework_has_a_row_as_it_has_unpacked(tmp_path):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("0856003/", b"")
        archive.writestr("__MACOSX/", b"")
        archive.extractall(tmp_path / "folder")
    assert ids(path) == ["0856003", "ann", "bob"]
    assert ids(tmp_path / "folder") == ["0856003", "ann", "bob"]


def test_what_lies_beside_the_folder_of_all_homework_is_named(tmp_path, capsys):
    path = packed(tmp_path, ["hw/ann/test/0.png", "hw/bob/test/0.png", "late.pdf", "__MACOSX/late.pdf", "hw/notes.txt"])
    with unpack_batches([path], LISTS) as (_, left_out):
        pass
    assert left_out.names == ["'late.pdf' in class.zip is left out: it lies outside 'hw'"]
    assert left_out.names[0] in capsys.readouterr().err


def test_what_is_no_zip_is_one_submission(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK but no archive")
    assert ids(tmp_path / "a.zip") == ["a"]


def test_the_unpacked_files_are_those_of_the_zip_and_go_afterwards(tmp_path):
    path = packed(tmp_path, ["ann/test/0.png", "bob/test/0.png"])
    with unpack_batches([path], LISTS) as ((place,), _):
        assert (place / "ann" / "test" / "0.png").read_bytes() == png()
    assert not place.exists()


def test_names_that_lead_outside_and_links_are_left_out_and_said(tmp_path, capsys):
    path = packed(tmp_path, ["ann.zip", "bob.zip", "../evil.zip", "/root.zip"])
    link = zipfile.ZipInfo("cem.zip")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert ids(path) == ["ann", "bob", "cem"]
    said = capsys.readouterr().err.splitlines()
    assert sum("its name leads outside or cannot be used" in line for line in said) == 2
    assert "'cem.zip' in class.zip is left out: it is a link or a device" in said
    assert refused(path) == {"cem": "'cem.zip' was not unpacked: it is a link or a device"}
    assert not (tmp_path.parent / "evil.zip").exists()


def test_one_damaged_file_leaves_the_others(tmp_path, capsys):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    content = bytearray(path.read_bytes())
    content[content.index(b"ann.zip") + 7 + 20] ^= 1
    path.write_bytes(content)
    with unpack_batches([path], LISTS) as ((place,), left_out):
        assert {inner.name: inner.read_bytes() for inner in place.iterdir()} == {"ann.zip": b"", "bob.zip": png()}
    assert "'ann.zip' in class.zip is left out: it is damaged" in capsys.readouterr().err
    assert [path.name for path in left_out.reasons] == ["ann.zip"]


def test_a_batch_without_room_is_one_line(tmp_path, monkeypatch):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(bounded_zip.shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(UsageError, match="has room for 10; make room"), unpack_batches([path], LISTS):
        pass


def with_claims(path, **claims):
    """The zip with other claims in the record at its end: entries, size or start of its directory."""
    content = bytearray(path.read_bytes())
    end = content.rindex(b"PK\x05\x06")
    fields = dict(zip(("here", "entries", "size", "start"), struct.unpack_from("<HHII", content, end + 8), strict=True))
    struct.pack_into("<HHII", content, end + 8, *(fields | claims).values())
    path.write_bytes(content)
    return path


def test_a_directory_of_too_many_files_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    path = packed(tmp_path, [f"{number}.zip" for number in range(12)])
    assert len(ids(path)) == 12
    monkeypatch.setattr(bounded_zip, "MOST_FILES", 11)
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # no entry is made
    for claimed in (12, 1):  # what it claims does not matter
        with pytest.raises(UsageError, match=r"class\.zip holds more than 11 files; give parts of it"):
            ids(with_claims(path, here=claimed, entries=claimed))


def test_a_directory_of_too_many_bytes_is_refused(tmp_path, monkeypatch):
    limit = 2 * (46 + 3_004)
    monkeypatch.setattr(bounded_zip, "MOST_DIRECTORY", limit)
    two = ["a" * 3_000 + ".zip", "b" * 3_000 + ".zip"]
    assert ids(packed(tmp_path, two)) == ["class"]  # such names cannot be written
    with pytest.raises(UsageError, match=f"has a directory of more than {limit:,} bytes; give parts of it"):
        ids(packed(tmp_path, [*two, "c.zip"]))


@pytest.mark.parametrize("size", [1_000_000, 0xF0000000])
def test_a_directory_that_is_not_there_is_one_submission(size, tmp_path):
    assert ids(with_claims(packed(tmp_path, ["ann.zip", "bob.zip"]), size=size)) == ["class"]


def test_the_same_bytes_are_not_unpacked_many_times(tmp_path):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ann.zip", bytes(1_000) + png())
        for number in range(50):
            again = copy(archive.getinfo("ann.zip"))
            again.filename = f"{number}.zip"
            archive.infolist().append(again)
    with pytest.raises(UsageError, match="is made to unpack the same bytes many times"):
        ids(path)


def test_what_unpacks_to_more_than_all_homework_may_hold_is_refused(tmp_path, monkeypatch):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    size = sum(entry.file_size for entry in zipfile.ZipFile(path).infolist())
    monkeypatch.setattr(bounded_zip, "MOST_BYTES", size)
    assert ids(path) == ["ann", "bob"]
    monkeypatch.setattr(bounded_zip, "MOST_BYTES", size - 1)
    with pytest.raises(UsageError, match=f"holds {size:,} bytes, more than {size - 1:,}"):
        ids(path)


def test_only_what_unpacks_piece_by_piece_is_unpacked(tmp_path, capsys):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("cem.zip", bytes(10_000_000), zipfile.ZIP_BZIP2)
        archive.writestr("dee.zip", bytes(10_000), zipfile.ZIP_DEFLATED)
    assert ids(path) == ["ann", "bob", "cem", "dee"]
    assert list(refused(path)) == ["cem"]
    assert "'cem.zip' in class.zip is left out: it is packed by method 12; it may be st" in capsys.readouterr().err


@pytest.mark.parametrize("others", [["dee.tar"], ["dee.zip"], ["dee/test/0.png"]], ids=["a tar", "a zip", "a folder"])
def test_a_zip_of_zips_next_to_single_submissions_is_one_persons(others, tmp_path, capsys):
    path = packed(tmp_path, ["ann.zip", "bob.zip"], "cem.zip")
    place = tmp_path / others[0]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(png())
    single = tmp_path / others[0].partition("/")[0]
    for given in ([path, single], [single, path]):
        with unpack_batches(given, LISTS) as (places, _):
            assert [one.id for one in find_submissions(places, LISTS).submissions] == ["cem", "dee"]
        assert "'cem.zip' is taken for one submission, as" in capsys.readouterr().err


def test_several_zips_of_many_peoples_homework_are_all_unpacked(tmp_path):
    paths = [packed(tmp_path, ["ann.zip", "bob.zip"], "a.zip"), packed(tmp_path, ["cem.zip", "dee.zip"], "b.zip")]
    with unpack_batches(paths, LISTS) as (places, _):
        assert [one.id for one in find_submissions(places, LISTS).submissions] == ["ann", "bob", "cem", "dee"]


def test_one_of_several_zips_that_is_too_large_is_one_submission(tmp_path, monkeypatch, capsys):
    paths = [packed(tmp_path, ["test/0.png"], "ann.zip"), packed(tmp_path, ["a.zip", "b.zip", "c.zip"], "bob.zip")]
    monkeypatch.setattr(bounded_zip, "MOST_FILES", 2)
    with unpack_batches(paths, LISTS) as (places, _):
        assert places == paths
    assert "bob.zip holds more than 2 files; give parts of it; it is taken for one" in capsys.readouterr().err


def test_zips_in_the_folder_of_one_person_are_that_persons(tmp_path):
    inside = ["Ann_11_assignsubmission_file/p1.zip", "Ann_11_assignsubmission_file/p2.zip"]
    assert ids(packed(tmp_path, inside)) == ["Ann_11"]
    assert ids(packed(tmp_path, [*inside, "Bob_12_assignsubmission_file/w.zip"])) == ["Ann_11", "Bob_12"]


def test_zips_in_the_zip_of_one_person_are_that_persons(tmp_path):
    inner = packed(tmp_path, ["bob.zip", "cem.zip"], "ann.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("ann.zip", inner)
        archive.writestr("dee.zip", inner)
    assert ids(tmp_path / "class.zip") == ["ann", "dee"]


def test_a_backslash_in_a_name_makes_no_person(tmp_path, capsys):
    names = ["ann_11_9001_w.zip", "bob_12_9002_w.zip", "bob_12_9003_x\\test\\0.png"]
    assert ids(packed(tmp_path, names)) == ["ann_11", "bob_12"]
    assert "its name leads outside or cannot be used" in capsys.readouterr().err
    assert ids(packed(tmp_path, ["ann\\test\\0.png", "bob\\test\\0.png"], "plain.zip")) == ["ann", "bob"]


@pytest.mark.parametrize("name", ["a/..\\..\\evil.zip", "a/C:evil.zip"])
def test_names_that_lead_outside_on_other_systems_are_left_out_too(name, tmp_path, capsys):
    assert ids(packed(tmp_path, ["ann.zip", "bob.zip", name])) == ["ann", "bob"]
    assert "its name leads outside or cannot be used" in capsys.readouterr().err


def test_of_two_files_of_one_name_the_first_counts_and_the_other_is_said(tmp_path, capsys):
    path = packed(tmp_path, ["ann.zip", "bob.zip"])
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("bob.zip", b"another")
    with unpack_batches([path], LISTS) as ((place,), _):
        assert (place / "bob.zip").read_bytes() == png()
    assert "'bob.zip' in class.zip is left out: another file has its name" in capsys.readouterr().err


def with_large(path, monkeypatch, *names):
    """The zip with more files, of more bytes than a submission may have."""
    monkeypatch.setattr(bounded_zip, "MAX_BYTES", 1_000)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, bytes(1_001))
    return path


def test_a_newer_attempt_that_is_left_out_is_not_replaced_by_an_older_one(tmp_path, monkeypatch):
    path = packed(tmp_path, ["kim_5112_90011_work.zip", "lee_5113_90013_work.zip", "mo_5114_90014_old.zip"])
    kim, lee, mo = found(with_large(path, monkeypatch, "kim_5112_90012_work-1.zip", "mo_5114_90015_video.mp4"))
    assert kim.refused == "'kim_5112_90012_work-1.zip' was not unpacked: it has more than 1,000 bytes"
    assert kim.earlier == ("kim_5112_90011_work.zip",)
    assert (lee.refused, mo.refused) == ("", "")  # a document earns nothing, so nothing is lost with it


def test_an_older_attempt_that_is_left_out_rejects_nobody(tmp_path, monkeypatch):
    path = packed(tmp_path, ["kim_5112_90012_work-1.zip", "lee_5113_90013_work.zip"])
    kim, _ = found(with_large(path, monkeypatch, "kim_5112_90011_work.zip"))
    assert (kim.refused, kim.earlier) == ("", ("kim_5112_90011_work.zip",))


@pytest.mark.parametrize(
    "name",
    ["Cem_13_assignsubmission_file_work.zip", "Cem_13_assignsubmission_file/deep/down/0.png"],
    ids=["a file", "a file in a folder"],
)
def test_who_handed_in_nothing_but_what_is_left_out_has_a_row(name, tmp_path, monkeypatch):
    path = packed(tmp_path, ["Ann_11_assignsubmission_file_work.zip", "Bob_12_assignsubmission_file_work.zip"])
    assert list(refused(with_large(path, monkeypatch, name))) == ["Cem_13"]


def test_of_several_files_that_are_left_out_the_first_is_named_and_the_others_are_counted(tmp_path, monkeypatch):
    moodles = "_assignsubmission_file"
    path = packed(tmp_path, [f"Ann_11{moodles}/0.png", f"Bob_12{moodles}/0.png"])
    large = [f"Ann_11{moodles}/{name}" for name in ("a.zip", "b.zip", "c.tar", "report.pdf")]
    reason = refused(with_large(path, monkeypatch, *large, f"Bob_12{moodles}/d.zip"))
    assert reason["Ann_11"].endswith("a.zip' was not unpacked: it has more than 1,000 bytes (and 2 more of its files)")
    assert reason["Bob_12"].endswith("d.zip' was not unpacked: it has more than 1,000 bytes")


@pytest.mark.parametrize("name", [f"{'長' * 90}.zip", "a\nb.zip", "b\\c.zip"], ids=["long", "a line", "a backslash"])
def test_a_name_that_cannot_be_written_keeps_its_owners_row(name, tmp_path):
    moodles = "_assignsubmission_file_"
    path = packed(tmp_path, [f"Ann_11{moodles}work.zip", f"Bob_12{moodles}work.zip", f"Cem_13{moodles}{name}"])
    assert list(refused(path)) == ["Cem_13"]
    assert "its name leads outside or cannot be used" in refused(path)["Cem_13"]


def test_spaces_of_any_width_in_names_leave_nothing_out(tmp_path):
    names = ["王\u3000小明_12_assignsubmission_file_作業\u3000四.zip", "Bob_13_assignsubmission_file_at 1\u202fPM.png"]
    with unpack_batches([packed(tmp_path, names)], LISTS) as (places, left_out):
        ming, bob = sorted(find_submissions(places, LISTS).submissions, key=lambda one: one.path.name, reverse=True)
    assert (left_out.names, left_out.reasons) == ([], {})
    assert (ming.path.name, ming.id.rpartition("-")[0]) == (names[0], "王 小明_12")
    assert (list(bob.files), bob.id) == (["at 1\u202fPM.png"], "Bob_13")


@pytest.mark.parametrize("mark", ["\u200e", "\u200b"])
def test_an_invisible_mark_in_a_name_leaves_nothing_out(mark, tmp_path):
    path = packed(tmp_path, ["ann/test/0.png", f"ann/lo{mark}ss.png", "bob/test/0.png"])
    assert ids(path) == ["ann", "bob"]
    assert refused(path) == {}
    with unpack_batches([path], LISTS) as ((place,), left_out):
        assert (place / "ann" / f"lo{mark}ss.png").is_file()
        assert left_out.names == []
