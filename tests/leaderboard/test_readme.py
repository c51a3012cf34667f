"""The headline in README.md: rendered from the records, between two markers, and checked."""

from pathlib import Path

import pytest
from builders.leaderboards import reference, run, with_scores

from benchmark.commands.leaderboard.render import speeds_next_to
from benchmark.errors import UsageError
from benchmark.leaderboard.output_files import check, write
from benchmark.leaderboard.readme import RESULTS, SPEEDS, headline_rows, markers
from benchmark.leaderboard.tables import build

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


def test_every_row_has_the_score_that_ranks_and_its_rank_or_status():
    lines = headline_rows(
        build([run("good", 0.9), run("bad", 0.1, status="collapsed", reason="all alike")])
    ).splitlines()
    assert lines[2:] == [
        "| iclevr | 1 | good | 1,500 | topk_accuracy ↑ (%) | 90.0 [85.0, 95.0] |",
        "| iclevr | collapsed | bad | 1,500 | topk_accuracy ↑ (%) | 10.0 [5.0, 15.0] |",
    ]


def test_a_reference_stands_once_for_all_budgets_of_a_protocol():
    lines = headline_rows(build([reference("real"), run("a", 0.9), run("b", 0.8, budget="report")]))
    assert (lines.count("| real (ceiling) |"), lines.count("| a |"), lines.count("| b |")) == (1, 1, 1)


def test_seeds_that_diverged_have_a_line_of_their_own():
    failed = run("a", seed=1, status="diverged", reason="loss is nan", scores={})
    lines = headline_rows(build([run("a", 0.9), failed]))
    assert "| iclevr | 1 | a | 1,500 | topk_accuracy ↑ (%) | 90.0 [85.0, 95.0] |" in lines
    assert "| iclevr | diverged | a | 1,500 | topk_accuracy ↑ (%) | – |" in lines  # noqa: RUF001


def test_a_table_without_any_score_has_its_row():
    lines = headline_rows(build([run("a", status="diverged", reason="loss is nan", scores={})]))
    assert "| iclevr | diverged | a | 1,500 | topk_accuracy | – |" in lines  # noqa: RUF001


def test_an_alarm_stands_next_to_the_rank():
    repeated = {"near_duplicate_rate": {"value": 0.4, "interval": (0.3, 0.5)}}
    lines = headline_rows(build([with_scores(run("a", 0.9), repeated), run("b", 0.8)]))
    assert "| 1, alarm | a |" in lines
    assert "| 2 | b |" in lines


def test_rows_of_other_data_name_it():
    lines = headline_rows(build([run("a"), run("b", data_name="faces.zip", protocol={"n_real": 7})]))
    assert "| iclevr | 1 | a |" in lines
    assert "| iclevr, faces.zip | 1 | b |" in lines


def test_a_name_adds_no_markup():
    assert r"a\|b &lt;i&gt;" in headline_rows(build([run("a|b <i>", 0.9)]))


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
