"""Every example in the documents runs: Python is executed, files are written, commands are called."""

import re
import shlex
from pathlib import Path

import pytest

from benchmark.cli import main
from benchmark.errors import UsageError
from evaluators import EVALUATORS

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


@pytest.mark.parametrize("page", ["index.md", "for_researchers.md", "for_ci.md"])
def test_the_guides_examples_run_in_a_checkout(page, monkeypatch, capsys):
    monkeypatch.chdir(DOCS.parent)
    follow(page)
    assert capsys.readouterr().out


def test_a_declaration_as_the_guide_shows_it_is_read(tmp_path):
    from benchmark.scoring.external_samples import read_card

    (example,) = re.findall(r"^```json\n(.*?)^```$", (DOCS / "for_researchers.md").read_text(), re.M | re.S)
    (tmp_path / "card.json").write_text(example)
    declared = read_card(tmp_path / "card.json")
    assert (declared.updates, declared.images_seen, declared.seeds) == (20_000, 1_280_000, (0,))
    (tmp_path / "card.json").write_text(example.replace("updates", "steps"))
    with pytest.raises(UsageError, match="give an object with updates, images_seen, seeds and source"):
        read_card(tmp_path / "card.json")


def test_the_page_of_scores_has_the_whole_registry(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import hooks

    page = hooks.registry_page()
    assert [name for name in EVALUATORS if f"| `{name}` |" not in page] == []
    assert "| `fd_efficientnet_lite0` | ↓ |" in page
    assert hooks.on_page_markdown("see [the code](../benchmark/a.py) and [scores](scores.md)") == (
        "see the code and [scores](scores.md)"
    )
