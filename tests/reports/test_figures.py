"""Figures of the reports' pages: drawn from records and runs, and found out when they show something else."""

import re

import pytest
from builders.claims import TOML, A, B, saved, with_log
from builders.leaderboards import run
from builders.trainings import train_toy
from PIL import Image

from benchmark.cli import main
from benchmark.errors import UsageError
from benchmark.reports import plots
from benchmark.reports.figures import LossFigure, ScoreFigure
from benchmark.reports.load import load_claims
from benchmark.training import trained_run

LOSSES = LossFigure(
    report="P1", name="losses", title="Losses", task="iclevr", rows=(A, B), kind="losses", losses=("generator",)
)
SCORES = ScoreFigure(
    report="P1", name="scores", title="Scores", task="iclevr", rows=(A, B), kind="scores", score="topk_accuracy",
    reported=(0.7, 0.25),
)  # fmt: skip
FIGURES = """
[[figures]]
report = "P1"
name = "losses"
title = "Losses of both"
kind = "losses"
task = "iclevr"
rows = ["cdcgan_iclevr", "acgan_iclevr"]
losses = ["generator"]

[[figures]]
report = "P1"
name = "faces"
title = "Faces | along the training"
kind = "sheet"
task = "anime-faces-unconditional"
rows = ["mlp_gan", "dcgan"]
each = 3
updates = [4, 8, 9]
"""


def claims_file(tmp_path, before="", after=""):
    path = tmp_path / "paper.toml"
    path.write_text(TOML + FIGURES.replace(before, after, 1))
    return path


def report(tmp_path, *options):
    folders = [str(tmp_path / "records"), "--out", str(tmp_path / "pages")]
    return main(["claims", "report", *folders, "--claims", str(claims_file(tmp_path)), *options])


def test_a_plot_shows_the_longest_run_of_each_row_that_has_what_it_is_about(tmp_path):
    short = with_log(tmp_path, run(A), lambda i: 1 / i)
    long = run(A, budget="custom", updates=3_000)
    saved(tmp_path, long)
    assert [one.record for one in plots.rows_of(LOSSES, [short, long], tmp_path)] == [short]
    assert [one.record for one in plots.rows_of(SCORES, [short, long], tmp_path)] == [long]
    assert plots.rows_of(SCORES.model_copy(update={"task": "anime-faces"}), [short, long], tmp_path) == []


def test_a_point_is_the_mean_of_the_updates_up_to_it():
    lines = [{"step": step, "generator/fake": float(step)} for step in range(1, 401)]
    assert plots.means(lines, "generator", 10)[:2] == [(10, 5.5), (20, 15.5)]
    assert plots.means(lines, "generator", 1)[0] == (1, 1.0)
    assert plots.means(lines, "-generator", 10)[0] == (10, -5.5)


def test_updates_whose_loss_was_not_finite_leave_the_others():
    lines = [{"step": 1, "generator/fake": 2.0}, {"step": 2, "generator/fake": None}]
    assert plots.means(lines, "generator", 1000) == [(1, 2.0)]


@pytest.mark.parametrize("figure", [LOSSES, SCORES], ids=lambda figure: figure.kind)
def test_a_plot_is_the_same_every_time_and_holds_the_digest_of_what_it_shows(tmp_path, figure):
    records = [with_log(tmp_path, run(name), lambda i: 1 / i) for name in (A, B)]
    shown = plots.rows_of(figure, records, tmp_path)
    image = plots.png(figure, shown)
    assert image == plots.png(figure, shown)
    (tmp_path / "plot.png").write_bytes(image)
    assert plots.digest_in(tmp_path / "plot.png") == plots.digest(figure, shown)
    assert plots.digest(figure, shown) != plots.digest(figure, shown[:1])
    assert plots.pdf(figure, shown) == plots.pdf(figure, shown)


def test_pages_have_their_figures_and_what_these_lack_and_check_finds_a_changed_log(tmp_path, capsys):
    with_log(tmp_path / "records", run(A), lambda i: 1 / i)
    assert report(tmp_path, "--pdf") == 0
    page = (tmp_path / "pages/P1.md").read_text()
    assert "### Losses of both\n\n![Losses of both](figures/P1-losses.png)\n\nNot there yet: acgan_iclevr." in page
    assert "### Faces \\| along the training\n\nNot there yet: mlp_gan, dcgan." in page
    assert (tmp_path / "pages/figures/P1-losses.pdf").read_bytes().startswith(b"%PDF")
    before = (tmp_path / "pages/figures/P1-losses.png").read_bytes()
    assert report(tmp_path, "--check") == 0
    (log,) = (tmp_path / "records/logs").iterdir()
    log.write_text(log.read_text().replace("0.5", "0.6"))
    capsys.readouterr()
    assert report(tmp_path, "--check") == 1
    assert "P1-losses.png does not show these records" in re.sub(r"\s+", " ", capsys.readouterr().out)
    assert report(tmp_path) == 0
    assert (tmp_path / "pages/figures/P1-losses.png").read_bytes() != before


def test_runs_draw_a_row_of_images_for_each_snapshot_and_the_page_shows_them(tmp_path, monkeypatch, capsys):
    from builders.trainings import toy_config

    monkeypatch.setattr(trained_run, "model_config", lambda name, task: toy_config()[0].model_config)
    train_toy(tmp_path / "runs/some/toy")
    arguments = [str(tmp_path / "runs"), "--out", str(tmp_path / "pages"), "--claims", str(claims_file(tmp_path))]
    assert main(["claims", "sheets", *arguments, "--json"]) == 0
    sheet = tmp_path / "pages/figures/P1-faces-mlp_gan.png"
    with Image.open(sheet) as image:
        width, height = image.size
    assert (width, height) == (6 + 3 * (2 * 64 + 6), 6 + 2 * (2 * 64 + 13 + 8))  # updates 4 and 8; there is no 9
    before = sheet.read_bytes()
    assert main(["claims", "sheets", *arguments]) == 0
    assert sheet.read_bytes() == before
    saved(tmp_path / "records", run(A))
    assert report(tmp_path) == 0
    assert (
        "![Faces \\| along the training](figures/P1-faces-mlp_gan.png)\n\nNot there yet: dcgan."
        in (tmp_path / "pages/P1.md").read_text()
    )


def test_a_folder_without_a_finished_run_is_refused(tmp_path, capsys):
    (tmp_path / "runs").mkdir()
    assert main(["claims", "sheets", str(tmp_path / "runs"), "--out", str(tmp_path / "pages")]) == 2
    assert "no finished run lies below" in capsys.readouterr().err
    assert not (tmp_path / "pages").exists()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('report = "P1"', 'report = "P9"', "figure P9-losses: no report is called 'P9'"),
        ('"acgan_iclevr"]', '"acgan"]', "figure P1-losses: no model is called 'acgan'"),
        ('name = "faces"', 'name = "losses"', "two figures are called 'P1-losses'"),
        (
            "each = 3",
            'each = 3\nconditions = ["red hair"]',
            "anime-faces has no conditions here, so 'red hair'",
        ),
        ('kind = "sheet"', 'kind = "scores"\nscore = "fid"\nreported = [1.0]', "reported has 1 values for 2 rows|each"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_refused_before_any_work(tmp_path, before, after, words):
    with pytest.raises(UsageError, match=words) as raised:
        load_claims(claims_file(tmp_path, before, after))
    assert "\n" not in str(raised.value)
