"""A run's log, read back for its record."""

import json

import pytest
from builders.trainings import train_toy, train_toy_until

from benchmark.errors import UsageError
from benchmark.training.loop import TrainConfig
from benchmark.training.run_log import read_log

FIRST = '{"step": 1, "generator/fake": 0.5}'


def test_lines_are_read_back_with_null_for_what_is_not_finite(tmp_path):
    lines = [{"step": 1, "generator/fake": 0.5}, {"step": 2, "generator/fake": None}]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_log(tmp_path) == tuple(lines)
    assert isinstance(read_log(tmp_path)[0]["step"], int)


def test_a_run_without_a_log_has_no_lines(tmp_path):
    assert read_log(tmp_path) == ()


@pytest.mark.parametrize("line", ['{"step": 3, "gen', '{"step": "three"}', "[3]"])
def test_a_damaged_line_is_refused(tmp_path, line):
    (tmp_path / "log.jsonl").write_text(FIRST + "\n" + line + "\n")
    with pytest.raises(UsageError, match=r"log\.jsonl has a damaged line, number 2 .* go on with"):
        read_log(tmp_path)
    (tmp_path / "outcome.json").touch()  # it has ended, so that it does not go on
    with pytest.raises(UsageError, match="train that run again with --no-resume"):
        read_log(tmp_path)


@pytest.mark.parametrize("rest", ['{"step": 2, "gen', "{", '{"step": 2, "generator/fake": 0.25'])
def test_a_last_line_that_a_killed_process_left_unfinished_is_none(tmp_path, rest):
    (tmp_path / "log.jsonl").write_text(FIRST + "\n" + rest)
    assert read_log(tmp_path) == (json.loads(FIRST),)
    (tmp_path / "log.jsonl").write_text(FIRST)  # finished, but for the end of the line
    assert read_log(tmp_path) == (json.loads(FIRST),)
    (tmp_path / "log.jsonl").write_text(FIRST + "\n" + rest)
    (tmp_path / "outcome.json").touch()
    with pytest.raises(UsageError, match="has a damaged line, number 2"):
        read_log(tmp_path)


def damage(log, number):
    """Let the log lack what stood in a line."""
    lines = log.read_text().splitlines(keepends=True)
    lines[number - 1] = lines[number - 1][:9] + "\n"
    log.write_text("".join(lines))


def test_the_advice_about_a_damaged_line_is_the_one_that_repairs_it(tmp_path):
    settings = TrainConfig(total_updates=8, log_every=1, grid_every=8, checkpoint_every=2)
    train_toy_until(tmp_path / "run", 3, settings)  # there is a checkpoint of update 2
    whole = (tmp_path / "run" / "log.jsonl").read_text()
    damage(tmp_path / "run" / "log.jsonl", 2)
    with pytest.raises(UsageError, match="train that run again with --no-resume"):
        read_log(tmp_path / "run")
    (tmp_path / "run" / "log.jsonl").write_text(whole)
    damage(tmp_path / "run" / "log.jsonl", 3)
    with pytest.raises(UsageError, match="go on with the 'cgan-bench train' that began the run"):
        read_log(tmp_path / "run")
    train_toy(tmp_path / "run", settings)
    assert [line["step"] for line in read_log(tmp_path / "run")] == [*range(1, 9)]
