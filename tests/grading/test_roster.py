"""Rosters: whose submission is whose, who handed in nothing, and files that are no roster."""

import pytest

from benchmark.errors import UsageError
from benchmark.grading.intake.discover import find_submissions
from benchmark.grading.intake.platforms import parts_of_people
from benchmark.grading.roster.roster import Student, join_roster
from benchmark.grading.roster.roster_file import read_roster
from benchmark.grading.roster.roster_grades import with_roster


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "students.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


CLASS = """id,name,email
0856001,Ann Lee,leeann@x.tw
0856002,王小明,ming@x.tw
0856003,Bob de la Cruz,b@x.tw
0856004,Ann Li,li@x.tw
"""


@pytest.mark.parametrize(
    ("submission", "owner"),
    [
        ("0856001", "0856001"),
        ("Ann Lee_4711", "0856001"),
        ("0856001 Ann Lee_4711", "0856001"),
        ("leeann_4711", "0856001"),
        ("0856002_王小明", "0856002"),
        ("王小明_12", "0856002"),
        ("delacruzbob_9", "0856003"),
        ("cruzbobdela_9", "0856003"),
        ("LI, ANN", "0856004"),
        ("hw4-0856003", "0856003"),
        ("0856009", None),
        ("ann", None),
    ],
)
def test_a_submission_is_joined_by_an_id_or_a_whole_name_and_by_nothing_less(submission, owner, tmp_path):
    joined = join_roster(roster(tmp_path, CLASS), [submission])
    assert {name: student.id for name, student in joined.students.items()} == ({submission: owner} if owner else {})
    assert len(joined.missing) == (3 if owner else 4)
    assert (submission in joined.notes) == (owner is None)


def test_names_that_two_have_join_nobody_and_say_so(tmp_path):
    students = roster(tmp_path, "id,name\n1001,Ann Lee\n1002,Ann Lee\n")
    joined = join_roster(students, ["Ann Lee_7", "1002_Ann Lee"])
    assert {name: student.id for name, student in joined.students.items()} == {"1002_Ann Lee": "1002"}
    assert joined.notes == {"Ann Lee_7": "several people in the roster match it: 1001, 1002"}


def test_a_platforms_number_counts_more_than_a_word_that_is_anothers_login(tmp_path):
    text = "Identifier,Full name,ID number,Email address\n"
    text += "Participant 4711,Ann Lee,b0856001,ann@u.tw\nParticipant 4712,Lee Wang,b0856002,lee@u.tw\n"
    joined = join_roster(roster(tmp_path, text), ["Ann Lee_4711"])
    assert {name: student.id for name, student in joined.students.items()} == {"Ann Lee_4711": "b0856001"}
    assert [student.id for student in joined.missing] == ["b0856002"]


@pytest.mark.parametrize(("downloaded_from", "owner"), [("canvas", "0856002"), ("moodle", "0856001"), ("", None)])
def test_a_number_is_a_persons_only_on_the_platform_that_gave_it(downloaded_from, owner, tmp_path):
    text = 'Student,ID,SIS User ID,Section\n"Lee, Ann",12,0856001,A\n"Wu, Di",4711,0856002,A\n'
    joined = join_roster(roster(tmp_path, text), ["Ann Lee_4711"], {"Ann Lee_4711": downloaded_from})
    assert [student.id for student in joined.students.values()] == ([owner] if owner else [])


CLASHES = {  # roster, submission, owner on Moodle and elsewhere; None: of several or of nobody, which staff decides
    "the number of the platform is another's id": ("id,name\n4711,Bob Ray\n4712,Ann Lee", "Ann Lee_4711", None, None),
    "the number is an id, the name nobody's": ("id,name\n4711,Bob Ray\n4712,Di", "Ann Lee_4711", "4711", "4711"),
    "a word of the name is another's login": ("id,name,email\n1,Jo,ann@x\n2,Ann Lee,al@x", "Ann Lee_77", "2", "2"),
    "a word of the name is somebody's login": ("id,name,email\n1,Jo,ann@x\n2,Di,al@x", "Ann Lee_77", None, "1"),
    "a word of the name is another's whole name": ("id,name\n1,Ann\n2,Ann Lee", "Ann Lee_77", "2", "2"),
    "a word of the name is somebody's whole name": ("id,name\n1,Ann\n2,Di", "Ann Lee_77", None, "1"),
    "the name is another's login": ("id,name,email\n1,Jo,ann.lee@x\n2,Ann Lee,al@x", "Ann Lee_77", None, None),
    "the name of a group comes before": ("id,name\n8,王小明\n9,Di", "Group A-1-王小明_77", "8", "8"),
    "the end of the name is another's": ("id,name\n8,Luc Picard\n9,Di", "Jean-Luc Picard_77", None, None),
    "an id in the name": ("id,name\n0856001,Lee Ann Mary\n0856002,Ann Lee", "0856001 Ann Lee_77", "0856001", "0856001"),
}


@pytest.mark.parametrize(("text", "submission", "on_moodle", "elsewhere"), CLASHES.values(), ids=CLASHES)
def test_a_person_gets_nobody_elses_work_through_a_part_of_its_name(text, submission, on_moodle, elsewhere, tmp_path):
    students = roster(tmp_path, text)
    for platform, owner in (("moodle", on_moodle), ("", elsewhere)):
        joined = join_roster(students, [submission], {submission: platform})
        assert [one.id for one in joined.students.values()] == ([owner] if owner else [])
        assert (submission in joined.notes) == (owner is None)


THREE = "id,name,email\n1,Ann Lee,annlee@x\n2,Bob Ray,\n3,Cy Fox,\n0856002,Di Wu,\n0856003,Ann Mary Ng,\n"


@pytest.mark.parametrize(
    ("submission", "owners"),
    [
        ("Ann Lee (2)", ["2", "1"]),
        ("hw 3 Ann Lee", ["3", "1"]),
        ("Ann_Lee-2", ["2", "1"]),
        ("0856002_Ann Lee", ["0856002", "1"]),
        ("0856002_annlee", ["0856002", "1"]),
        ("hw4-0856002 (Lee, Ann)", ["0856002", "1"]),
        ("Bob Ray (2)", ["2"]),
        ("hw 3 Cy Fox", ["3"]),
        ("0856002_final", ["0856002"]),
        ("0856002_Wu", ["0856002"]),
        ("0856003 Mary Ng", ["0856003"]),
    ],
)
@pytest.mark.parametrize("platform", ["", "another", "moodle"])
def test_a_number_in_a_name_gives_nobody_the_work_of_another_whose_name_it_is(submission, owners, platform, tmp_path):
    joined = join_roster(roster(tmp_path, THREE), [submission], {submission: platform})
    assert [one.id for one in joined.students.values()] == (owners if len(owners) == 1 else [])
    note = f"several people in the roster match it: {', '.join(owners)}"
    assert joined.notes == ({} if len(owners) == 1 else {submission: note})


@pytest.mark.parametrize("platform", ["", "moodle"])
@pytest.mark.parametrize(
    ("name", "told"), [("4711_Ann Lee", False), ("Ann Lee_4711", False), ("4711_Bob Ray", True), ("4711_final", True)]
)
def test_a_number_in_a_name_gives_nobody_the_documents_of_another(name, told, platform, tmp_path):
    students = roster(tmp_path, "id,name\n4711,Bob Ray\n4712,Ann Lee\n")
    bob, ann = with_roster([], students, {name: [f"{name}.pdf"]}, platforms={name: platform})
    nothing = "nothing was handed in"
    assert bob.reason == (f"only {name}.pdf was handed in, which cannot be graded" if told else nothing)
    assert ann.reason == nothing


def test_on_blackboard_a_login_counts_more_than_anothers_name(tmp_path):
    students = roster(tmp_path, "id,name,username\n1,Jo,ann_lee\n2,Ann Lee,al\n")
    joined = join_roster(students, ["ann_lee"], {"ann_lee": "blackboard"})
    assert [one.id for one in joined.students.values()] == ["1"]


@pytest.mark.parametrize("users", [["ann", "ann_lee"], ["ann", "ann.lee"], ["lee", "ann_lee"], ["ann", "anna"]])
def test_on_blackboard_a_user_name_that_is_a_part_of_anothers_gets_nothing_of_the_other(users, tmp_path):
    names = [f"HW4_{user}_attempt_2026-05-25-13-30-00_hw.zip" for user in users]
    found = parts_of_people([tmp_path / name for name in names])
    platforms = {part.person: part.platform for part in found.values()}
    assert list(platforms) == users
    for text in (f"id,name,username\n1,Jo,{users[0]}\n2,Di,{users[1]}\n", f"id,name\n{users[0]},Jo\n{users[1]},Di\n"):
        students = roster(tmp_path, text)
        joined = join_roster(students, users, platforms)
        assert {user: one.name for user, one in joined.students.items()} == {users[0]: "Jo", users[1]: "Di"}
        alone = join_roster(students[:1], users, platforms)
        assert {user: one.name for user, one in alone.students.items()} == {users[0]: "Jo"}
        assert alone.notes == {users[1]: "no person in the roster matches it"}


def test_nobody_whose_submission_may_be_of_several_is_missing(tmp_path):
    students = roster(tmp_path, "id,name\n1001,Ann Lee\n1002,Ann Lee\n1003,Bob\n")
    assert [student.id for student in join_roster(students, ["Ann Lee_7"]).missing] == ["1003"]


def test_two_submissions_of_one_person_name_each_other_to_staff(tmp_path):
    joined = join_roster(roster(tmp_path, CLASS), ["0856001", "Ann Lee_4"])
    assert joined.notes["0856001"] == "the same person also handed in Ann Lee_4"


@pytest.mark.parametrize(
    "text",
    [
        "學號;姓名\n1;王\n",
        "ID number\tFirst name\tLast name\n1\t王\t\n",
        "\ufeffStudent,SIS User ID\n王,1\n",
        "name,id\n\n王,1\n",
        "sep=;\n學號;姓名\n1;王\n",
        '"sep=;"\r\nid;name\r\n1;王\r\n',
        "sep=\t\nid\tname\n1\t王\n",
        "\nid;name\n1;王\n",
        ";;\nid;name\n1;王\n",
    ],
)
def test_rosters_of_platforms_are_read(text, tmp_path):
    (student,) = roster(tmp_path, text)
    assert (student.id, student.name) == ("1", "王")


MOODLES = """Identifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Last modified (grade)
Participant 4711,Ann Lee,0856001,ann@x.tw,Submitted,,100.00,-
Participant 4712,王小明,,ming@x.tw,No submission,,100.00,-
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,HW4 (77)
,,,,,Manual Posting
    Points Possible,,,,,100
"Lee, Ann",4711,0856001,annlee,A,
王小明,4712,,ming,A,
"Student, Test",4799,,0fe1,A,
"""


IN_TWO = """LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,HW4 (77)
    Points Possible,,,,,,100
Lee,Ann,4711,0856001,annlee,A,
小明,王,4712,,ming,A,
Student,Test,4799,,0fe1,A,
"""


def test_canvas_export_with_names_in_two_columns_is_one_of_canvas(tmp_path):
    students = roster(tmp_path, IN_TWO)
    found = [(one.id, one.name, one.number, one.platform) for one in students]
    assert found == [("0856001", "Ann Lee", "4711", "canvas"), ("4712", "王 小明", "4712", "canvas")]


@pytest.mark.parametrize("text", [MOODLES, CANVAS])
@pytest.mark.parametrize("submissions", [["Ann Lee_4711"], ["leeann_4711"], ["0856001"], ["x_4711"]])
def test_what_a_platform_exports_is_a_roster_with_its_numbers(text, submissions, tmp_path):
    students = roster(tmp_path, text)
    assert [(one.id, one.number) for one in students] == [("0856001", "4711"), ("4712", "4712")]
    assert {one.platform for one in students} == {"canvas" if text == CANVAS else "moodle"}
    joined = join_roster(students, submissions)
    assert [one.id for one in joined.students.values()] == ["0856001"]
    assert [one.name for one in joined.missing] == ["王小明"]
    assert students[1].login == ("ming" if text == CANVAS else "")


def test_a_column_called_id_is_the_courses_own_in_other_rosters(tmp_path):
    (student,) = roster(tmp_path, "id,student,section\n0856001,Ann Lee,A\n")
    assert (student.id, student.number) == ("0856001", "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,name\n1,a\n2,b\n1,c\n", r"the id '1' stands in lines 2 and 4, capitals and signs aside; give each once"),
        ("id,name\nB0856001,a\nb0856001,c\n", r"the id 'b0856001' stands in lines 2 and 3, capitals and signs"),
        ('id,name\n0856001,a\n="0856001",c\n', r"the id '0856001' stands in lines 2 and 3, capitals and signs"),
        ("id,name\n,a\n", "line 2 has no id"),
        ("who,mark\na,1\n", "has the columns who, mark; give one of ids"),
        ("", "is empty"),
        ("id,name\n", "has a heading and no students"),
        ('id,name\n1,"a\n', "is no CSV"),
    ],
)
def test_what_is_no_roster_is_refused_in_one_line(text, reason, tmp_path):
    with pytest.raises(UsageError, match=reason) as error:
        roster(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_roster_that_is_missing_or_no_text_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\xff")
    with pytest.raises(UsageError, match="is not UTF-8, nor plainly Big5 or Windows-1252; save it as CSV"):
        read_roster(tmp_path / "b.csv")


def test_without_a_roster_nothing_changes_and_with_one_everybody_has_a_row(tmp_path):
    assert with_roster([], None) == []
    rows = with_roster([], roster(tmp_path, CLASS))
    assert [(row.id, row.status, row.points) for row in rows] == [
        (f"085600{number}", "missing", 0.0) for number in range(1, 5)
    ]


def test_who_is_missing_has_an_id_of_their_own_whatever_submissions_are_called(tmp_path):
    one, *_ = with_roster([], roster(tmp_path, CLASS))
    handed_in = [one.model_copy(update={"id": name}) for name in ("?", "? (roster)")]
    rows = with_roster(handed_in, [Student("?", "", frozenset()), Student("? (roster)", "", frozenset())])
    assert len({row.id for row in rows}) == 4


def test_a_missing_persons_reason_names_the_documents_that_came_instead(tmp_path):
    students = roster(tmp_path, "id,name\n1,Ann Lee\n2,Bob Ray\n3,Cem Oz\n")
    documents = {"Ann Lee_4711": ["a.pdf", "b.pdf"], "2_report": ["2_report.docx"], "dora": ["report.pdf"]}
    assert [row.reason for row in with_roster([], students, documents)] == [
        "only a.pdf and b.pdf were handed in, which cannot be graded",
        "only 2_report.docx was handed in, which cannot be graded",
        "nothing was handed in",
    ]
    many = {"1": [f"{number}.pdf" for number in range(5)]}
    first, *_ = with_roster([], students, many)
    assert first.reason == "only 0.pdf, 1.pdf, 2.pdf and 2 more were handed in, which cannot be graded"


def test_a_missing_persons_reason_names_no_document_of_another_who_is_called_the_same(tmp_path):
    students = roster(tmp_path, "id,name\n1001,陳怡君\n1002,陳怡君\n")
    (handed_in,) = with_roster([], students[:1])
    work = handed_in.model_copy(update={"id": "1001_陳怡君", "student": None})
    for owner, reason in (("1001_陳怡君", "nothing was handed in"), ("1002_陳怡君", "only a.pdf was handed in, which")):
        missing = next(row for row in with_roster([work], students, {owner: ["a.pdf"]}) if row.id == "1002")
        assert missing.reason.startswith(reason)


def test_ids_that_differ_only_in_leading_zeros_are_named(tmp_path):
    students = roster(tmp_path, "id,name\n900001,Ann Lee\n12,Bob Ray\n")
    notes = join_roster(students, ["0900001 Real1", "0912 Real2", "12 Bob"]).notes
    assert notes == {
        "0900001 Real1": "no person in the roster matches it; 0900001 differs from 900001 in the roster only in "
        "leading zeros: keep its ids as text",
        "0912 Real2": "no person in the roster matches it",
    }


@pytest.mark.parametrize("cell", ['="0856001"', '"=""0856001"""', '=" 0856001"', "0856001", " 0856001 "])
def test_a_guard_for_leading_zeros_is_no_part_of_an_id(cell, tmp_path):
    (student,) = roster(tmp_path, f"id,name\n{cell},Ann Lee\n")
    assert (student.id, student.keys) == ("0856001", {"0856001"})


def test_lines_are_counted_with_the_one_that_says_what_separates(tmp_path):
    with pytest.raises(UsageError, match="line 3 has no id"):
        roster(tmp_path, "sep=;\nid;name\n;a\n")


@pytest.mark.parametrize("title", ["學號", "Student ID", "ID number", "SIS User ID"])
def test_a_number_of_a_row_called_id_joins_nobody_where_another_column_has_ids(title, tmp_path):
    students = roster(tmp_path, f"ID,{title},name\n1,0856001,Ann Lee\n2,0856002,Bob Ray\n")
    assert [one.id for one in students] == ["0856001", "0856002"]
    joined = join_roster(students, ["0856002_hw4_1", "hw4_1", "2"])
    assert {name: one.id for name, one in joined.students.items()} == {"0856002_hw4_1": "0856002"}


@pytest.mark.parametrize(
    ("seconds", "joins"),
    [
        (("s4711", "s4712"), True),
        (("s4711", "s4711"), False),  # of two
        (("s4711", "0856001"), False),  # another's own id
        (("s4711", "annlee"), False),  # another's name
        (("s4711", ""), False),
    ],
)
def test_a_second_id_joins_only_where_none_of_them_can_join_another_person(seconds, joins, tmp_path):
    first, second = seconds
    students = roster(tmp_path, f"ID,學號,name\n{first},0856001,Ann Lee\n{second},0856002,Bob Ray\n")
    assert list(join_roster(students, ["s4711"]).students) == (["s4711"] if joins else [])
    assert list(join_roster(students, ["0856001", "0856002"]).students) == ["0856001", "0856002"]


def owner_on_blackboard(folder, names, text):
    """Owners of what these users handed in, by what the platform's names say, and notes."""
    for name in names:
        (folder / f"HW4_{name}_attempt_2026-05-25-13-30-00_hw.zip").write_bytes(b"PK")
    found = find_submissions([folder], ["test"])
    platforms = {one.id: one.platform for one in found.submissions}
    joined = join_roster(roster(folder.parent, text), list(platforms), platforms, found.longer)
    return {name: one.name for name, one in joined.students.items()}, joined.notes


USERS = "id,name,username\n1,Ann Lee,ann_lee\n2,Bo Lee,lee\n3,Di,di\n4,Ann Wu,ann_wu\n"


@pytest.mark.parametrize(
    ("names", "without", "owners"),
    [
        (["ann_lee"], None, {}),
        (["ann_lee"], "Bo Lee", {"lee": "Ann Lee"}),
        (["ann_lee"], "Ann Lee", {"lee": "Bo Lee"}),
        (["ann_lee", "ann_wu"], "Bo Lee", {"lee": "Ann Lee", "wu": "Ann Wu"}),
        (["ann_lee", "di"], None, {"ann_lee": "Ann Lee", "di": "Di"}),
        (["lee", "di"], None, {"lee": "Bo Lee", "di": "Di"}),
    ],
)
def test_on_blackboard_the_roster_tells_where_a_user_s_name_begins(names, without, owners, tmp_path):
    (tmp_path / "inbox").mkdir()
    text = "".join(line for line in USERS.splitlines(keepends=True) if f",{without}," not in line)
    found, notes = owner_on_blackboard(tmp_path / "inbox", names, text)
    assert found == owners
    assert bool(notes) is not bool(owners)
    if not owners:
        assert notes == {"lee": "several people in the roster match it: 2, 1"}
