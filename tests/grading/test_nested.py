"""Archives within a submission: opened where nothing next to them can be graded, once within a folder and once more."""

import io
import tarfile

import numpy as np
import pytest
from builders.data import png
from builders.submissions import FORMS, IMAGES, as_folder, prompts, seen, square, zipped

from benchmark.grading.sandbox.answer import Rejected
from benchmark.grading.submission.bundle import Room

ENCODED = FORMS["folders"]


def tarred(contents, mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def of_list(name):
    return {inner.removeprefix(f"{name}/"): data for inner, data in ENCODED.items() if inner.startswith(f"{name}/")}


REPORT = {"report.pdf": b"%PDF", "report/figure.png": png(), "report/1.png": png(), "report/data.csv": b"1,2"}
NESTED = {
    "an archive next to a report": {"work.zip": zipped(ENCODED), "report.pdf": b"%PDF"},
    "an archive next to a report with figures": {"homework/work.tgz": tarred(ENCODED)} | REPORT,
    "an archive next to numbered figures": {"work.zip": zipped(ENCODED), "report/1.png": png(), "report/2.png": png()},
    "a zip within a zip": {"work.zip": zipped({"homework/inner.zip": zipped(ENCODED), "readme.txt": b"hi"} | REPORT)},
    "a zip within a tar": {"work.tar": tarred({"inner.zip": zipped(ENCODED)}, "w")},
    "a tar within a zip": {"work.zip": zipped({"inner.tar.xz": tarred(ENCODED, "w:xz")})},
    "an archive of each list": {f"{name}.zip": zipped(of_list(name)) for name in IMAGES},
    "an archive of each list within an archive": {
        "work.zip": zipped({f"work/{name}.zip": zipped(of_list(name)) for name in IMAGES})
    },
    "an archive of images and one of code": {
        "results.zip": zipped(ENCODED),
        "code.zip": zipped({"train.py": b"import torch", "figure.png": png()}),
    },
}


@pytest.mark.parametrize("contents", NESTED.values(), ids=NESTED)
def test_an_archive_is_opened_where_nothing_beside_it_can_be_graded(contents, tmp_path):
    parts = seen(as_folder(tmp_path / "work", contents))
    assert set(parts) == {("images", name) for name in IMAGES}
    assert all(np.array_equal(parts["images", name], images) for name, images in IMAGES.items())


def test_an_archive_that_is_handed_in_by_itself_is_opened_once_more(tmp_path):
    path = tmp_path / "work.zip"
    path.write_bytes(zipped({"inner.zip": zipped(ENCODED)}))
    assert np.array_equal(seen(path)["images", "test"], IMAGES["test"])


def test_a_sheet_in_an_archive_beside_a_figure_is_found(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (25, 3, 64, 64), dtype=np.uint8)
    contents = {"work.zip": zipped({"out.png": square(images, 2)}), "report/loss.png": png()}
    stems = [str(number) for number in range(1, 26)]
    assert np.array_equal(seen(as_folder(tmp_path / "work", contents), prompts(stems))["images", "prompts"], images)


@pytest.mark.parametrize(
    "archive", [b"no archive", zipped({"new_test/0.png": png()})], ids=["damaged", "of other images"]
)
def test_an_archive_beside_what_can_be_graded_is_left_closed(archive, tmp_path):
    parts = seen(as_folder(tmp_path / "work", ENCODED | {"data.zip": archive}))
    assert np.array_equal(parts["images", "new_test"], IMAGES["new_test"])


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
def test_archives_are_opened_in_a_folder_and_once_more_and_no_further(levels, tmp_path):
    content = zipped(ENCODED)
    for level in range(levels - 1):
        content = zipped({f"level{level}.zip": content})
    folder = as_folder(tmp_path / "work", {"work.zip": content})
    if levels <= 2:
        assert np.array_equal(seen(folder)["images", "test"], IMAGES["test"])
    else:
        with pytest.raises(Rejected, match=f"'level{levels - 3}.zip' is an archive within it, which is not opened"):
            seen(folder)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ({"a.zip": b"PK", "readme.txt": b"hi"}, "'a.zip': it is no whole zip archive; pack it again"),
        ({"a.zip": zipped({"b/c.tgz": b"\x1f\x8b"})}, "'b/c.tgz': it is no whole tar archive"),
        ({f"{number}.zip": zipped(ENCODED) for number in range(9)}, "it holds 9 archives; hand in one"),
        ({"a.zip": zipped({"x.txt": b""}), "a.tar": tarred({"x.txt": b""}, "w")}, "the same name but for the ending"),
        ({"a.zip": zipped({"b.zip": zipped({"../0.png": png()})})}, "'b.zip': the name '../0.png' leads outside"),
    ],
)
def test_archives_that_cannot_be_opened_are_rejected_by_name(contents, reason, tmp_path):
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "work", contents))
    assert reason in str(verdict.value)


def test_files_of_a_tar_are_read_as_often_as_they_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.grading.submission.opening.Room", lambda: Room(bytes=200_000))
    assert sum(map(len, ENCODED.values())) > 130_000
    assert np.array_equal(
        seen(as_folder(tmp_path / "work", {"a.tar": tarred(ENCODED)}))["images", "test"], IMAGES["test"]
    )


def test_the_files_of_all_archives_count_together(tmp_path):
    parts = {f"{part}.zip": zipped({f"{number}.txt": b"" for number in range(2_600)}) for part in "ab"}
    with pytest.raises(Rejected, match="more than 5,000 files"):
        seen(as_folder(tmp_path / "work", parts))
    (tmp_path / "work" / "b.zip").write_bytes(zipped(ENCODED))
    assert np.array_equal(seen(tmp_path / "work")["images", "test"], IMAGES["test"])


def test_the_bytes_of_all_archives_count_together(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.grading.submission.opening.Room", lambda: Room(bytes=60_000))
    noise = np.random.default_rng(0).bytes(40_000)
    parts = {f"{part}.tar": tarred({"noise.txt": noise}, "w") for part in "ab"}
    with pytest.raises(Rejected, match="unpacked it has more than"):
        seen(as_folder(tmp_path / "tars", parts))
    with pytest.raises(Rejected, match=r"'b\.zip': unpacked it has more than"):
        seen(as_folder(tmp_path / "zips", {"a.zip": zipped({"b.zip": zipped({"noise.txt": noise})})}))
