"""Folders as learning platforms pack them: the files of one person are one submission, documents are none."""

import os
from pathlib import Path

import pytest
from builders.data import png

from benchmark.errors import UsageError
from benchmark.grading.intake import gathering
from benchmark.grading.intake.discover import Submission, find_submissions
from benchmark.grading.intake.gathering import as_one_path
from benchmark.grading.intake.platforms import last_attempt, parts_of_people
from benchmark.grading.sandbox.answer import Rejected

LISTS = ["test", "new_test"]
MOODLE = [
    "Ann Lee_11_assignsubmission_file_work.zip",
    "Ann Lee_11_assignsubmission_file_report.pdf",
    "Ann Lee_11_assignsubmission_onlinetext_onlinetext.html",
    "王小明_12_assignsubmission_file_generator.safetensors",
    "王小明_12_assignsubmission_file_config.json",
    "Participant_13_assignsubmission_file_report.docx",
    "Default group_assignsubmission_file_test.npy",
    "Default group_assignsubmission_file_new_test.npy",
]
CANVAS = [
    "leeann_11_9001_work.zip",
    "leeann_11_9002_report.pdf",
    "王小明_LATE_12_9003_generator.safetensors",
    "王小明_LATE_12_9004_config-1.json",
    "cem_13_9005_report.docx",
    "anon_a1B2c_9006_test.npy",
    "anon_a1B2c_9007_new_test.npy",
    "dora_14_text.html",
]
HANDED_IN = {  # names, and when the platform says that each was handed in
    "Canvas": {
        "leeann_11_9001_hw.zip": "",
        "王小明_LATE_12_9003_hw.zip": "late",
        "สมชายกิตติ_LATE_13_9004_hw.zip": "late",
        "LATE_anon_a1B2c_9006_hw.zip": "late",
        "late_14_9007_hw.zip": "",
    },
    "Canvas, late again": {"ann_11_9001_hw.zip": "", "bob_12_9002_hw.zip": "", "bob_LATE_12_9003_hw-1.zip": "late"},
    "id, name and time": {
        "0856001_王小明_20260527133005_hw.zip": "2026-05-27 13:30:05",
        "0856002_Ann Lee_20260525_1330.zip": "2026-05-25 13:30",
        "0856003_Bob_2026-05-25_hw.zip": "2026-05-25",
    },
    "Moodle": {"Ann Lee_11_assignsubmission_file_work.zip": ""},
}


def found_in(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png())
    return find_submissions([folder], LISTS)


@pytest.mark.parametrize(
    ("names", "ids", "ignored"),
    [
        (MOODLE, ["Ann Lee_11", "Default group", "王小明_12"], [MOODLE[5]]),
        (CANVAS, ["anon_a1B2c", "leeann_11", "王小明_12"], [CANVAS[4], CANVAS[7]]),
    ],
    ids=["Moodle", "Canvas"],
)
def test_files_of_one_person_are_one_submission_and_documents_alone_are_none(names, ids, ignored, tmp_path):
    found = found_in(tmp_path, [*names, "roster.csv"])
    assert [submission.id for submission in found.submissions] == ids
    assert found.ignored == sorted([*ignored, "roster.csv"])
    by_id = {submission.id: submission for submission in found.submissions}
    assert by_id[ids[2]].files == {
        "generator.safetensors": tmp_path / next(name for name in names if name.endswith("safetensors")),
        "config.json": tmp_path / next(name for name in names if name.endswith(".json")),
    }
    (archive,) = (submission for submission in found.submissions if not submission.files)
    assert archive.path.name.endswith("work.zip")


@pytest.mark.parametrize(("names", "platform"), [(MOODLE, "moodle"), (CANVAS, "canvas")], ids=["Moodle", "Canvas"])
def test_a_submission_knows_the_platform_that_named_its_files(names, platform, tmp_path):
    assert {one.platform for one in found_in(tmp_path / "a", names).submissions} == {platform}
    assert {one.platform for one in found_in(tmp_path / "b", ["ann_4711.zip", "bob.zip"]).submissions} == {""}


def test_moodle_folders_are_submissions_called_like_the_person(tmp_path):
    found = found_in(
        tmp_path,
        [
            "Ann Lee_11_assignsubmission_file_/work.zip",
            "Ann Lee_11_assignsubmission_onlinetext_/onlinetext.html",
            "Bob_12_assignsubmission_file/test/0.png",
            "Cem_13_assignsubmission_onlinetext/onlinetext.html",
        ],
    )
    assert {submission.id: submission.path.name for submission in found.submissions} == {
        "Ann Lee_11": "Ann Lee_11_assignsubmission_file_",
        "Bob_12": "Bob_12_assignsubmission_file",
    }
    assert found.ignored == ["Cem_13_assignsubmission_onlinetext"]


@pytest.mark.parametrize(
    "names",
    [
        ["lab_7_4711_ann.zip", "lab_7_4712_bob.zip"],
        ["lab_7_4711_ann.zip", "lab_7_4712_bob.zip", "lab_8_4713_ann.zip"],
        ["hw_1_11_ann.zip", "lab_1_12_ann.zip", "hw_1_13_bob.zip"],
        ["hw_1_11_ann.zip", "lab_2_11_ann.zip", "hw_1_12_bob.zip"],
        ["ann_1_2_x.zip", "ann_1_3_y.zip", "bob_2_4_z.zip", "cem.zip", "dora.zip", "eve.zip"],
    ],
)
def test_archives_that_people_called_alike_are_not_joined(names, tmp_path):
    found = found_in(tmp_path, names)
    assert [submission.id for submission in found.submissions] == [name.removesuffix(".zip") for name in sorted(names)]


def test_documents_in_a_flat_folder_have_no_row_and_are_listed(tmp_path):
    found = found_in(tmp_path, ["ann.zip", "ann_report.pdf", "bob.docx", "cem.ipynb", "dora.npz"])
    assert [submission.id for submission in found.submissions] == ["ann", "dora"]
    assert found.ignored == ["ann_report.pdf", "bob.docx", "cem.ipynb"]


def test_two_files_of_one_name_are_both_kept_and_none_leads_outside(tmp_path):
    names = ["ann_1_2_a.npy", "ann_1_3_a.npy", "ann_1_4_..", "bob_2_5_b.npy"]
    ann, _ = found_in(tmp_path, names).submissions
    assert set(ann.files) == {"a.npy", "ann_1_3_a.npy", "ann_1_4_.."}
    with as_one_path(ann) as folder:
        assert sorted(os.listdir(folder)) == sorted(ann.files)


def gathered(files):
    return Submission("ann", next(iter(files.values())), files)


def test_files_are_copied_for_as_long_as_they_are_looked_at(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    with as_one_path(gathered({"b": tmp_path / "a"})) as folder:
        assert (folder / "b").read_bytes() == b"content"
    assert not folder.exists()
    assert (tmp_path / "a").exists()


@pytest.mark.parametrize("kind", ["link", "device", "folder"])
def test_what_is_no_plain_file_is_not_copied(kind, tmp_path):
    {
        "link": lambda path: path.symlink_to("/etc/passwd"),
        "device": os.mkfifo,
        "folder": Path.mkdir,
    }[kind](tmp_path / "a")
    with pytest.raises(Rejected, match="is a link or a device"), as_one_path(gathered({"b": tmp_path / "a"})):
        pass


def test_more_than_a_submission_may_have_is_not_copied(tmp_path):
    for name in "ab":
        with (tmp_path / name).open("wb") as file:
            file.truncate(300 << 20)
    files = {name: tmp_path / name for name in "ab"}
    with pytest.raises(Rejected, match="more than 536,870,912 bytes"), as_one_path(gathered(files)):
        pass


def test_a_lack_of_room_for_copies_is_nobodys_mark(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"content")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gathering.shutil, "copyfileobj", full)
    with pytest.raises(UsageError, match=r"\(No space left on device\); the submission is not at fault"):
        gathering.look_at_submission(gathered({"b": tmp_path / "a"}), None, None)


@pytest.mark.parametrize("names", HANDED_IN.values(), ids=HANDED_IN)
def test_a_submission_is_as_late_as_the_platform_says(names, tmp_path):
    found = found_in(tmp_path, names).submissions
    assert all(one.id.rpartition("_")[2] != "hw" for one in found)  # each is a person's
    assert {one.path.name: one.handed_in for one in found} == {
        name: when for name, when in names.items() if name != "bob_12_9002_hw.zip"
    }


ATTEMPTS = {
    "id, name and time": [
        "0856001_王小明_20260525133000_hw.zip",
        "0856001_王小明_20260526090000_hw.zip",
        "0856002_Ann Lee_2026-05-25-13-30-00.zip",
    ],
    "Blackboard": [
        "HW4_ming_attempt_2026-05-25-13-30-00_hw.zip",
        "HW4_ming_attempt_2026-05-26-09-00-00_hw.zip",
        "HW4_ming_attempt_2026-05-26-09-00-00.txt",
        "HW4_ann_attempt_2026-05-25-13-30-00_hw.zip",
    ],
    "Blackboard, names with underscores": [
        "HW4_ming_lee_attempt_2026-05-25-13-30-00_hw.zip",
        "HW4_ming_lee_attempt_2026-05-26-09-00-00_hw.zip",
        "HW4_ann_lee_attempt_2026-05-27-13-30-00_hw.zip",
    ],
    "Canvas": ["ming_12_9001_hw.zip", "ming_12_9005_hw-1.zip", "ann_13_9002_hw.zip"],
    "Canvas, again and again": [
        "ming_12_9001_hw-2.zip",
        "ming_12_9005_hw-10.zip",
        "ming_12_9006_hw.zip",
        "ann_13_9002_hw.zip",
    ],
}


@pytest.mark.parametrize("names", ATTEMPTS.values(), ids=ATTEMPTS)
def test_the_last_attempt_of_a_person_counts_and_the_others_are_named(names, tmp_path):
    found = {one.id.casefold(): one for one in found_in(tmp_path, names).submissions}
    (ming,) = (one for name, one in found.items() if "ming" in name or "王小明" in name)
    (ann,) = (one for name, one in found.items() if "ann" in name)
    assert ming.path.name == names[1]
    assert set(ming.earlier) == {
        name for name in names if name.endswith("zip") and name not in (names[1], ann.path.name)
    }
    assert ann.earlier == ()


def test_two_people_with_one_last_word_in_their_user_names_stay_two(tmp_path):
    names = ["HW4_ann_lee_attempt_2026-05-25-13-30-00_a.zip", "HW4_bob_lee_attempt_2026-05-26-10-00-00_a.zip"]
    assert [(one.id, one.earlier) for one in found_in(tmp_path, names).submissions] == [
        ("ann_lee", ()),
        ("bob_lee", ()),
    ]


def test_a_number_behind_a_name_takes_the_place_of_another_file_on_canvas_alone():
    names = ["Ann Lee_4711_assignsubmission_file_hw.zip", "Ann Lee_4711_assignsubmission_file_hw-2.zip"]
    assert last_attempt(parts_of_people([Path(name) for name in names]), names) == names
    names = ["ming_12_9001_hw.zip", "ming_12_9005_hw-2.zip"]
    parts = parts_of_people([Path(name) for name in [*names, "ann_13_9002_hw.zip"]])
    assert last_attempt(parts, names) == names[1:]


def test_a_later_attempt_with_a_report_alone_does_not_take_the_place_of_the_work(tmp_path):
    names = [
        "0856001_Ann_20260525133000_hw.zip",
        "0856001_Ann_20260527133000_report.pdf",
        "0856002_Bob_20260525133000_a.zip",
    ]
    ann, _ = found_in(tmp_path, names).submissions
    assert (ann.path.name, ann.earlier) == (names[0], ())


@pytest.mark.parametrize("first", ["2026-05-25", "2026-05-26"])
@pytest.mark.parametrize("name", ["config.json", "manifest.json"])
def test_settings_of_an_earlier_attempt_do_not_count_for_the_last_one(name, first, tmp_path):
    by_day = {day: f"HW4_ann_attempt_{day}-13-30-00_" for day in ("2026-05-25", "2026-05-26")}
    names = [f"{by_day[day]}{name}" for day in sorted(by_day) if day >= first]
    names += [f"{attempt}generator.safetensors" for attempt in by_day.values()]
    (ann,) = found_in(tmp_path, names).submissions
    last = by_day["2026-05-26"]
    assert {own: path.name for own, path in ann.files.items()} == {
        own: last + own for own in ("generator.safetensors", name)
    }
    assert ann.earlier == (f"{by_day['2026-05-25']}generator.safetensors",)


@pytest.mark.parametrize("names", [["hw-1.zip", "hw-2.zip"], ["ann_20260525.zip", "bob.zip", "cem.zip"]])
def test_archives_with_numbers_that_no_platform_gave_are_not_attempts(names, tmp_path):
    assert [one.earlier for one in found_in(tmp_path, names).submissions] == [()] * len(names)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["ann_11_9001_a.zip", "bob_12_9002_x_assignsubmission_file_y.zip"], ["ann_11", "bob_12"]),
        (
            [
                "HW4_ann_attempt_2026-05-25-13-30-00_a.zip",
                "HW4_bob_attempt_2026-05-25-13-40-00_cem_attempt_2026-05-25-13-40-00_b.zip",
            ],
            ["ann", "bob"],
        ),
        (
            [
                "0856001_Ann_20260525133000_a.zip",
                "0856002_Bob_20260525134000_0856003_Cem_20260525134000_b.zip",
            ],
            ["0856001_Ann", "0856002_Bob"],
        ),
        (["Ann_11_assignsubmission_file_a.zip", "Bob_12_assignsubmission_file_x_13_9002_b.zip"], ["Ann_11", "Bob_12"]),
    ],
    ids=["Canvas", "Blackboard", "id, name and time", "Moodle"],
)
def test_a_name_that_looks_like_a_platforms_makes_nobody_up(names, ids, tmp_path):
    assert [submission.id for submission in found_in(tmp_path, names).submissions] == ids
