"""Sheets of translating runs: held-out faces, and the same in every domain."""

import re
from dataclasses import replace

import pytest
import torch
from builders.claims import TOML
from PIL import Image

from benchmark.cli import main
from benchmark.commands.claims.domains import domain_conditions
from benchmark.data.datasets import DATASETS
from benchmark.errors import UsageError
from benchmark.reports.load import load_claims

HEAD, _ = TOML.split("[[claims]]")
FIGURE = """
[[figures]]
report = "P1"
name = "domains"
title = "One face in all domains"
kind = "sheet"
task = "anime-transfer"
rows = ["stargan:channels=8"]
each = 2
"""


def test_each_hair_colour_is_a_domain_and_the_eyes_stay():
    own = torch.tensor([[3, 7], [0, 2]], dtype=torch.uint8)
    found = list(domain_conditions(DATASETS["anime-faces"], own))
    assert [words for words, _ in found] == [f"{hair} hair" for hair in DATASETS["anime-faces"].attributes["hair"]]
    for index, (_, conditions) in enumerate(found):
        assert (conditions.dtype, conditions.tolist()) == (torch.uint8, [[index, 7], [index, 2]])
    assert own.tolist() == [[3, 7], [0, 2]]


def test_of_hair_colours_that_exclude_each_other_one_is_on_and_other_classes_are_turned_over():
    own = torch.tensor([[1, 0, 0, 1, 0], [0, 0, 0, 0, 1]], dtype=torch.uint8)
    found = {words.replace("\n", " "): rows.tolist() for words, rows in domain_conditions(DATASETS["celeba"], own)}
    assert found == {
        "Black_Hair": [[1, 0, 0, 1, 0], [1, 0, 0, 0, 1]],
        "Blond_Hair": [[0, 1, 0, 1, 0], [0, 1, 0, 0, 1]],
        "Brown_Hair": [[0, 0, 1, 1, 0], [0, 0, 1, 0, 1]],
        "Male turned over": [[1, 0, 0, 0, 0], [0, 0, 0, 1, 1]],
        "Young turned over": [[1, 0, 0, 1, 1], [0, 0, 0, 0, 0]],
    }
    alone = replace(DATASETS["celeba"], exclusive=())
    assert all("turned over" in words for words, _ in domain_conditions(alone, own))


def test_a_run_that_translates_draws_its_sources_and_each_domain(toy, tmp_path, capsys):
    paper = tmp_path / "paper.toml"
    paper.write_text(HEAD + FIGURE)
    assert main(["train", "--task", "anime-transfer", "--model", "stargan:channels=8", "--out", "runs/star"]) == 0
    drawn = ["claims", "sheets", "runs", "--out", "pages", "--claims", str(paper), "--only", "P1"]
    assert main(drawn) == 2
    assert "runs/star was trained on toy; give its path with --data" in capsys.readouterr().err
    assert main([*drawn, "--data", "toy"]) == 0
    (path,) = (toy / "pages/figures").iterdir()
    assert path.name == "P1-domains-stargan-channels-8.png"
    with Image.open(path) as image:
        width, height = image.size
    rows = 1 + len(DATASETS["anime-faces"].attributes["hair"])  # the faces as they are, then each hair colour
    assert (width, height) == (6 + 2 * (2 * 64 + 6), 6 + rows * (2 * 64 + 13 + 8))
    before = path.read_bytes()
    assert main([*drawn, "--data", "toy"]) == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ['conditions = ["red hair blue eyes"]', "updates = [5]", 'list = "test"'])
def test_a_sheet_of_domains_takes_no_conditions_of_its_own(tmp_path, line):
    paper = tmp_path / "paper.toml"
    paper.write_text(HEAD + FIGURE + line)
    words = f"figure P1-domains: {line.split()[0]} is given, but anime-transfer translates: its sheet has every domain"
    with pytest.raises(UsageError, match=re.escape(words)):
        load_claims(paper)


def test_the_bundled_reports_have_the_sheet_that_r2_shows():
    (figure,) = (one for one in load_claims().figures if one.stem == "R2-domains")
    assert (figure.task, figure.rows) == ("anime-transfer", ("stargan",))
