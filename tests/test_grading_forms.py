"""Every form in which homework is handed in gives the same pixels, in the order of the list."""

import io
import json
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from benchmark.data.images import grid
from benchmark.grading.sandbox.answer import AnswerFile, Rejected, read_answer
from benchmark.grading.sandbox.assignment import Assignment, ConditionList
from benchmark.grading.submission.read import examine

RNG = np.random.default_rng(0)
IMAGES = {
    name: RNG.integers(0, 256, (count, 3, 64, 64), dtype=np.uint8) for name, count in (("test", 10), ("new_test", 3))
}
ROWS = {name: [[int(i == n % 24) for i in range(24)] for n in range(len(images))] for name, images in IMAGES.items()}
ASSIGNMENT = Assignment(
    task="iclevr", kind="multi_label", sizes=[24], image_size=64, draws=2, seed=5,
    lists=[ConditionList(name=n, rows=rows, stems=[str(i) for i in range(len(rows))]) for n, rows in ROWS.items()],
)  # fmt: skip
STEMS = ["sample_1_1", "sample_1_2", "sample_2_1"]
TEXTS = Assignment(
    task="anime-faces", kind="attributes", sizes=[12, 11], image_size=64, draws=2, seed=5,
    lists=[ConditionList(name="texts", rows=[[1, 2], [1, 2], [3, 4]], stems=STEMS)],
)  # fmt: skip


def encoded(image, kind="png"):
    buffer = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(buffer, format=kind)
    return buffer.getvalue()


def files(pattern, first=0, lists=IMAGES):
    return {
        pattern.format(list=name, number=number + first): encoded(image)
        for name, images in lists.items()
        for number, image in enumerate(images)
    }


def sheet(images, side):
    big = torch.from_numpy(images.repeat(side // 64, axis=2).repeat(side // 64, axis=3))
    return encoded(grid(big, columns=min(8, len(big))).numpy())


def npz(arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def manifest(layout, value_range, names):
    arrays = {"files": dict.fromkeys(IMAGES, names) if isinstance(names, str) else names}
    return json.dumps({"pictures": arrays | {"layout": layout, "value_range": value_range}}).encode()


def square(images, padding, side=64):
    """A sheet with as many rows as columns."""
    big = torch.from_numpy(images.repeat(side // 64, axis=2).repeat(side // 64, axis=3))
    return encoded(grid(big, columns=round(len(big) ** 0.5), padding=padding).numpy())


TOGETHER = {f"images/{n:05d}.png": encoded(image) for n, image in enumerate([*IMAGES["test"], *IMAGES["new_test"]])}
HALVES = {name: images.astype(np.float32) / 127.5 - 1 for name, images in IMAGES.items()}
UNITS = {name: (images / 255).transpose(0, 2, 3, 1) for name, images in IMAGES.items()}
LASTS = {name: images.transpose(0, 2, 3, 1) for name, images in IMAGES.items()}

FORMS = {
    "folders": files("{list}/{number}.png"),
    "folders within folders": files("homework 4/images/{list}/{number}.png"),
    "numbers from one": files("{list}/{number}.png", first=1),
    "leading zeros": files("{list}/{number:03d}.png"),
    "names with the list": files("out/{list}_{number}.png"),
    "one folder for all": TOGETHER,
    "grids": {f"{name}.png": sheet(images, 64) for name, images in IMAGES.items()},
    "npz": {"images.npz": npz(IMAGES)},
    "npz, channels last": {"images.npz": npz(LASTS)},
    "npy": {f"{name}.npy": npy(images) for name, images in IMAGES.items()},
    "declared -1..1": {"a.npz": npz(HALVES), "manifest.json": manifest("NCHW", "-1..1", "a.npz")},
    "declared 0..1": {"a.npz": npz(UNITS), "manifest.json": manifest("NHWC", "0..1", "a.npz")},
    "capitals": files("{list}/{number}.png", lists={"Test": IMAGES["test"], "NEW_TEST": IMAGES["new_test"]}),
    "grids beside others": {
        **{f"my_{name}-grid.png": sheet(images, 64) for name, images in IMAGES.items()},
        "latest_results.png": encoded(IMAGES["test"][0]),
    },
    "a manifest within a folder": {
        "packed/a.npz": npz(HALVES),
        "packed/manifest.json": manifest("NCHW", "-1..1", "a.npz"),
    },
    "pictures beside a checkpoint": files("{list}/{number}.png") | {"last.pth": b"x"},
    "with litter": files("{list}/{number}.png")
    | {"__MACOSX/test/._0.png": b"x", ".DS_Store": b"x", "readme.txt": b"hi"},
}


def seen(path, assignment=ASSIGNMENT):
    """What a submission becomes, in this process."""
    answer_path = path.parent / f"answer of {path.name}"
    with open(answer_path, "w+b") as file:
        file.truncate(assignment.layout().size)
        answer = AnswerFile(file.fileno(), assignment.layout())
        examine(path, assignment, answer)
        answer.say("ready")
        return read_answer(file.fileno(), assignment.layout()).pictures


def as_folder(folder, contents):
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def as_zip(folder, contents):
    with zipfile.ZipFile(folder / "work.zip", "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return folder / "work.zip"


def as_tar(folder, contents):
    with tarfile.open(folder / "work.tgz", "w:gz") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return folder / "work.tgz"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_pictures_in_the_order_of_the_lists(form, tmp_path):
    (tmp_path / "work").mkdir()
    pictures = seen(as_folder(tmp_path / "work", FORMS[form]))
    assert set(pictures) == {("pictures", name) for name in IMAGES}
    for name, images in IMAGES.items():
        assert np.array_equal(pictures["pictures", name], images)


def test_large_tiles_of_a_grid_are_shrunk(tmp_path):
    smooth = np.broadcast_to(np.linspace(0, 255, 64, dtype=np.uint8), (10, 3, 64, 64)).copy()
    pictures = seen(as_folder(tmp_path / "work", {"result_test.png": sheet(smooth, 128)}))
    assert set(pictures) == {("pictures", "test")}
    assert np.abs(pictures["pictures", "test"].astype(int) - smooth).max() <= 2


@pytest.mark.parametrize("pack", [as_zip, as_tar, lambda folder, contents: as_zip(folder, contents).parent])
def test_an_archive_or_a_folder_with_one_archive_is_read_like_the_folder(pack, tmp_path):
    (tmp_path / "inbox").mkdir()
    pictures = seen(pack(tmp_path / "inbox", FORMS["folders"]))
    assert np.array_equal(pictures["pictures", "test"], IMAGES["test"])


def test_a_zip_with_backslashes_is_read_as_its_packer_meant(tmp_path):
    contents = {name.replace("/", "\\"): content for name, content in FORMS["folders"].items()}
    pictures = seen(as_zip(tmp_path, contents))
    assert np.array_equal(pictures["pictures", "test"], IMAGES["test"])


def test_what_is_left_out_is_said(tmp_path):
    assignment, contents = ASSIGNMENT, FORMS["pictures beside a checkpoint"]
    with open(tmp_path / "answer", "w+b") as file:
        file.truncate(assignment.layout().size)
        answer = AnswerFile(file.fileno(), assignment.layout())
        remark = examine(as_folder(tmp_path / "work", contents), assignment, answer)
    assert remark.startswith("only the pictures count: 'last.pth' comes without config.json")


def test_pictures_of_one_list_alone_are_taken_as_that_list(tmp_path):
    pictures = seen(as_folder(tmp_path / "work", files("{list}/{number}.png", lists={"test": IMAGES["test"]})))
    assert set(pictures) == {("pictures", "test")}


def test_pictures_for_texts_are_found_by_their_names(tmp_path):
    contents = {f"samples/{stem}.png": encoded(IMAGES["new_test"][i]) for i, stem in enumerate(TEXTS.lists[0].stems)}
    pictures = seen(as_folder(tmp_path / "work", contents), TEXTS)
    assert np.array_equal(pictures["pictures", "texts"], IMAGES["new_test"])


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
    pictures = seen(as_folder(tmp_path / "work", contents), prompts(stems))
    assert np.array_equal(pictures["pictures", "prompts"], PROMPTS)


@pytest.mark.parametrize("name", ["prompts.png", "anything.png"])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("stems", [FIVE_EACH, LINES], ids=["five each", "lines"])
def test_a_sheet_of_5_by_5_is_the_25_prompts_row_by_row(stems, padding, name, tmp_path):
    pictures = seen(as_folder(tmp_path / "work", {name: square(PROMPTS, padding)}), prompts(stems))
    assert np.array_equal(pictures["pictures", "prompts"], PROMPTS)


def test_a_square_sheet_of_large_tiles_and_one_of_eight_a_row_are_read_too(tmp_path):
    smooth = np.broadcast_to(np.linspace(0, 255, 64, dtype=np.uint8), (25, 3, 64, 64)).copy()
    for number, sheets in enumerate([square(smooth, 2, 128), square(smooth, 0, 128), sheet(smooth, 64)]):
        (found,) = seen(as_folder(tmp_path / f"work {number}", {"a.png": sheets}), prompts(LINES)).values()
        assert np.abs(found.astype(int) - smooth).max() <= 2


def test_of_several_pictures_or_lists_none_is_taken_for_a_sheet_without_its_name(tmp_path):
    sheets = {"a.png": square(PROMPTS, 2), "b.png": square(PROMPTS, 2)}
    with pytest.raises(Rejected, match="no picture's name says its place"):
        seen(as_folder(tmp_path / "work", sheets), prompts(LINES))


def prompts(stems):
    rows = [[1, 2]] * len(stems)
    return replace(TEXTS, lists=[ConditionList(name="prompts", rows=rows, stems=stems)])


ONE = encoded(IMAGES["test"][0])
TWICE = {
    "0.png beside 00.png in one folder": (TOGETHER | {"images/0.png": ONE}, ("images/0.png", "images/00000.png")),
    "0.png beside 00.png of a list": (FORMS["folders"] | {"test/00.png": ONE}, ("test/0.png", "test/00.png")),
    "0.png beside 0.jpg": (FORMS["folders"] | {"test/0.jpg": ONE}, ("test/0.jpg", "test/0.png")),
    "two folders of one list": (FORMS["folders"] | {"old/test/3.png": ONE}, ("old/test/3.png", "test/3.png")),
    "two arrays of one list": (FORMS["npy"] | {"old/test.npy": npy(IMAGES["test"])}, ("old/test.npy", "test.npy")),
}


@pytest.mark.parametrize(("contents", "both"), TWICE.values(), ids=TWICE)
def test_two_files_for_one_place_are_rejected_by_name(contents, both, tmp_path):
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "work", contents))
    assert all(repr(name) in str(verdict.value) for name in both)


def test_two_pictures_of_one_text_are_rejected_by_name(tmp_path):
    contents = {f"{folder}/{stem}.png": ONE for folder in ("new", "old") for stem in STEMS}
    with pytest.raises(Rejected, match=r"'new/sample_1_1.png' and 'old/sample_1_1.png' are both picture sample_1_1"):
        seen(as_folder(tmp_path / "work", contents), TEXTS)


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (files("{list}/{number}.png", lists={"test": IMAGES["test"][:9]}), "lacks 1: 9"),
        (files("{list}/{number}.png", lists={"new_test": IMAGES["test"]}), "asks for 3 pictures"),
        ({"test.png": sheet(IMAGES["test"][:4], 64)}, "530x134"),
        ({"a.npz": npz(HALVES)}, "float32"),
        ({"a.npz": npz({"test": IMAGES["test"][:5]})}, "shape is (5, 3, 64, 64)"),
        ({"a.npz": npz(HALVES), "manifest.json": manifest("NCHW", "0..1", "a.npz")}, "0 to 1 was declared"),
        ({"manifest.json": manifest("NCHW", "0..1", "a.npz")}, "was not handed in"),
        ({"manifest.json": manifest("NCHW", "0..1", {"other": "a.npz"})}, "lists: test, new_test"),
        ({"me.png": encoded(IMAGES["test"][0])}, "no picture's name says its place"),
    ],
)
def test_an_incomplete_or_wrong_form_says_what_was_asked_for(contents, reason, tmp_path):
    with pytest.raises(Rejected) as verdict:
        seen(as_folder(tmp_path / "work", contents))
    assert reason in str(verdict.value)
