"""The rows of ``cgan-bench list``: those of the code, without torch once they are kept."""

import json
import os
import subprocess
import sys

import pytest

from benchmark.commands import catalogue, list_cache
from benchmark.records import provenance
from benchmark.system.cache import VARIABLE


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))


@pytest.mark.parametrize("kind", list_cache.KINDS)
def test_kept_rows_are_those_of_the_code(kind, monkeypatch):
    expected = getattr(catalogue, kind)()
    assert list_cache.rows(kind) == expected
    monkeypatch.setattr(list_cache, "rows_from_code", lambda: pytest.fail("made again"))
    assert list_cache.rows(kind) == expected


def test_the_second_listing_needs_no_torch():
    code = (
        "import sys; from benchmark.cli import main; "
        "sys.exit(main(['list', 'evaluators', '--json']) or 'torch' in sys.modules)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, check=False) for _ in "ab"
    ]
    assert [run.returncode for run in runs] == [1, 0]
    assert runs[0].stdout == runs[1].stdout
    assert b"fd_efficientnet_lite0" in runs[1].stdout


def test_changed_code_is_listed_anew(tmp_path, monkeypatch):
    (tmp_path / "one.py").write_text("a = 1")
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setattr(list_cache, "own_files", lambda: sorted(tmp_path.glob("*.py")))
    monkeypatch.setattr(
        list_cache, "rows_from_code", lambda: {"models": [{"content": (tmp_path / "one.py").read_text()}]}
    )
    assert list_cache.rows("models") == [{"content": "a = 1"}]
    (tmp_path / "one.py").write_text("a = 2")
    assert list_cache.rows("models") == [{"content": "a = 2"}]


@pytest.mark.parametrize("damaged", ["", "[]", "{}", '{"models"'])
def test_damaged_rows_are_made_again(damaged, tmp_path):
    expected = list_cache.rows("tasks")
    (kept,) = (tmp_path / "cache" / "catalogue").iterdir()
    kept.write_text(damaged)
    assert list_cache.rows("tasks") == expected
    assert json.loads(kept.read_text())["tasks"] == expected


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "cache").write_text("no folder")
    assert list_cache.rows("tasks") == catalogue.tasks()
