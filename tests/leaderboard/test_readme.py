"""The headline in README.md: rendered from the records, between two markers, and checked."""

from pathlib import Path

import pytest
from builders.leaderboards import reference, run

from benchmark.commands.leaderboard.render import speeds_next_to
from benchmark.errors import UsageError
from benchmark.leaderboard.output_files import check, write
from benchmark.leaderboard.readme import RESULTS, SPEEDS, markers

BEGIN, END = markers(RESULTS)
TEXT = f"# Title\n\n{BEGIN}\nold\n{END}\n\nafter\n"


@pytest.fixture
def readme(tmp_path):
    for record in (run("good", 0.9), run("bad", 0.1, status="collapsed", reason="all alike"), reference("real")):
        record.save(tmp_path / "records")
    (tmp_path / "README.md").write_text(TEXT)
    return tmp_path / "README.md"


def folders(readme):
    return readme.parent / "records", readme.parent / "tables"


def test_what_stands_around_the_markers_stays(readme):
    write(*folders(readme), readme=readme)
    text = readme.read_text()
    assert text.startswith(f"# Title\n\n{BEGIN}\n| task |")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "old" not in text
    assert check(*folders(readme), readme=readme) == []


def test_a_changed_digit_between_the_markers_is_found(readme):
    write(*folders(readme), readme=readme)
    readme.write_text(readme.read_text().replace("90.0", "91.0"))
    (line,) = check(*folders(readme), readme=readme)
    assert "README.md, line" in line
    assert "90.0" in line


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END} {BEGIN}", f"{BEGIN} {END} {END}", None])
def test_a_document_without_its_markers_is_refused_before_anything_is_written(readme, text):
    readme.unlink()
    if text is not None:
        readme.write_text(text)
    with pytest.raises(UsageError, match=r"README\.md"):
        write(*folders(readme), readme=readme)
    assert not folders(readme)[1].exists()


def test_speeds_stand_between_their_markers_where_a_document_has_them(readme):
    write(*folders(readme), readme=readme, speeds="two\n")
    assert "two" not in readme.read_text(), "a document need not have a place for them"
    begin, end = markers(SPEEDS)
    readme.write_text(f"{TEXT}{begin}\none\n{end}\nlast\n")
    write(*folders(readme), readme=readme, speeds="two\n")
    assert readme.read_text().endswith(f"after\n{begin}\ntwo\n{end}\nlast\n")
    assert check(*folders(readme), readme=readme, speeds="two\n") == []
    (line,) = check(*folders(readme), readme=readme, speeds="three\n")
    assert "'two'; the records give 'three'" in line


def test_a_place_for_speeds_without_any_or_with_one_marker_is_refused(readme):
    begin, end = markers(SPEEDS)
    readme.write_text(f"{TEXT}{begin}\n{end}\n")
    with pytest.raises(UsageError, match="no throughput is kept next to the records; measure it with 'nox -s bench'"):
        write(*folders(readme), readme=readme)
    readme.write_text(f"{TEXT}{begin}\n")
    with pytest.raises(UsageError, match="needs <!-- speeds: begin --> and, after it, <!-- speeds: end -->"):
        write(*folders(readme), readme=readme, speeds="two\n")


def test_the_committed_readme_has_the_committed_results_and_speeds():
    root = Path(__file__).resolve().parents[2]
    speeds = speeds_next_to(root / "results/records")
    places = root / "results/records", root / "results/leaderboards"
    assert check(*places, readme=root / "README.md", speeds=speeds) == []
