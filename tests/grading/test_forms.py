"""Every form in which homework is handed in gives the same pixels, in the order of the list."""

import io
import subprocess
import sys
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from builders.submissions import (
    ASSIGNMENT,
    FORMS,
    HALVES,
    IMAGES,
    RNG,
    STEMS,
    TEXTS,
    TOGETHER,
    as_folder,
    as_zip,
    encoded,
    files,
    manifest,
    npy,
    npz,
    prompts,
    seen,
    sheet,
    square,
)

from benchmark.grading.sandbox.answer import AnswerFile, Rejected
from benchmark.grading.submission.image_files import all_in_one_folder
from benchmark.grading.submission.image_grids import grid_of_list
from benchmark.grading.submission.read import examine


def as_tar(folder, contents):
    with tarfile.open(folder / "work.tgz", "w:gz") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return folder / "work.tgz"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_images_in_the_order_of_the_lists(form, tmp_path):
    (tmp_path / "work").mkdir()
    parts = seen(as_folder(tmp_path / "work", FORMS[form]))
    assert set(parts) == {("images", name) for name in IMAGES}
    for name, images in IMAGES.items():
        assert np.array_equal(parts["images", name], images)


def test_large_tiles_of_a_grid_are_shrunk(tmp_path):
    smooth = np.broadcast_to(np.linspace(0, 255, 64, dtype=np.uint8), (10, 3, 64, 64)).copy()
    parts = seen(as_folder(tmp_path / "work", {"result_test.png": sheet(smooth, 128)}))
    assert set(parts) == {("images", "test")}
    assert np.abs(parts["images", "test"].astype(int) - smooth).max() <= 2


@pytest.mark.parametrize(
    ("stem", "list_name"),
    [("new_test", "new_test"), ("new-test", "new_test"), ("My New Test grid", "new_test"), ("newtest", "new_test"),
     ("test", "test"), ("my-test_2", "test"), ("latest", None), ("new_tests", None)],
)  # fmt: skip
def test_a_grid_is_of_the_list_whose_whole_name_it_bears(stem, list_name):
    lists = {"test": [], "new_test": []}
    found = {name: grid_of_list([f"{stem}.png"], name, lists) for name in lists}
    assert {name for name, grid in found.items() if grid} == ({list_name} if list_name else set())


@pytest.mark.parametrize(
    ("stem", "longer", "shorter"),
    [
        ("new_test", "new_test", "Test"),
        ("my set-a", "my-set-a", "set_a"),
        ("NEW-test grid", "NewTest", "test"),
        ("new_test", "newtest", "test"),
    ],
)
def test_a_grid_of_a_list_is_not_read_for_another_whose_name_is_a_part_of_its_own(stem, longer, shorter):
    lists = {shorter: STEMS, longer: STEMS}
    assert grid_of_list([f"{stem}.png"], shorter, lists) is None
    assert grid_of_list([f"{stem}.png", f"{shorter}.png"], shorter, lists) == f"{shorter}.png"
    assert grid_of_list([f"re{stem}.png"], shorter, lists) == f"re{stem}.png"


@pytest.mark.parametrize("name", ["2026.png", "1.png", "anything.png"])
def test_the_grid_of_a_single_list_may_have_any_name(name):
    assert all_in_one_folder([name], {"exam": list(range(32))}) == {}


@pytest.mark.parametrize("pack", [as_zip, as_tar, lambda folder, contents: as_zip(folder, contents).parent])
def test_an_archive_or_a_folder_with_one_archive_is_read_like_the_folder(pack, tmp_path):
    (tmp_path / "inbox").mkdir()
    parts = seen(pack(tmp_path / "inbox", FORMS["folders"]))
    assert np.array_equal(parts["images", "test"], IMAGES["test"])


def test_a_zip_with_backslashes_is_read_as_its_packer_meant(tmp_path):
    contents = {name.replace("/", "\\"): content for name, content in FORMS["folders"].items()}
    parts = seen(as_zip(tmp_path, contents))
    assert np.array_equal(parts["images", "test"], IMAGES["test"])


def test_what_is_left_out_is_said(tmp_path):
    assignment, contents = ASSIGNMENT, FORMS["images next to a checkpoint"]
    with open(tmp_path / "answer", "w+b") as file:
        file.truncate(assignment.layout().size)
        answer = AnswerFile(file.fileno(), assignment.layout())
        remark = examine(as_folder(tmp_path / "work", contents), assignment, answer)
    assert remark.startswith("only the images count: 'last.pth' comes without config.json")


def test_images_of_one_list_alone_are_taken_as_that_list(tmp_path):
    parts = seen(as_folder(tmp_path / "work", files("{list}/{number}.png", lists={"test": IMAGES["test"]})))
    assert set(parts) == {("images", "test")}


def test_images_for_texts_are_found_by_their_names(tmp_path):
    contents = {f"samples/{stem}.png": encoded(IMAGES["new_test"][i]) for i, stem in enumerate(TEXTS.lists[0].stems)}
    parts = seen(as_folder(tmp_path / "work", contents), TEXTS)
    assert np.array_equal(parts["images", "texts"], IMAGES["new_test"])


PROMPTS = RNG.integers(0, 256, (25, 3, 64, 64), dtype=np.uint8)
FIVE_EACH = [f"sample_{text}_{number}" for text in range(1, 6) for number in range(1, 6)]
LINES = [str(number) for number in range(1, 26)]
PROMPT_FORMS = {
    "names of the course": {f"out/{stem}.png": n for n, stem in enumerate(FIVE_EACH)},
    "names in capitals": {f"{stem.upper()}.PNG": n for n, stem in enumerate(FIVE_EACH)},
    "numbers of lines": {f"out/{n + 1}.png": n for n in range(25)},
    "numbers in the list's folder": {f"prompts/{n + 1:02d}.png": n for n in range(25)},
    "numbers after the list's name": {f"prompts_{n}.png": n for n in range(25)},
}


@pytest.mark.parametrize(
    ("stems", "form"),
    [*((FIVE_EACH, form) for form in PROMPT_FORMS), *((LINES, form) for form in PROMPT_FORMS if "name" not in form)],
)
def test_25_prompts_are_found_by_the_names_of_the_course_or_by_the_numbers_of_their_lines(stems, form, tmp_path):
    contents = {name: encoded(PROMPTS[place]) for name, place in PROMPT_FORMS[form].items()}
    parts = seen(as_folder(tmp_path / "work", contents), prompts(stems))
    assert np.array_equal(parts["images", "prompts"], PROMPTS)


@pytest.mark.parametrize("name", ["prompts.png", "anything.png"])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("stems", [FIVE_EACH, LINES], ids=["five each", "lines"])
def test_a_sheet_of_5_by_5_is_the_25_prompts_row_by_row(stems, padding, name, tmp_path):
    parts = seen(as_folder(tmp_path / "work", {name: square(PROMPTS, padding)}), prompts(stems))
    assert np.array_equal(parts["images", "prompts"], PROMPTS)


def test_a_square_sheet_of_large_tiles_and_one_of_eight_a_row_are_read_too(tmp_path):
    smooth = np.broadcast_to(np.linspace(0, 255, 64, dtype=np.uint8), (25, 3, 64, 64)).copy()
    for number, sheets in enumerate([square(smooth, 2, 128), square(smooth, 0, 128), sheet(smooth, 64)]):
        (found,) = seen(as_folder(tmp_path / f"work {number}", {"a.png": sheets}), prompts(LINES)).values()
        assert np.abs(found.astype(int) - smooth).max() <= 2


def test_of_several_images_or_lists_none_is_taken_for_a_sheet_without_its_name(tmp_path):
    sheets = {"a.png": square(PROMPTS, 2), "b.png": square(PROMPTS, 2)}
    with pytest.raises(Rejected, match="no image's name says its place"):
        seen(as_folder(tmp_path / "work", sheets), prompts(LINES))


ONE = encoded(IMAGES["test"][0])
TWICE = {
    "0.png next to 00.png in one folder": (TOGETHER | {"images/0.png": ONE}, ("images/0.png", "images/00000.png")),
    "0.png next to 00.png of a list": (FORMS["folders"] | {"test/00.png": ONE}, ("test/0.png", "test/00.png")),
    "0.png next to 0.jpg": (FORMS["folders"] | {"test/0.jpg": ONE}, ("test/0.jpg", "test/0.png")),
    "two folders of one list": (FORMS["folders"] | {"old/test/3.png": ONE}, ("old/test/3.png", "test/3.png")),
    "two arrays of one list": (FORMS["npy"] | {"old/test.npy": npy(IMAGES["test"])}, ("old/test.npy", "test.npy")),
}


@pytest.mark.parametrize(("contents", "both"), TWICE.values(), ids=TWICE)
def test_two_files_for_one_place_are_rejected_by_name(contents, both, tmp_path):
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "work", contents))
    assert all(repr(name) in str(verdict.value) for name in both)


def test_two_images_of_one_text_are_rejected_by_name(tmp_path):
    contents = {f"{folder}/{stem}.png": ONE for folder in ("new", "old") for stem in STEMS}
    with pytest.raises(Rejected, match=r"'new/sample_1_1.png' and 'old/sample_1_1.png' are both image sample_1_1"):
        seen(as_folder(tmp_path / "work", contents), TEXTS)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (files("{list}/{number}.png", lists={"test": IMAGES["test"][:9]}), "lacks 1: 9"),
        (files("{list}/{number}.png", lists={"new_test": IMAGES["test"]}), "requests 3 images"),
        ({"test.png": sheet(IMAGES["test"][:4], 64)}, "530x134"),
        ({"a.npz": npz(HALVES)}, "float32"),
        ({"a.npz": npz({"test": IMAGES["test"][:5]})}, "shape is (5, 3, 64, 64)"),
        ({"a.npz": npz(HALVES), "manifest.json": manifest("NCHW", "0..1", "a.npz")}, "0 to 1 was declared"),
        ({"manifest.json": manifest("NCHW", "0..1", "a.npz")}, "was not handed in"),
        ({"manifest.json": manifest("NCHW", "0..1", {"other": "a.npz"})}, "lists: test, new_test"),
        ({"me.png": encoded(IMAGES["test"][0])}, "no image's name says its place"),
    ],
)
def test_an_incomplete_or_wrong_form_says_what_was_requested(contents, reason, tmp_path):
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "work", contents))
    assert reason in str(verdict.value)


@pytest.mark.parametrize(
    ("form", "found"), [("newtest/{number}.png", "only in the folder 'newtest'"), ("{number}.png", "in no folder")]
)
def test_images_in_a_folder_of_no_list_are_rejected_with_its_name_and_those_of_the_lists(form, found, tmp_path):
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "work", files(form, lists={"test": IMAGES["test"]})))
    assert str(verdict.value) == (
        "all lists together requests 13 images, but lacks 3: 10, 11, 12; images were found "
        f"{found}; a folder for each list would be called 'test' and 'new_test'"
    )


@pytest.mark.parametrize("folder", ["", "hw/"])
@pytest.mark.parametrize("name", ["a.npz", "./a.npz", "b/../a.npz", "b//.././a.npz"])
def test_a_path_in_a_manifest_may_take_a_detour_within_the_submission(folder, name, tmp_path):
    contents = {"a.npz": npz(HALVES), "manifest.json": manifest("NCHW", "-1..1", name)}
    parts = seen(as_folder(tmp_path / "work", {folder + file: content for file, content in contents.items()}))
    assert np.array_equal(parts["images", "test"], IMAGES["test"])


@pytest.mark.parametrize("name", ["../a.npz", "b/../../a.npz", "/a.npz", "../work/a.npz", "hw/../../work/a.npz"])
def test_a_path_in_a_manifest_that_leads_out_of_the_submission_is_no_file_of_it(name, tmp_path):
    contents = {"a.npz": npz(HALVES), "manifest.json": manifest("NCHW", "-1..1", name)}
    (tmp_path / "a.npz").write_bytes(npz(HALVES))
    with pytest.raises(Rejected, match="which was not handed in"):
        seen(as_folder(tmp_path / "work", contents))


def npz_of(**lists):
    """An ``.npz`` in which arrays of lists are called otherwise."""
    return npz({name: IMAGES[of] for name, of in lists.items()})


@pytest.mark.parametrize(
    "document", [{}, {"manifest.json": manifest("NCHW", "0..255", "a.npz")}], ids=["bare", "declared"]
)
def test_an_array_whose_name_differs_only_in_capitals_is_the_list_s(document, tmp_path):
    contents = {"a.npz": npz_of(Test="test", NEW_TEST="new_test")} | document
    single = {"TEST.npy": npy(IMAGES["test"]), "new_Test.npy": npy(IMAGES["new_test"])}
    for number, handed_in in enumerate([contents, single]):
        parts = seen(as_folder(tmp_path / f"work {number}", handed_in))
        assert all(np.array_equal(parts["images", name], images) for name, images in IMAGES.items())


WRONG_ARRAYS = {
    "two that differ in capitals": (npz_of(Test="test", TEST="test"), "has the arrays 'Test' and 'TEST'"),
    "other names": (npz_of(images="test", more="new_test"), "has the arrays 'images' and 'more'"),
    "one": (npz_of(arr_0="test"), "has the array 'arr_0'"),
    "none": (npz({}), "has no arrays"),
    "many": (npz({f"a{n}": IMAGES["test"][:1] for n in range(9)}), "'a3', 'a4' and 4 more"),
}


@pytest.mark.parametrize(("content", "found"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
@pytest.mark.parametrize(
    "document", [{}, {"manifest.json": manifest("NCHW", "0..255", "a.npz")}], ids=["bare", "declared"]
)
def test_arrays_of_other_names_are_named_next_to_those_that_are_wanted(content, found, document, tmp_path):
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "work", {"a.npz": content} | document))
    assert found in str(verdict.value)
    assert str(verdict.value).count("; ") == 1
    assert str(verdict.value).endswith("; call one 'test' or 'new_test'")


def test_an_array_of_one_list_is_not_taken_for_another_that_differs_in_capitals(tmp_path):
    lists = [replace(ASSIGNMENT.lists[0], name=name) for name in ("test", "Test")]
    both, one = npz_of(test="test", Test="test"), npz_of(test="test")
    assert set(seen(as_folder(tmp_path / "both", {"a.npz": both}), replace(ASSIGNMENT, lists=lists))) == {
        ("images", "test"), ("images", "Test")
    }  # fmt: skip
    parts = seen(as_folder(tmp_path / "one", {"a.npz": one}), replace(ASSIGNMENT, lists=lists))
    assert set(parts) == {("images", "test")}


def test_what_comes_without_a_manifest_is_read_without_the_library_that_manifests_need(tmp_path):
    code = "import sys; from benchmark.grading.submission import read; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0


def listed(pattern, name, of):
    """The images of one list, under names that are given."""
    return files(pattern, lists={name: IMAGES[of]})


IN_OWN_FOLDERS = {
    "names with another list's": listed("{list}/test_{number}.png", "test", "test")
    | listed("{list}/test_{number}.png", "new_test", "new_test"),
    "a grid, and such a folder": {"test.png": sheet(IMAGES["test"], 64)}
    | listed("{list}/test_{number}.png", "new_test", "new_test"),
    "a folder that is called like a list, with both": listed("test/{list}_{number}.png", "test", "test")
    | listed("test/{list}_{number}.png", "new_test", "new_test"),
    "such a folder with both grids": {f"test/{name}.png": sheet(images, 64) for name, images in IMAGES.items()},
    "such a folder with numbers and a grid": listed("{list}/{number}.png", "test", "test")
    | {"test/new_test.png": sheet(IMAGES["new_test"], 64)},
}


@pytest.mark.parametrize("contents", IN_OWN_FOLDERS.values(), ids=IN_OWN_FOLDERS)
def test_a_file_in_a_lists_own_folder_is_of_that_list(contents, tmp_path):
    parts = seen(as_folder(tmp_path / "work", contents))
    assert set(parts) == {("images", name) for name in IMAGES}
    assert all(np.array_equal(parts["images", name], images) for name, images in IMAGES.items())


def test_a_rejection_names_a_fault_of_each_list(tmp_path):
    contents = files("{list}/{number}.png")
    del contents["test/4.png"], contents["new_test/0.png"]
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "files", contents))
    assert str(verdict.value) == ("test requests 10 images, but lacks 1: 4; new_test requests 3 images, but lacks 1: 3")
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "arrays", {f"{name}.npy": npy(images[1:]) for name, images in IMAGES.items()}))
    assert "'test.npy', test: the shape is (9, 3, 64, 64)" in str(verdict.value)
    assert "; 'new_test.npy', new_test: the shape is (2, 3, 64, 64)" in str(verdict.value)
