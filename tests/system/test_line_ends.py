"""Files of text have the same bytes on every system, so that checks of committed ones hold there."""

import _pyio
import os

import pandas as pd
import pytest
from builders.records import model_record

from benchmark.commands import breakdown, curve
from benchmark.records.training_log import to_csv
from benchmark.system.files import append_text, write_json, write_text

ROW = {"step": 1, "loss": 0.5}


@pytest.fixture
def windows(monkeypatch):
    """Line ends as on Windows: Python's own ``open`` in Python asks for them."""
    monkeypatch.setattr(os, "linesep", "\r\n")
    monkeypatch.setattr("io.open", _pyio.open)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_text(path, "a\nb\n"),
        lambda path: append_text(path, "a\nb\n"),
        lambda path: write_json(path, ROW),
        lambda path: model_record().save(path.parent).rename(path),
        lambda path: write_text(path, to_csv([ROW])),
        lambda path: curve.write_csv([ROW], path),
        lambda path: breakdown._write_csv(pd.DataFrame([ROW]), path, index=True),
    ],
    ids=["text", "added text", "JSON", "record", "log", "curve", "breakdown"],
)
@pytest.mark.usefixtures("windows")
def test_lines_end_alike_on_every_system(tmp_path, write):
    write(tmp_path / "file")
    content = (tmp_path / "file").read_bytes()
    assert content.endswith(b"\n")
    assert b"\r" not in content


@pytest.mark.usefixtures("windows")
def test_python_alone_would_end_them_as_the_system_does(tmp_path):
    (tmp_path / "file").write_text("a\n", encoding="utf-8")
    assert (tmp_path / "file").read_bytes() == b"a\r\n"
