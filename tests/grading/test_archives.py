"""Archives as packers on other systems write them: names in other encodings, other separators, odd paths."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from builders.submissions import FORMS, IMAGES, seen

from benchmark.data.archive_names import plain_names, with_slashes
from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.submission.opening import open_bundle

SURNAME = {"cp950": "許功蓋", "cp932": "表予能", "gbk": "黒齖", "utf-8": "許功蓋", "cp437": "Müller"}
ENCODED = FORMS["folders"]


class Undeclared(zipfile.ZipInfo):
    """An entry whose name is bytes, without the flag that declares UTF-8."""

    def __init__(self, raw):
        super().__init__(raw.decode("cp437"))
        self.raw = raw

    def _encodeFilenameFlags(self):  # noqa: N802 - zipfile requests it by this name
        return self.raw, self.flag_bits


def zip_of_bytes(path, contents):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(Undeclared(name), content)
    with zipfile.ZipFile(path) as archive:
        assert [entry.filename.encode("cp437") for entry in archive.infolist()] == list(contents)
    return path


@pytest.mark.parametrize("encoding", SURNAME)
@pytest.mark.parametrize("folder", ["{}/{}", "homework {}/a/{}"])
def test_a_zip_in_the_encoding_of_its_packer_is_read(encoding, folder, tmp_path):
    contents = {folder.format(SURNAME[encoding], name).encode(encoding): data for name, data in ENCODED.items()}
    assert encoding in ("utf-8", "cp437") or any(b"\\" in name for name in contents)
    parts = seen(zip_of_bytes(tmp_path / "work.zip", contents))
    assert np.array_equal(parts["images", "test"], IMAGES["test"])
    assert np.array_equal(parts["images", "new_test"], IMAGES["new_test"])


@pytest.mark.parametrize("encoding", ["cp950", "cp932", "utf-8", "cp437"])
def test_backslashes_between_folders_are_distinguished_from_bytes_within_characters(encoding, tmp_path):
    names = {f"{SURNAME[encoding]}\\{name}".replace("/", "\\").encode(encoding): name for name in ENCODED}
    parts = seen(zip_of_bytes(tmp_path / "work.zip", {raw: ENCODED[name] for raw, name in names.items()}))
    assert np.array_equal(parts["images", "test"], IMAGES["test"])


def test_folders_that_a_packer_lists_with_backslashes_are_no_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        archive.writestr("work\\", b"")
        archive.writestr("work\\test\\", b"")
        for name, content in ENCODED.items():
            archive.writestr("work\\" + name.replace("/", "\\"), content)
    assert open_bundle(tmp_path / "work.zip", {}).names == tuple(sorted(f"work/{name}" for name in ENCODED))


def test_a_backslash_is_a_part_of_a_name_where_others_have_slashes(tmp_path):
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        archive.writestr("notes/a\\b.txt", b"x")
        archive.writestr("c\\d.txt", b"y")
    bundle = open_bundle(tmp_path / "work.zip", {})
    assert bundle.names == ("c\\d.txt", "notes/a\\b.txt")
    assert bundle.read("c\\d.txt") == b"y"


@pytest.mark.parametrize("encoding", ["cp950", "cp932"])
def test_a_folder_and_a_tar_with_such_names_are_read(encoding, tmp_path):
    raw = {f"{SURNAME[encoding]}/{name}".encode(encoding): data for name, data in ENCODED.items()}
    with tarfile.open(tmp_path / "work.tar", "w") as archive:
        for name, content in raw.items():
            info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
            path = tmp_path / "work" / name.decode("utf-8", "surrogateescape")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for path in (tmp_path / "work.tar", tmp_path / "work"):
        assert np.array_equal(seen(path)["images", "test"], IMAGES["test"])


def test_doubled_slashes_and_dots_lead_to_the_same_place(tmp_path):
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        archive.writestr("./a//b.txt", b"x")
    assert open_bundle(tmp_path / "work.zip", {}).names == ("a/b.txt",)
    with zipfile.ZipFile(tmp_path / "work.zip", "a") as archive:
        archive.writestr("a/./b.txt", b"y")
    with pytest.raises(Rejected, match=r"'a/b.txt' is in it twice"):
        open_bundle(tmp_path / "work.zip", {})


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/a", "C:/a", "..\\a", "C:\\a"])
def test_a_name_that_leads_outside_is_refused(name, tmp_path):
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(Rejected, match="leads outside"):
        open_bundle(tmp_path / "work.zip", {})


def test_names_are_read_in_one_encoding_that_fits_them_all():
    assert plain_names(["許.png", "許功蓋.png".encode("cp950"), b"a.png"]) == ["許.png", "許功蓋.png", "a.png"]
    assert plain_names(["許.png".encode(), b"a.png"]) == ["許.png", "a.png"]
    assert plain_names(["é.png".encode("cp437"), "許".encode("cp950")]) != ["é.png", "許"]
    assert with_slashes(["a\\b", "c"]) == ["a/b", "c"]
    assert with_slashes(["a\\b", "c/d"]) == ["a\\b", "c/d"]
