"""A run's log, read back for its record."""

import json

import pytest

from benchmark.errors import UsageError
from benchmark.training.run_log import read_log


def test_lines_are_read_back_with_null_for_what_is_not_finite(tmp_path):
    lines = [{"step": 1, "generator/fake": 0.5}, {"step": 2, "generator/fake": None}]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_log(tmp_path) == tuple(lines)
    assert isinstance(read_log(tmp_path)[0]["step"], int)


def test_a_run_without_a_log_has_no_lines(tmp_path):
    assert read_log(tmp_path) == ()


@pytest.mark.parametrize("line", ['{"step": 2, "gen', '{"step": "two"}', "[2]"])
def test_a_damaged_line_is_refused(tmp_path, line):
    (tmp_path / "log.jsonl").write_text('{"step": 1, "generator/fake": 0.5}\n' + line + "\n")
    with pytest.raises(UsageError, match=r"log\.jsonl has a damaged line .* train that run again with --no-resume"):
        read_log(tmp_path)
