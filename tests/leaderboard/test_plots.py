"""Plots of the leaderboard: which there are, what they show, and that they come out the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders.leaderboards import reference, run
from matplotlib.figure import Figure
from PIL import Image

from benchmark.cli import main
from benchmark.commands.leaderboard import plots as drawing
from benchmark.leaderboard.plots import agreement, bin_chances, calibration, draw, draw_agreement
from benchmark.leaderboard.tables import build
from benchmark.records.per_sample import Answers, PerSample, save_per_sample


def drawn(records, folder):
    by_name = {record.file_name: record for record in records}
    return [path.name for table in build(records) for path in draw(table, by_name, folder / table.budget)]


def test_there_are_plots_of_costs_and_of_seeds_only_where_a_row_has_several(tmp_path):
    one = [run("a_$x$", 0.5), run("b", 0.6), reference("real"), run("lost", status="diverged", reason="x", scores={})]
    expected = ["short-seconds.png", "short-seconds.svg", "short-images.png", "short-images.svg"]
    assert drawn(one, tmp_path) == expected
    assert drawn([*one, run("b", 0.7, seed=1)], tmp_path) == [*expected, "short-seeds.png", "short-seeds.svg"]
    assert Image.open(tmp_path / "short-seeds.png").getextrema() != ((255, 255),) * 3
    assert drawn([reference("real")], tmp_path) == []


def test_the_same_records_give_the_same_plot(tmp_path):
    for folder in ("first", "second"):
        drawn([run("a", 0.5), run("b", 0.6)], tmp_path / folder)
    for name in ("short-images.png", "short-images.svg"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_calibration_bins_are_mean_chance_and_share_of_right_answers(tmp_path):
    chances, right = np.array([0.95, 1.0, 0.92, 0.55]), np.array([True, True, False, False])
    found, rates, counts = bin_chances(chances, right)
    assert found == pytest.approx([0.55, (0.95 + 1.0 + 0.92) / 3])
    assert rates == pytest.approx([0.0, 2 / 3])
    assert counts.tolist() == [1, 3]
    (png, svg) = calibration(tmp_path / "judge", chances, right, "eyes")
    error = 100 * (0.55 + abs(0.95 + 1.0 + 0.92 - 2)) / 4
    assert svg.stat().st_size > 0
    assert png.stat().st_size > 0
    assert error == pytest.approx(35.5)


def test_the_judge_is_drawn_where_the_real_images_row_has_its_answers(tmp_path):
    record = reference("real")
    logits, conditions = torch.full((1, 30, 24), -4.0), torch.zeros(1, 30, 24, dtype=torch.uint8)
    conditions[0, :, 3], logits[0, :20, 3] = 1, 4.0
    digest = save_per_sample(tmp_path / "records" / record.file_name, PerSample({"test": Answers(logits, conditions)}))
    record.model_copy(update={"per_sample_sha256": digest}).save(tmp_path / "records")
    names = [path.name.partition("-judge-")[2] for path in drawing.draw(tmp_path / "records", tmp_path / "plots")]
    assert names == [f"{plot}-objects.{ending}" for plot in ("confusion", "calibration") for ending in ("png", "svg")]


def test_a_judge_is_drawn_against_given_scores_a_point_for_each_list(tmp_path):
    pairs = {"learned from": [(0.5, 0.6), (0.1, 0.3)], "not learned from": [(0.9, 0.9)]}
    svg = agreement(tmp_path / "one", pairs, "topk_accuracy")[1].read_text()
    assert svg == agreement(tmp_path / "two", pairs, "topk_accuracy")[1].read_text()
    other = pairs | {"not learned from": [(0.9, 0.2)]}
    assert svg != agreement(tmp_path / "three", other, "topk_accuracy")[1].read_text()
    axes = Figure().subplots()
    draw_agreement(axes, pairs, "topk_accuracy")
    line, learned, rest = axes.get_lines()
    assert [point.tolist() for point in learned.get_data()] == [[0.5, 0.1], [0.6, 0.3]]
    assert (line.get_label(), rest.get_label()) == ("the same", "not learned from: 1 lists, mean difference 0.000")
    assert learned.get_label() == "learned from: 2 lists, mean difference 0.150"


def test_a_check_draws_nothing(tmp_path, capsys):
    run("a").save(tmp_path / "records")
    words = ["leaderboard", str(tmp_path / "records"), "--out", str(tmp_path / "t"), "--plots", str(tmp_path / "p")]
    assert main([*words, "--check"]) == 2
    assert "--plots" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()
    assert main(words) == 0
    assert len(list((tmp_path / "p").iterdir())) == 4
