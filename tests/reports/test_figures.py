"""Figures of the reports' pages: drawn from records and runs, and found out when they show something else."""

import re
from types import SimpleNamespace

import pytest
import torch
from builders.claims import TOML, A, B, diverged, saved, with_answers, with_log
from builders.leaderboards import run
from builders.trainings import train_toy
from PIL import Image

from benchmark.cli import main
from benchmark.commands.claims import sheets
from benchmark.data.datasets import DATASETS
from benchmark.errors import UsageError
from benchmark.records.training_log import save_log
from benchmark.reports import draws, loss_plots, pages, plots
from benchmark.reports.figures import LossFigure, ScoreFigure
from benchmark.reports.load import load_claims
from benchmark.reports.loss_plots import has_means, mean_losses
from benchmark.scoring.from_logits import score_of
from benchmark.system.machine import this_machine
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
name = "draws"
title = "Draws"
kind = "draws"
task = "iclevr"
rows = ["cdcgan_iclevr", "acgan_iclevr"]
score = "topk_accuracy"
lists = ["test", "new_test"]
reported = { cdcgan_iclevr = [0.70, 0.71] }

[[figures]]
report = "P1"
name = "faces"
title = "Faces | along the training"
kind = "sheet"
task = "anime-faces-unconditional"
rows = ["mlp_gan", "dcgan"]
each = 3
updates = [4, 8, 9]

[[figures]]
report = "P1"
name = "list"
title = "The list"
kind = "sheet"
task = "iclevr"
rows = ["cdcgan_iclevr"]
list = "new_test"
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


def test_a_plot_of_another_paper_names_no_budget_of_a_bundled_report(tmp_path):
    records = saved(tmp_path, run(A, budget="report", updates=9_000))
    for by_number, words in ((True, "9,000 updates"), (False, "9,000 updates (report)")):
        (one,) = plots.rows_of(SCORES, records, tmp_path, by_number=by_number)
        assert one.title == f"{A}\n{words}"
    (drawn, *_) = pages.drawn_figures(load_claims(scores_file(tmp_path)), records, tmp_path, tmp_path)[-1].shown
    assert drawn.title == f"{A}\n9,000 updates"


def scores_file(tmp_path):
    path = tmp_path / "scores.toml"
    given = SCORES.model_dump(include={"report", "name", "title", "task", "kind", "score"})
    lines = [f'{key} = "{value}"' for key, value in given.items()]
    path.write_text("\n".join([TOML, "[[figures]]", *lines, f'rows = ["{A}"]']))
    return path


def test_rows_of_one_plot_are_of_one_protocol(tmp_path):
    other = {"protocol": {"data_digest": "f" * 64}}
    first, second = run(A), run(B)
    records = saved(tmp_path, first, second, run(A, updates=9_000, budget="custom", **other))
    assert [one.record for one in plots.rows_of(SCORES, records, tmp_path)] == [first, second]
    records = [*records, *saved(tmp_path, run(B, **other))]
    shown = plots.rows_of(SCORES, records, tmp_path)  # both have two rows; these runs are longer
    assert [one.record.training.total_updates for one in shown] == [9_000, 1_500]
    assert {one.record.protocol.data_digest for one in shown} == {"f" * 64}


@pytest.mark.parametrize("figure", [LOSSES, SCORES], ids=lambda figure: figure.kind)
def test_a_plot_is_drawn_again_when_a_title_in_it_changes(tmp_path, figure):
    record = with_log(tmp_path, run(A), lambda i: 1 / i)
    collapsed = record.model_copy(update={"status": "collapsed", "reason": "r"})
    before, after = ([plots.Shown(A, one, tmp_path / record.file_name)] for one in (record, collapsed))
    assert after[0].title == f"{before[0].title}, collapsed"
    assert plots.digest(figure, after) != plots.digest(figure, before)
    titled = figure.model_copy(update={"title": "Another"})
    assert plots.digest(titled, before) != plots.digest(figure, before)


def test_a_point_is_the_mean_of_the_updates_up_to_it():
    lines = [{"step": step, "generator/fake": float(step)} for step in range(1, 406)]
    assert mean_losses(lines, "generator", 10)[:2] == [(10, 5.5), (20, 15.5)]
    assert mean_losses(lines, "generator", 10)[-1] == (405, 403.0)  # the last block ends with the run
    assert mean_losses(lines, "generator", 1)[0] == (1, 1.0)
    assert mean_losses(lines, "-generator", 10)[0] == (10, -5.5)


def test_a_log_with_every_tenth_update_has_means_over_as_many_updates_as_declared():
    lines = [{"step": step, "generator/fake": float(step)} for step in range(10, 20_001, 10)]
    points = mean_losses(lines, "generator", 1_000)
    assert [update for update, _ in points] == list(range(1_000, 20_001, 1_000))
    assert points[0] == (1_000, 505.0)


def test_a_run_too_short_for_means_is_drawn_update_by_update():
    lines = [{"step": step, "generator/fake": float(step)} for step in range(1, 4)]
    assert mean_losses(lines, "generator", 20) == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert not has_means(lines, 20)
    assert has_means(lines * 70 + [{"step": 200}], 20)


def drawn(figure, *shown):
    """The panels of a figure of losses."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    plot = loss_plots.draw(figure, shown)
    found = [panel for panel in plot.axes if panel.get_title()], [text.get_text() for text in plot.legends[0].texts]
    plt.close(plot)
    return found


def test_losses_side_by_side_are_of_one_budget_where_a_claim_compares_them(tmp_path):
    records = [with_log(tmp_path, run(name), lambda i: 1 / i) for name in (A, B)]
    records.append(with_log(tmp_path, run(A, budget="custom", updates=3_000), lambda i: 1 / i))

    def updates(figure):
        return [one.record.training.total_updates for one in plots.rows_of(figure, records, tmp_path)]

    assert updates(LOSSES) == [3_000, 1_500]
    assert updates(LOSSES.model_copy(update={"one_budget": True})) == [1_500, 1_500]
    panels, _ = drawn(LOSSES, *plots.rows_of(LOSSES, records, tmp_path))
    assert {panel.get_xlim() for panel in panels} == {(0, 3_000)}


def test_a_panel_says_at_which_update_its_run_diverged_and_keeps_round_powers(tmp_path):
    lost = with_log(tmp_path, diverged(B, 3), lambda i: 1e15 if i > 90 else 1.0)
    fine = with_log(tmp_path, run(A), lambda i: 1 / i)
    (first, second), legend = drawn(LOSSES, *plots.rows_of(LOSSES, [fine, lost], tmp_path))
    assert second.get_title() == f"{B}\ndiverged at update 3"
    assert first.get_title() == f"{A}\n1,500 updates (short)"
    assert [text.get_text() for text in second.get_yticklabels()] == ["0", "1", "1000", "1e6", "1e9", "1e12", "1e15"]
    assert second.get_ylabel() == "generator's loss (logarithmic, linear within ±1)"
    assert legend == ["generator's loss"]


def test_an_axis_is_cut_where_single_spikes_would_flatten_all_else_and_says_so(tmp_path):
    spiky, even = saved(tmp_path, run(A), run(B))
    for record, spike in ((spiky, 500.0), (even, 3.0)):
        lines = [{"step": i, "generator/fake": spike if i == 50 else i % 7} for i in range(1, 1_001)]
        save_log(tmp_path / record.file_name, lines)
    (first, second), _ = drawn(LOSSES, *plots.rows_of(LOSSES, [spiky, even], tmp_path))
    assert first.get_ylabel() == "generator's loss (1 point lies beyond the axis)"
    assert first.get_ylim()[1] < 10
    assert second.get_ylabel() == "generator's loss"


def test_a_logarithmic_axis_has_round_powers_and_is_the_same_in_all_panels(tmp_path):
    records = [with_log(tmp_path, run(A), lambda i: -50.0), with_log(tmp_path, run(B), lambda i: 0.02)]
    figure = LOSSES.model_copy(update={"scale": "symlog"})
    panels, _ = drawn(figure, *plots.rows_of(figure, records, tmp_path))
    ticks = [[text.get_text() for text in panel.get_yticklabels()] for panel in panels]
    assert ticks[0] == ticks[1] == ["-100", "-10", "-1", "-0.1", "-0.01", "-0.001", "0", "0.001", "0.01", "0.1"]
    assert len({panel.get_ylim() for panel in panels}) == 1


def test_updates_whose_loss_was_not_finite_leave_the_others():
    lines = [{"step": 1, "generator/fake": 2.0}, {"step": 2, "generator/fake": None}]
    assert mean_losses(lines, "generator", 1000) == [(1, 2.0)]


def test_a_range_that_a_report_states_is_drawn_from_end_to_end_and_a_number_as_a_diamond(tmp_path):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shown = plots.rows_of(SCORES, saved(tmp_path, run(A), run(B)), tmp_path)
    lines = {}
    for name, reported in {"range": ((0.65, 0.7), 0.25), "numbers": (0.675, 0.25)}.items():
        plot, panel = plt.subplots()
        plots.paint_reported(panel, SCORES.model_copy(update={"reported": reported}), shown, 100)
        lines[name] = [([*line.get_xdata()], [*line.get_ydata()], line.get_label()) for line in panel.lines]
        plt.close(plot)
    assert lines["range"] == [([25], [1], "as reported"), ([65, 70], [0, 0], "as reported, a range")]
    assert lines["numbers"] == [([67.5, 25], [0, 1], "as reported")]


def test_the_ranges_of_r4_are_given_as_it_states_them_and_not_by_their_middle():
    (figure,) = (one for one in load_claims().figures if one.stem == "R4-scores")
    assert dict(zip(figure.rows, figure.reported, strict=True)) == {
        "cdcgan_iclevr": (0.70, 0.71), "acgan_iclevr": 0.25, "wgan_iclevr": (0.65, 0.70)
    }  # fmt: skip


@pytest.mark.parametrize("ends", [(0.7, 0.65), (0.7, 0.7)])
def test_a_range_without_its_lower_end_first_is_refused(ends):
    with pytest.raises(ValueError, match=r"reported has \[0\.7, 0\.\d+\]; give a range as \[lower end, upper end\]"):
        ScoreFigure(**SCORES.model_dump() | {"reported": (ends, 0.25)})


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


FACES = "anime-faces-unconditional"


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
    others = [str(tmp_path / "others") if word == str(tmp_path / "pages") else word for word in arguments]
    assert main(["claims", "sheets", *others, "--only", "R2"]) == 0
    assert [path.name for path in (tmp_path / "others/figures").iterdir()] == ["R2-training-mlp_gan.png"]
    assert (width, height) == (6 + 3 * (2 * 64 + 6), 6 + 2 * (2 * 64 + 13 + 8))  # updates 4 and 8; there is no 9
    assert pages.updates_in(sheet) == [4, 8]
    before = sheet.read_bytes()
    assert main(["claims", "sheets", *arguments]) == 0
    assert sheet.read_bytes() == before
    saved(tmp_path / "records", run(A))
    assert report(tmp_path) == 0
    assert (
        "mlp_gan, after 4 and 8 updates:\n\n![Faces \\| along the training: mlp_gan, after 4 and 8 updates]"
        "(figures/P1-faces-mlp_gan.png)\n\nNot there yet: dcgan." in (tmp_path / "pages/P1.md").read_text()
    )
    saved(tmp_path / "records", run("mlp_gan", updates=8, budget="custom", protocol={"task": FACES}))
    assert report(tmp_path) == 0
    assert (
        "Not there yet: dcgan, mlp_gan at 9 updates, since its run has 8.\n" in (tmp_path / "pages/P1.md").read_text()
    )


def test_each_draw_of_each_list_has_its_score_and_interval_their_mean_and_what_the_report_says(tmp_path):
    record, answers = with_answers(tmp_path / "records", run(A))
    assert report(tmp_path, "--pdf") == 0
    page = (tmp_path / "pages/P1.md").read_text()
    lines = [line for line in page.split("### Draws")[1].split("###")[0].splitlines() if line.startswith("|")]
    rows = [line.strip("| ").split(" | ") for line in lines]
    names = ("test", "new_test")
    assert rows[0] == ["draw", *(f"cdcgan_iclevr, 1,500 updates: {name}" for name in names)]
    assert [row[0] for row in rows[2:]] == [*map(str, range(1, 11)), "mean", "report"]
    assert rows[-1][1:] == ["70.0 %", "71.0 %"]
    for column, (name, one) in enumerate(answers.items(), start=1):
        draws = [score_of(*draw, "topk_accuracy") for draw in zip(one.logits, one.conditions, strict=True)]
        cells = [row[column] for row in rows[2:12]]
        assert cells == [f"{100 * d.value:.1f} % [{100 * d.interval[0]:.1f}, {100 * d.interval[1]:.1f}]" for d in draws]
        assert len(set(cells)) > 1
        assert rows[12][column].startswith(f"{100 * record.scores['topk_accuracy'].groups[name]:.1f} % [")
    assert (tmp_path / "pages/figures/P1-draws.pdf").read_bytes().startswith(b"%PDF")
    latex = (tmp_path / "pages/P1.tex").read_text()
    assert r"cdcgan\_\allowbreak{}iclevr, 1,500 updates: new\_\allowbreak{}test \\" in latex
    assert "Not there yet: acgan_iclevr." in page
    assert report(tmp_path, "--check") == 0


def test_ten_equal_draws_are_ten_dots_in_percent(tmp_path):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    record, _ = with_answers(tmp_path, run(A), draws=10)
    figure = next(one for one in load_claims(claims_file(tmp_path)).figures if one.stem == "P1-draws")
    plot, panel = plt.subplots()
    draws.paint(panel, figure, plots.rows_of(figure, [record], tmp_path))
    dots = panel.lines[0]
    plt.close(plot)
    assert len(set(dots.get_xdata())) == 10
    assert max(abs(place) for place in dots.get_xdata()) < 0.25
    assert 1 < max(dots.get_ydata()) <= 100
    assert panel.get_ylabel() == "topk_accuracy (%, fraction of requested objects)"


def test_a_sheet_of_a_list_has_an_image_of_each_condition_in_its_order(tmp_path, monkeypatch):
    weights = torch.arange(1.0, 25)

    def shades(latents, encoded):
        return (encoded.float() @ weights / 127.5 - 1)[:, None, None, None].expand(-1, 3, 64, 64)

    settings = SimpleNamespace(latent_dim=5)
    model = SimpleNamespace(name="m", generator=shades, encode=lambda given: given, config=settings)
    config = SimpleNamespace(train_config=SimpleNamespace(total_updates=70))
    monkeypatch.setattr(sheets, "read_config", lambda _: config)
    monkeypatch.setattr(sheets.trained_run, "load_generator", lambda *_: (model, None))
    figure = next(one for one in load_claims(claims_file(tmp_path)).figures if one.stem == "P1-list")
    path = sheets.draw(figure, A, tmp_path, tmp_path / "pages", this_machine("cpu"))
    assert pages.updates_in(path) == [70]
    with Image.open(path) as sheet:
        cell = (sheet.width - 6) // 8, (sheet.height - 6) // 4
        shown = [sheet.getpixel((70 + cell[0] * (i % 8), 70 + cell[1] * (i // 8)))[0] for i in range(32)]
    expected = torch.from_numpy(DATASETS["iclevr"].rendered_lists()["new_test"]).float() @ weights
    assert shown == [round(shade) for shade in expected.tolist()]


def test_sheets_become_pdf_without_loss(tmp_path):
    saved(tmp_path / "records", run(A))
    path = tmp_path / "pages/figures/P1-list-cdcgan_iclevr.png"
    path.parent.mkdir(parents=True)
    Image.effect_noise((120, 60), 60).convert("RGB").save(path)
    assert report(tmp_path, "--pdf") == 0
    pdf = path.with_suffix(".pdf").read_bytes()
    assert b"DCTDecode" not in pdf
    assert re.search(rb"/Width 120\b", pdf)
    assert re.search(rb"/Height 60\b", pdf)
    assert len(pdf) > 120 * 60  # noise cannot be shrunk


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
        ('list = "new_test"', 'list = "old_test"', "figure P1-list: no condition list of iclevr is called 'old_test'"),
        ('list = "new_test"', 'list = "test"\nconditions = ["red cube"]', "has neither conditions nor updates"),
        ('lists = ["test", ', 'lists = ["tests", ', "figure P1-draws: no condition list of iclevr is called 'tests'"),
        ("[0.70, 0.71]", "[0.70]", "reported has 1 values for 'cdcgan_iclevr'; give one for each list"),
        (
            'score = "topk_accuracy"\nlists',
            'score = "fid"\nlists',
            "figure P1-draws: no score of iclevr is called 'fid'",
        ),
        ("each = 3", 'each = 3\nlabels = { wgan = "after" }', "labels has 'wgan'; give labels of rows only: mlp_gan"),
        ('kind = "sheet"', 'kind = "scores"\nscore = "fid"\nreported = [1.0]', "reported has 1 values for 2 rows|each"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_refused_before_any_work(tmp_path, before, after, words):
    with pytest.raises(UsageError, match=words) as raised:
        load_claims(claims_file(tmp_path, before, after))
    assert "\n" not in str(raised.value)
