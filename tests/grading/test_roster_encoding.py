"""Rosters in other encodings than UTF-8: which one is taken, and which are refused."""

import pytest

from benchmark.errors import UsageError
from benchmark.grading.roster.roster_file import read_roster

MAINLAND = "id,name\n1,王伟\n2,张敏\n3,刘洋\n4,赵强\n5,Ann Lee\n"


@pytest.mark.parametrize(
    ("text", "encoding", "name", "read_as"),
    [
        ("id,name\n1,許功蓋\n", "cp950", "許功蓋", "Big5; if '許功蓋' looks"),
        ("學號,姓名,班級\n1,Ann Lee,A班\n2,王小明,B班\n", "cp950", "Ann Lee", "Big5; if '王小明' looks"),
        ("學號,姓名\n1,Ann\n", "cp950", "Ann", "Big5; if '學號' looks"),
        ("id,name,mark\n1,Ann,。\n", "cp950", "Ann", "Big5; if '。' looks"),
        ("id,name\n1,Björn Ax\n2,王小明\n", "utf-8", "Björn Ax", ""),
        ("id,name\n1,Björn Ax\n", "cp1252", "Björn Ax", "Windows-1252; if 'Björn Ax' looks"),
        ("id,name\n1,José Ñuño\n", "cp1252", "José Ñuño", "Windows-1252; if 'José Ñuño' looks"),
        ("id,name\n1,MÜLLER Zoë\n", "cp1252", "MÜLLER Zoë", "Windows-1252; if 'MÜLLER Zoë' looks"),
    ],
)
def test_an_encoding_other_than_utf_8_is_said_with_a_name(text, encoding, name, read_as, tmp_path, capsys):
    path = tmp_path / "students.csv"
    path.write_bytes(text.encode(encoding))
    assert read_roster(path)[0].name == name
    said = capsys.readouterr().err
    line = f"{path} is not UTF-8 and is read as {read_as} wrong, save it as CSV in UTF-8\n"
    assert said == (line if read_as else "")
    read_roster(path, says_encoding=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(MAINLAND, "gbk"), ("id,name\n1,Иван Петров\n", "cp1251"), ("id,name\n1,王小明\n", "utf-16")],
)
def test_a_roster_whose_words_are_names_in_no_encoding_is_refused(text, encoding, tmp_path):
    (tmp_path / "b.csv").write_bytes(text.encode(encoding))
    with pytest.raises(UsageError, match="nor plainly Big5 or Windows-1252; save it as CSV in UTF-8"):
        read_roster(tmp_path / "b.csv")


def test_big5_with_a_character_of_no_standard_is_not_taken_for_latin(tmp_path):
    (tmp_path / "b.csv").write_bytes("id,name\n1,王小明\n".encode("cp950") + b"2,\xa4\xfd\xff\n")
    with pytest.raises(UsageError, match="nor plainly Big5"):
        read_roster(tmp_path / "b.csv")
