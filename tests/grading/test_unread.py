"""Whatever was handed in and not read is named: a slip in a name costs nobody points in silence."""

import pytest
from builders.batches import grades, hand_in
from builders.data import png
from builders.submissions import FORMS, IMAGES, as_folder, encoded, files, npz, remark_on, zipped

from benchmark.commands import grade
from benchmark.commands.check_form import check_form
from benchmark.grading.intake.discover import find_submissions
from benchmark.grading.sandbox.answer import Rejected, one_line

WHOLE = FORMS["folders"]
TEST = files("{list}/{number}.png", lists={"test": IMAGES["test"]})


def misspelt(folder):
    return {name.replace("new_test", folder): content for name, content in WHOLE.items()}


UNREAD = {
    "an archive of the other list": (TEST | {"new_test.zip": zipped({"0.png": png()})}, "not read: 'new_test.zip'"),
    "a misspelt folder": (misspelt("newtest"), "not read: 3 files in 'newtest'"),
    "a misspelt folder in another": (
        {f"hw/{name}": content for name, content in misspelt("old/newtest").items()},
        "not read: 3 files in 'hw/old'",
    ),
    "images of another kind": (
        TEST | {f"new_test/{i}.webp": b"RIFF" for i in range(3)},
        "not read: 3 files in 'new_test' (of images only .png, .jpg, .jpeg are read)",
    ),
    "an archive beside the images": (WHOLE | {"w.zip": b"PK", "o.rar": b"R"}, "not read: 'o.rar', 'w.zip'"),
    "more images": (
        WHOLE | {"test/a.gif": b"GIF", "notes.txt": b"x", "val/0.png": png()},
        "not read: 'test/a.gif', 'val/0.png', 'notes.txt' (of images only .png, .jpg, .jpeg are read)",
    ),
    "a report and code, behind what looks like work": (
        WHOLE | {"README.md": b"x", "report.pdf": b"x", "src/a.py": b"1", "src/b.py": b"2", "z.zip": b"PK"},
        "not read: 'z.zip', 'README.md', 'report.pdf', 2 files in 'src'",
    ),
    "many": (
        WHOLE | {f"{number}.zip": b"PK" for number in range(6)} | {"d/a.txt": b"", "d/b.txt": b""},
        "not read: '0.zip', '1.zip', '2.zip', '3.zip' and 4 more",
    ),
    "a report next to the archive that was opened": (
        {"hw.zip": zipped(WHOLE | {"notes.txt": b"x"}), "report.pdf": b"%PDF"},
        "not read: 'notes.txt', 'report.pdf'",
    ),
    "an array of another name": (
        {"a.npz": npz({"test": IMAGES["test"], "newtest": IMAGES["new_test"]})},
        "not read: 'a.npz/newtest.npy'",
    ),
    "an image beside arrays": ({"a.npz": npz(IMAGES), "test/0.png": png()}, "not read: 'test/0.png'"),
    "a checkpoint that is named already": (
        WHOLE | {"last.pth": b"x", "loss.png": png()},
        "only the images count: 'last.pth' comes without config.json, which says what model the weights are for; "
        "not read: 'loss.png'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("contents", "words"), UNREAD.values(), ids=UNREAD)
def test_every_file_that_was_not_read_is_named_work_first_and_folders_as_one(contents, words, tmp_path):
    assert remark_on(tmp_path, contents) == words


@pytest.mark.parametrize("form", ["folders", "grids", "npz", "npy", "declared -1..1", "one folder for all"])
def test_where_everything_was_read_nothing_is_said_nor_of_litter(form, tmp_path):
    litter = {"__MACOSX/test/._0.png": b"x", ".DS_Store": b"x", "Thumbs.db": b"x", "desktop.ini": b"x"}
    assert remark_on(tmp_path, FORMS[form] | litter) == ""


def test_a_long_remark_arrives_whole(tmp_path, exam, scenes):
    hand_in(tmp_path / "inbox" / "ann", scenes[0])
    names = [f"{letter * 55}.zip" for letter in "abcd"]
    as_folder(tmp_path / "inbox" / "ann", dict.fromkeys(names, b"PK"))
    (row,) = check_form([tmp_path / "inbox"], exam)
    assert row["reason"] == f"not read: {', '.join(map(repr, names))}"


@pytest.mark.parametrize("name", ["work.rar", "work.7z", "hw/work.tar.zst", "work.gz"])
def test_an_archive_of_another_kind_is_rejected_because_it_was_not_opened(name, tmp_path):
    with pytest.raises(Rejected) as verdict:
        remark_on(tmp_path, {name: b"Rar!", "report.pdf": b"%PDF"})
    kind = name[name.rindex(".") :]
    assert str(verdict.value).startswith(f"{name!r} was not opened: of archives only zip and tar are read, not {kind};")
    assert "nothing in it" not in str(verdict.value)


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ({"report.pdf": b"%PDF"}, "nothing in it can be graded ('report.pdf'); hand in images for test and new_test"),
        ({}, "it is empty, so nothing in it can be graded; hand in images"),
    ],
)
def test_where_nothing_can_be_graded_it_is_said_what_was_there(contents, words, tmp_path):
    with pytest.raises(Rejected) as verdict:
        remark_on(tmp_path, contents)
    assert str(verdict.value).startswith(words)


SCREENSHOT = "Screenshot 2026-05-25 at 1.30.05\u202fPM.png"  # as macOS calls it


@pytest.mark.parametrize("name", [SCREENSHOT, "報告\u3000四.pdf", "a\xa0b.txt"])
def test_a_space_of_another_width_in_a_name_rejects_nobody(name, tmp_path):
    shown = name.translate(dict.fromkeys(map(ord, "\u202f\u3000\xa0"), " "))
    assert remark_on(tmp_path, WHOLE | {name: png()}) == f"not read: {shown!r}"


@pytest.mark.parametrize("name", ["\N{MAN}\u200d\N{PERSONAL COMPUTER}.png", "\u0645\u06cc\u200c\u062e.pdf"])
def test_letters_that_are_joined_in_a_name_reject_nobody(name, tmp_path):
    assert "not read: " in remark_on(tmp_path, WHOLE | {name: png()})


def test_litter_rejects_nobody_whatever_its_name(tmp_path):
    """macOS keeps a folder's own icon under a name that ends in a line."""
    assert remark_on(tmp_path, WHOLE | {"Icon\r": b"", "__MACOSX/._Icon\r": b"", "test/._a\n": b""}) == ""


@pytest.mark.parametrize("mark", ["\u200e", "\u200b", "\n", "\x1b[2J"])
def test_only_a_file_that_is_read_needs_a_plain_name(mark, tmp_path):
    shown = one_line(f"re{mark}port.pdf")
    assert remark_on(tmp_path, WHOLE | {f"re{mark}port.pdf": b""}) == f"not read: {shown!r}"
    (tmp_path / "other").mkdir()
    with pytest.raises(Rejected, match=r"a file is called .*; use short plain names"):
        remark_on(tmp_path / "other", {f"te{mark} test.png": FORMS["grids"]["test.png"]})


BESIDE = {
    "Blackboard, a later report": [
        "HW4_ann_attempt_2026-05-25-13-30-00_hw.zip",
        "HW4_ann_attempt_2026-05-25-13-30-00.txt",  # Blackboard's own, with every attempt
        "HW4_ann_attempt_2026-05-27-13-30-00_report.pdf",
        "HW4_bob_attempt_2026-05-25-13-30-00_hw.zip",
    ],
    "Canvas, a late report": ["ann_12_9001_hw.zip", "ann_LATE_12_9005_report.pdf", "bob_13_9002_hw.zip"],
    "Moodle, a text": [
        "Ann Lee_11_assignsubmission_file_hw.zip",
        "Ann Lee_11_assignsubmission_onlinetext_onlinetext.html",
        "Bob_12_assignsubmission_file_hw.zip",
    ],
    "Moodle, a folder and a file": [
        "Ann Lee_11_assignsubmission_file_/test/0.png",
        "Ann Lee_11_assignsubmission_file_hw.zip",
        "Ann Lee_11_assignsubmission_file_report.pdf",
        "Bob_12_assignsubmission_file_hw.zip",
    ],
}


@pytest.mark.parametrize("names", BESIDE.values(), ids=BESIDE)
def test_a_persons_documents_are_named_next_to_their_work_in_a_platforms_folder(names, tmp_path):
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(png())
    *ann, bob = find_submissions([tmp_path], ["test"]).submissions
    document = next(name.rpartition("_")[2] for name in names if name.endswith((".pdf", ".html")))
    assert ann
    assert all(one.not_read == [f"not read: {document!r}"] for one in ann)
    assert bob.not_read == []


def test_documents_of_one_name_are_told_apart_by_the_platforms_names(tmp_path):
    attempts = [f"HW4_ann_attempt_2026-05-2{day}-13-30-00_" for day in (5, 6)]
    names = [attempt + name for attempt in attempts for name in ("report.pdf", "hw.zip")]
    for name in [*names, f"{attempts[1]}notes.pdf"]:
        (tmp_path / name).write_bytes(png())
    (ann,) = find_submissions([tmp_path], ["test"]).submissions
    first, second = (attempt + "report.pdf" for attempt in attempts)
    assert ann.not_read == [
        f"the last attempt counts; not graded: {names[1]!r}",
        f"not read: {first!r}, 'notes.pdf', {second!r}",
    ]


def test_the_check_the_grades_and_the_pages_all_name_what_was_not_read(tmp_path, exam, scenes):
    names = ["ann_12_9001_hw.zip", "ann_LATE_12_9005_report.pdf", "bob_13_9002_hw.zip"]
    images = {f"exam/{number}.png": encoded(image) for number, image in enumerate(scenes[0])}
    for name in names:
        content = images | ({"old.zip": b"PK"} if "ann" in name else {})
        (tmp_path / "inbox" / name).write_bytes(zipped(content) if name.endswith("zip") else b"%PDF")
    words = ["not read: 'old.zip'", "not read: 'report.pdf'"]
    ann, bob = check_form([tmp_path / "inbox"], exam)
    assert (ann["reason"], bob["reason"]) == ("; ".join(words), "")
    grade.grade([tmp_path / "inbox"], tmp_path / "out", exam)
    assert grades(tmp_path / "out")["ann_12"]["remarks"] == [
        {"kind": kind, "text": text} for kind, text in zip(["left out", "not read"], words, strict=True)
    ]
    assert grades(tmp_path / "out")["bob_13"]["remarks"] == []
    for page in ("index.html", "pages/ann_12.html", "staff/ann_12.html"):
        text = (tmp_path / "out" / page).read_text().replace("&#39;", "'")
        assert all(line in text for line in words)
    assert "not read" not in (tmp_path / "out" / "pages" / "bob_13.html").read_text()
