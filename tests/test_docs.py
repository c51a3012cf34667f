"""Every example in the documents runs: Python is executed, files are written, commands are called."""

import re
import shlex
from pathlib import Path

from benchmark.cli import main

DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCK = re.compile(r"^```(python|toml|console)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    """Kind, title and text of each example of a page, in order."""
    return BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))


def follow(page):
    """Do what a page says, in the current folder."""
    for kind, title, text in blocks(page):
        if kind == "python":
            exec(compile(text, page, "exec"), {"__name__": "example"})
        elif kind == "toml":
            Path(title).write_text(text, encoding="utf-8")
        else:
            for line in text.splitlines():
                assert main(shlex.split(line.removeprefix("$ cgan-bench "), comments=True)) == 0, line


def test_the_digits_become_a_task(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    follow("own_data.md")
    table = (tmp_path / "tables/digits.md").read_text()
    assert "| – | modern_cgan:channels=8 | 5 (smoke) |" in table  # noqa: RUF001
    assert "digit_accuracy ↑ (%)" in table
    out = capsys.readouterr().out
    (rate,) = re.findall(r"^digit +(0\.\d+)$", out, re.MULTILINE)
    assert float(rate) > 0.85, "the judge has learned the digits"
