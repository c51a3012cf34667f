"""Marks of equal names, as platforms, file managers and browsers write them: ``Dora Kim (2)``."""

import pytest

from benchmark.grading.intake.discover import find_submissions
from benchmark.grading.roster.roster import join_roster
from benchmark.grading.roster.roster_file import read_roster
from benchmark.grading.roster.roster_grades import with_roster

CLASS = "id,name\n0856001,Ann Lee\n0856007,Dora Kim\n0856009,王小明\n"


def joined(folder, text, names):
    """Owners of files side by side, notes, and who is missing."""
    (folder / "inbox").mkdir()
    for name in names:
        (folder / "inbox" / name).write_bytes(b"PK")
    (folder / "students.csv").write_text(text, encoding="utf-8")
    found = find_submissions([folder / "inbox"], ["test"])
    platforms = {one.id: one.platform for one in found.submissions}
    students = read_roster(folder / "students.csv")
    return found, join_roster(students, list(platforms), platforms), students


OF_FILE_MANAGERS = ["Dora Kim - Copy", "Dora Kim - Copy (2)", "Dora Kim copy", "dora kim copy 2", "Copy of Dora Kim"]
NUMBERED = ["Dora Kim (2)", "Dora Kim(1)", "Dora Kim-2", "王小明（2）", "0856007_Dora Kim (2)"]  # noqa: RUF001


@pytest.mark.parametrize("name", [*NUMBERED, *OF_FILE_MANAGERS])
def test_a_marked_name_is_its_person_s_and_of_two_with_one_name_both_are_named_to_staff(name, tmp_path):
    _, found, _ = joined(tmp_path, CLASS, [f"{name}.zip", "Ann Lee.zip"])
    owner = "0856009" if name.startswith("王") else "0856007"
    assert {work: one.id for work, one in found.students.items()} == {name: owner, "Ann Lee": "0856001"}
    assert found.notes == {}
    both = join_roster(list(found.students.values()), [name, "Dora Kim", "王小明"])
    assert both.notes[name].startswith("the same person also handed in ")


def test_a_number_behind_the_name_of_two_people_or_in_a_person_s_own_name_gives_nobody_another_s_work(tmp_path):
    _, found, _ = joined(tmp_path, "id,name\n1001,Dora Kim\n1002,Dora Kim\n", ["Dora Kim (2).zip", "a.zip"])
    assert found.notes["Dora Kim (2)"] == "several people in the roster match it: 1001, 1002"
    people = "id,name\n1001,Dora\n1002,Dora Copy\n1003,Copy of Ann\n"
    (tmp_path / "own").mkdir()
    _, found, _ = joined(tmp_path / "own", people, ["Dora Copy.zip", "Copy of Ann.zip"])
    assert {work: one.id for work, one in found.students.items()} == {"Dora Copy": "1002", "Copy of Ann": "1003"}
    (tmp_path / "b").mkdir()
    _, found, _ = joined(tmp_path / "b", "id,name\n1001,Dora Kim\n1002,Dora Kim (2)\n", ["Dora Kim (2).zip", "a.zip"])
    assert {work: one.id for work, one in found.students.items()} == {"Dora Kim (2)": "1002"}


def test_a_document_with_a_numbered_name_is_its_person_s(tmp_path):
    found, _, students = joined(tmp_path, CLASS, ["Dora Kim (2).pdf", "Ann Lee.zip"])
    reasons = {row.id: row.reason for row in with_roster([], students, found.documents)}
    assert reasons["0856007"] == "only Dora Kim (2).pdf was handed in, which cannot be graded"
    assert reasons["0856009"] == "nothing was handed in"


CANVAS = ["kimdora_4711_90210_work.zip", "leeann_4712_90211_work.zip", "leeann_4712_90213_work-1.zip"]


def test_a_file_of_canvas_that_was_downloaded_twice_counts_once_and_the_others_keep_their_people(tmp_path):
    found, _, _ = joined(tmp_path, CLASS, [*CANVAS, "kimdora_4711_90210_work (1).zip"])
    dora, ann = found.submissions
    assert (dora.id, dora.path.name, dora.platform) == ("kimdora_4711", "kimdora_4711_90210_work.zip", "canvas")
    assert dora.not_read == ["not read: 'work (1).zip'"]
    assert (ann.id, ann.path.name) == ("leeann_4712", "leeann_4712_90213_work-1.zip")


def test_one_number_for_two_files_that_are_no_copies_is_not_canvas(tmp_path):
    found, _, _ = joined(tmp_path, CLASS, [*CANVAS, "kimdora_4711_90210_other.zip"])
    assert {one.platform for one in found.submissions} == {""}
