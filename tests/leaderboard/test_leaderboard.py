"""The leaderboard: rows from seeds, ranks from intervals, tables from protocols, files from records."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import random
import re
from pathlib import Path

import pytest
import torch
from builders.leaderboards import FD, PROTOCOL, SCORE, entry, ranked_by, reference, run, with_scores
from markdown_it import MarkdownIt
from rich.console import Console

from benchmark.commands.claims.report import report as claims_report
from benchmark.errors import UsageError
from benchmark.leaderboard import model_cards
from benchmark.leaderboard.averages import Cell, average
from benchmark.leaderboard.captions import about_rows, notes
from benchmark.leaderboard.cells import is_best
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.latex import to_latex
from benchmark.leaderboard.output_files import check, load_tables, write
from benchmark.leaderboard.ranks import rank_rows
from benchmark.leaderboard.render import documents, to_csv, to_json, to_markdown
from benchmark.leaderboard.rows import Row, model_rows
from benchmark.leaderboard.screen import to_terminal
from benchmark.leaderboard.tables import SMOKE_LABEL, build
from benchmark.records.per_sample import PerSample, save_per_sample
from benchmark.records.record import Record
from benchmark.system.markup import escape_markdown, single_spaced
from benchmark.tasks import TASKS


def references():
    return [reference(name) for name in ("untrained", "real", "shuffled")]


def spans(tables):
    """Styles of all cells on the screen."""
    cells = [cell for screen in screens(tables) for column in screen.columns for cell in column.cells]
    return [span for cell in cells for span in cell.spans]


def screens(tables):
    """What a terminal shows, without the lines below the tables."""
    return [found for found in to_terminal(tables) if hasattr(found, "columns")]


def names(table):
    return [row.name for row in table.rows]


def ranks(table):
    return {row.name: row.rank for row in table.rows}


def cell(value, half):
    return Cell(value=value, interval=(value - half, value + half), deviation=None)


@pytest.fixture
def folders(tmp_path):
    """A folder of records, and the folder of the tables written from them."""
    for record in [*references(), run("good", 0.8), run("bad", 0.2)]:
        record.save(tmp_path / "records")
    write(tmp_path / "records", tmp_path / "tables")
    return tmp_path / "records", tmp_path / "tables"


@pytest.mark.parametrize(
    ("damage", "words"),
    [(lambda path: path.unlink(), "cannot read"), (lambda path: path.write_bytes(b"x"), "has sha256")],
)
def test_a_missing_or_damaged_file_about_single_images_is_reported(tmp_path, capsys, damage, words):
    record = run("good", 0.8)
    digest = save_per_sample(tmp_path / record.file_name, PerSample(scores={"topk_accuracy": torch.ones(3, 2)}))
    path = run("good", 0.8, per_sample_sha256=digest).save(tmp_path)
    write(tmp_path, tmp_path / "tables")
    assert capsys.readouterr().err == ""
    assert check(tmp_path, tmp_path / "tables") == []
    damage(path.with_suffix(".safetensors"))
    write(tmp_path, tmp_path / "tables")
    (said,) = capsys.readouterr().err.splitlines()
    assert words in said
    assert path.with_suffix(".safetensors").name in said
    assert check(tmp_path, tmp_path / "tables") == [said]


# Seeds


def test_one_seed_keeps_its_interval_over_the_images():
    assert average([entry(0.5, (0.4, 0.7))]) == Cell(
        value=0.5, interval=(0.4, 0.7), deviation=None, groups={"test": 0.4, "new_test": 0.6}
    )


def test_several_seeds_give_mean_deviation_and_students_interval():
    found = average([entry(value, unit="points") for value in (1.0, 2.0, 6.0)])
    assert found.value == pytest.approx(3.0)
    assert found.deviation == pytest.approx(7**0.5)
    half = 4.302653 * 7**0.5 / 3**0.5  # the quantile of two degrees of freedom, from tables
    assert found.interval == pytest.approx((3 - half, 3 + half))


def test_seeds_that_agree_keep_the_uncertainty_over_the_images():
    assert average([entry(0.5, (0.4, 0.6))] * 2).interval == pytest.approx((0.4, 0.6))


def test_the_interval_of_a_rate_stays_between_0_and_1():
    assert average([entry(0.2), entry(0.8)]).interval == (0.0, 1.0)


def test_seeds_of_one_model_become_one_row_whatever_their_order():
    runs = [run("a", value, seed=seed) for seed, value in enumerate((0.3, 0.4, 0.5))]
    (row,) = model_rows(runs[::-1])
    assert row == model_rows(runs)[0]
    assert (row.seeds, row.runs, row.scores["topk_accuracy"].value) == ((0, 1, 2), 3, pytest.approx(0.4))


def test_a_score_that_some_seeds_lack_is_not_averaged_over_the_others():
    (row,) = model_rows([run("a", fd=1.0), run("a", seed=1)])
    assert row.scores.keys() == {"topk_accuracy"}


def test_runs_with_other_settings_cannot_share_a_row():
    other = run("a", seed=1, updates=1501)
    with pytest.raises(UsageError, match=r"two runs of a cannot share a row: total_updates is 1500 in .*seed0.*1501"):
        model_rows([run("a"), other])


def test_two_runs_of_one_seed_cannot_share_a_row():
    with pytest.raises(UsageError, match=r"two runs of a have seed 0, iclevr-a-short-\S+ and iclevr-a-report"):
        model_rows([run("a", 0.1), run("a", 0.2, budget="report")])


def test_seeds_that_failed_have_a_row_of_their_own_and_are_counted():
    failed = run("a", seed=1, status="diverged", reason="loss is nan at step 7", scores={})
    (table,) = build([run("a"), failed])
    assert [(row.status, row.rank, row.seeds, row.runs) for row in table.rows] == [
        ("valid", 1, (0,), 2),
        ("diverged", None, (1,), 2),
    ]
    text = to_markdown([table])
    assert "| 1 | a | 1,500 | 1 of 2 |" in text
    assert "| diverged | a | 1,500 | 1 of 2 | – |" in text  # noqa: RUF001
    assert "- a (diverged):\n  - Diverged: loss is nan at step 7\n" in text
    told = about_rows(notes(table))
    assert "Diverged" in {note.kind for note in told["a (diverged)"]}
    assert "Diverged" not in {note.kind for note in told.get("a (valid)", [])}


def test_an_interval_over_seeds_stays_within_the_range_of_its_score():
    distances = [entry(value, unit="squared distance", value_range=(0.0, None)) for value in (5.0, 40.0, 90.0)]
    assert average(distances).interval[0] == 0.0
    assert average([entry(value) for value in (0.98, 0.9, 0.82)]).interval[1] == 1.0
    assert average([entry(value, unit="degrees", value_range=(None, None)) for value in (1.0, 9.0)]).interval[0] < 0


# Ranks


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([], []),
        ([cell(0.9, 0.1)], [1]),
        ([cell(0.9, 0.01), cell(0.8, 0.01), cell(0.7, 0.01)], [1, 2, 3]),
        ([cell(0.9, 0.09), cell(0.8, 0.09), cell(0.7, 0.01)], [1, 1, 3]),
        ([cell(0.9, 0.07), cell(0.8, 0.07), cell(0.7, 0.07)], [1, 1, 3]),  # 3 differs from the leader, not from 2
        ([cell(0.9, 0.01), cell(0.8, 0.01), cell(0.75, 0.2)], [1, 2, 2]),  # 2 is apart, so 3 is in its group
        ([Cell(value=0.9, interval=None, deviation=None), cell(0.8, 0.11)], [1, 1]),
        ([Cell(value=0.9, interval=None, deviation=None), cell(0.1, 0.001)], [1, 1]),  # nothing is known of the first
    ],
)
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_rows_share_a_rank_while_they_do_not_differ_from_the_leader(cells, expected, direction):
    if direction == "lower":
        cells = [flipped(one) for one in cells]
    rows = [Row(kind="model", name=f"m{i}", scores={"s": one}) for i, one in enumerate(cells)]
    mixed = random.Random(0).sample(rows, len(rows))
    found = rank_rows(mixed, Column(name="s", direction=direction, unit="u", version=1))
    assert [(row.name, row.rank) for row in found] == [(f"m{i}", rank) for i, rank in enumerate(expected)]


def flipped(one):
    interval = one.interval and (1 - one.interval[1], 1 - one.interval[0])
    return Cell(value=1 - one.value, interval=interval, deviation=None)


def test_a_row_without_the_main_score_comes_unranked_after_the_others():
    lacking = run("lacking", scores={"fd_efficientnet_lite0": FD})
    (table,) = build([lacking, run("a", 0.1), run("z", 0.9)])
    assert ranks(table) == {"z": 1, "a": 2, "lacking": None}
    assert names(table) == ["z", "a", "lacking"]


@pytest.mark.parametrize("status", ["invalid", "diverged", "collapsed", "undertrained"])
def test_only_valid_rows_are_ranked(status):
    best = run("best", 0.99, status=status, reason="for a reason")
    (table,) = build([best, run("a", 0.1)])
    assert ranks(table) == {"a": 1, "best": None}
    assert f"- best:\n  - {status.capitalize()}: for a reason\n" in to_markdown([table])


def test_numbers_of_a_failed_judge_are_not_shown():
    (table,) = build([run("best", 0.9876, status="invalid", reason="judge"), run("a", 0.1)])
    assert "98.8" not in to_markdown([table])
    assert "0.9876" not in to_json([table]) + to_csv([table])


# Tables


def test_a_refused_score_is_called_so_with_its_reason_and_is_never_a_number():
    reason = "fd_efficientnet_lite0 saw 9 real and 9 generated images"
    few = [run(name, refused={"fd_efficientnet_lite0": reason}) for name in ("few", "also")]
    (table,) = build([*few, run("many", fd=5.0)])
    page = to_markdown([table])
    (line,) = (line for line in page.splitlines() if "| few |" in line)
    assert "| refused |" in line
    assert f"- also:\n  - Refused: {reason}\n- few:\n  - Refused: {reason}\n" in page
    assert page.count("| refused |") == 2


@pytest.mark.parametrize("name", ["near_duplicate_rate", "memorised_rate"])
def test_a_model_that_repeats_itself_or_its_training_images_raises_an_alarm(name):
    def rate(value):
        return {name: SCORE | {"value": value, "interval": (value - 0.01, value + 0.01), "direction": "lower"}}

    table = build(
        [run("copies", scores=rate(0.4)), run("varies", scores=rate(0.03)), run("unclear", scores=rate(0.055))]
    )
    page = to_markdown(table)
    assert "- copies:\n  - Alarm: 40.0 % [39.0, 41.0] of its images are near" in page
    assert page.count("real images: about 1 %") == 1


def test_references_stand_around_the_models_unranked():
    (table,) = build([*references(), run("b", 0.99), run("a", 0.01)])
    assert names(table) == ["real", "b", "a", "shuffled", "untrained"]
    assert ranks(table) == {"real": None, "b": 1, "a": 2, "shuffled": None, "untrained": None}


def test_every_budget_has_its_own_table_ranks_and_references():
    runs = [
        run("a", 0.1, budget="report", updates=56_000),
        run("a", 0.9),
        run("b", 0.8, budget="custom", updates=6000),
        run("a", 0.3, budget="custom", updates=3000),
        run("b", 0.7, budget="smoke", updates=40),
    ]
    tables = build([*runs, *references()])
    assert [(table.budget, table.total_updates) for table in tables] == [
        ("report", None),
        ("short", None),
        ("custom", 6000),
        ("custom", 3000),
        ("smoke", None),
    ]
    assert [table.rows[1].rank for table in tables] == [1, 1, 1, 1, None]
    assert all(names(table)[0] == "real" and names(table)[2:] == ["shuffled", "untrained"] for table in tables)


def test_equally_many_updates_compare_whether_they_were_asked_for_by_name_or_by_number():
    by_report, by_number = {"budget": "report", "updates": 20}, {"budget": "custom", "updates": 20}
    (table,) = build([run("a", 0.1, **by_report), run("b", 0.9, **by_number), run("a", 0.1, seed=1, **by_number)])
    assert (table.label, ranks(table)) == ("custom: 20 generator updates", {"b": 1, "a": 2})
    assert table.rows[1].seeds == (0, 1)
    (table,) = build([run("a", 0.1), run("b", 0.9, budget="report"), run("c", budget="custom")])
    assert (table.label, names(table)) == ("short", ["b", "c", "a"])


def test_a_budget_of_the_report_is_as_long_as_each_models_report_says():
    longer = run("b", 0.9, budget="report", updates=30)
    (table,) = build([run("a", 0.1, budget="report", updates=20), longer])
    assert (table.label, names(table)) == ("report", ["b", "a"])
    tables = build([run("a", 0.1, budget="report", updates=20), longer, run("c", budget="custom", updates=20)])
    assert [(table.label, names(table)) for table in tables] == [
        ("report", ["b"]), ("custom: 20 generator updates", ["c", "a"]),
    ]  # fmt: skip


def test_smoke_rows_are_labelled_and_never_ranked_or_bold():
    (table,) = build([run("b", 0.9, budget="smoke", updates=40), run("a", 0.1, budget="smoke", updates=40)])
    text = to_markdown([table])
    assert ranks(table) == {"a": None, "b": None}
    assert text.count("| 40 (smoke) |") == 2
    assert SMOKE_LABEL in text
    assert "**" not in text
    assert "- Ranks: nothing here is ranked\n" in text


def test_protocols_never_share_a_table():
    other = run("b", protocol={"n_real": 999})
    tables = build([run("a"), other, *references()])
    assert sorted(names(table) for table in tables) == [["b"], ["real", "a", "shuffled", "untrained"]]
    assert len({table.protocol.id for table in tables}) == 2


def test_an_older_version_of_a_score_is_refused_beside_a_newer_one_and_alone_is_not():
    older, newer = ({"topk_accuracy": SCORE, "exact_match": SCORE | {"version": version}} for version in (1, 2))
    (table,) = build([run("a", scores=older), run("b", scores=newer)])
    a, b = table.rows
    assert "exact_match" not in a.scores
    assert a.refused == {
        "exact_match": "exact_match is of version 1, others are of version 2; score it again to compare"
    }
    assert "exact_match" in b.scores
    assert b.refused == {}
    assert a.rank == b.rank == 1
    assert "refused" in to_markdown([table])
    assert "exact_match v2" in to_markdown([table])
    (table,) = build([run("a", scores=older)])
    assert "exact_match" in table.rows[0].scores


def test_versions_of_the_main_score_never_share_a_table():
    with pytest.raises(UsageError, match=r"scores\.topk_accuracy\.version is 1 in .* and 2 in "):
        build([run("a"), run("b", scores={"topk_accuracy": SCORE | {"version": 2}})])


@pytest.mark.parametrize("score", ["topk_accuracy", "exact_match"])
def test_a_version_that_no_evaluator_has_is_refused_by_the_records_name(tmp_path, score):
    """Such a row would make every other one's score outdated."""
    scores = {"topk_accuracy": SCORE, "exact_match": SCORE}
    run("a", scores=scores).save(tmp_path)
    assert len(load_tables(tmp_path)[0].rows) == 1
    bad = run("b", scores=scores | {score: SCORE | {"version": 99}}).save(tmp_path)
    with pytest.raises(UsageError, match=rf"^{bad.name}: {score} is of version 99, but this cgan-bench has version 1;"):
        load_tables(tmp_path)
    with pytest.raises(UsageError, match=f"^{bad.name}: {score} is of version 99"):
        model_cards.write(tmp_path, tmp_path / "cards")
    with pytest.raises(UsageError, match=f"^{bad.name}: {score} is of version 99"):
        claims_report(tmp_path, tmp_path / "reports", others=(), check=False)
    assert not (tmp_path / "cards").exists()
    assert not (tmp_path / "reports").exists()


def test_references_alone_make_a_table():
    (table,) = build(references())
    assert names(table) == ["real", "shuffled", "untrained"]
    assert "references only" in to_markdown([table])


def test_a_task_needs_a_main_score_which_its_records_can_name():
    strange = run("a", protocol={"task": "portraits"})
    with pytest.raises(UsageError, match=r"no score ranks task 'portraits'; known: anime-faces, .*iclevr"):
        build([strange])
    (table,) = build([ranked_by("topk_accuracy", strange)])
    assert table.main_score == "topk_accuracy"
    (table,) = build([ranked_by("fd_efficientnet_lite0", each) for each in (run("a", 0.9, fd=2), run("b", 0.1, fd=1))])
    assert [row.name for row in table.rows] == ["b", "a"]
    assert ranks(table) == {"b": 1, "a": 1}  # no interval is known


def test_each_task_is_ranked_by_its_own_score():
    assert TASKS["iclevr"].main_score == "topk_accuracy"
    assert TASKS["anime-faces"].main_score == "joint_accuracy"


# Markdown, CSV, JSON, terminal


def test_markdown_rounds_and_shows_arrows_intervals_and_the_best_in_bold():
    runs = [
        run("a", 0.51234, 0.01, fd=7.005),
        run("b", 0.2, 0.01, fd=3.14159),
        run("b", 0.2, 0.01, fd=3.0, seed=1),
    ]
    lines = to_markdown(build(runs)).splitlines()
    scores = "topk_accuracy ↑ (%) | fd_efficientnet_lite0 ↓"
    head = f"| Rank | Model | Updates | Seeds | {scores} | images seen | train images/s |"
    end = "96,000 | – |"  # noqa: RUF001
    start = lines.index(head)
    assert lines[start + 2] == f"| 1 | a | 1,500 | 1 | **51.2 [50.2, 52.2]** | 7.00 | {end}"
    seeds = "20.0 ± 0.0 [19.0, 21.0] | **3.07 ± 0.10 [2.17, 3.97]**"
    assert lines[start + 3] == f"| 2 | b | 1,500 | 2 | {seeds} | {end}"


def test_nothing_is_bold_where_all_are_the_same():
    (table,) = build([run("a", 0.5, fd=2.0), run("b", 0.4, fd=2.0)])
    text = to_markdown([table])
    assert text.count("**50.0 [45.0, 55.0]**") == 1
    assert "**2.00**" not in text
    assert text.count("| 2.00 |") == 2


def test_no_minus_stands_before_a_zero():
    (table,) = build(
        [with_scores(run("a"), {"fd_efficientnet_lite0": FD | {"value": -0.001, "interval": (-0.02, 0.01)}})]
    )
    assert "| 0.00 [-0.02, 0.01] |" in to_markdown([table])


def test_one_ranked_row_alone_is_not_bold_and_the_better_of_two_is():
    alone = [run("a", 0.5, fd=2.0), run("b", 0.9, fd=1.0, status="undertrained", reason="too short"), *references()]
    assert "**" not in to_markdown(build(alone))
    assert "bold" not in {str(span.style) for span in spans(build(alone))}
    both = to_markdown(build([*alone, run("c", 0.4, fd=3.0)]))
    assert "| **50.0 [45.0, 55.0]** | **2.00** |" in both
    assert "bold" in {str(span.style) for span in spans(build([*alone, run("c", 0.4, fd=3.0)]))}


def test_a_score_that_only_one_ranked_row_has_is_not_bold():
    page = to_markdown(build([run("a", 0.5, fd=2.0), run("b", 0.2)]))
    assert "| **50.0 [45.0, 55.0]** | 2.00 |" in page


@pytest.mark.parametrize("name", ["near_duplicate_rate", "memorised_rate"])
@pytest.mark.parametrize(("rate", "marked"), [(0.4, False), (0.055, True)])
def test_nothing_is_bold_in_a_row_that_there_is_an_alarm_about(name, rate, marked):
    alarm = SCORE | {"value": rate, "interval": (rate - 0.01, rate + 0.01), "direction": "lower", "unit": "fraction"}
    best = run("best", 0.9, fd=1.0)
    best = Record(**dict(best) | {"scores": dict(best.scores) | {name: alarm}})
    page = to_markdown(build([best, run("other", 0.2, fd=2.0)]))
    (line,) = (line for line in page.splitlines() if "| best |" in line and "90.0" in line)
    assert ("**90.0 [85.0, 95.0]**" in line, "**1.00**" in line) == (marked, marked)
    (other,) = (line for line in page.splitlines() if "| other |" in line and "20.0" in line)
    assert "**" not in other


def test_the_caption_tells_the_protocol_and_how_intervals_and_ranks_were_made():
    text = to_markdown(build([run("a", fd=1.0), run("a", seed=1, fd=1.0), *references()]))
    table = build([run("a")])[0]
    for part in (
        table.protocol.id,
        "| generated images | 640 |\n| real images | 1,000 (train) |\n| data | synthetic (0123456789ab) |\n",
        "| judge | 0123456789ab |\n| backbone | none |\n",
        "| resizer | bilinear |\n",
        "  - Unit fraction of requested objects, in %: topk_accuracy v1\n",
        "  - Unit squared distance of features: fd_efficientnet_lite0 v1\n",
        "  - By wilson: topk_accuracy\n",
        "  - None: fd_efficientnet_lite0\n",
        "Student's t over the seeds",
        "Holm's correction over all pairs",
        "- real:\n  - Rows: real images\n",
        "- Trained on: Some CPU\n",
    ):
        assert part in text


def parsed_rows(markdown):
    """The table's rows as a Markdown reader sees them: lists of plain texts; fails on any markup but bold."""
    rows = []
    for token in MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(markdown):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline" and token.level == 4:
            kinds = {part.type for part in token.children}
            assert kinds <= {"text", "text_special", "strong_open", "strong_close"}
            rows[-1].append("".join(part.content for part in token.children))
    return rows


@pytest.mark.parametrize(
    "nasty",
    [
        "a|b",
        "a\\|b",
        "a\\",
        "a\n| 1 | x |",
        "a\r\u2028b",
        "`a` `",
        "_a_",
        "**a**",
        "~~a~~",
        "<b>a</b>",
        "&lt;a",
        "[a](b)",
    ],
)
def test_no_name_can_break_a_table(nasty):
    protocol = {"resizer": nasty}
    bad = run(nasty, status="undertrained", reason=nasty, protocol=protocol, data_name=nasty)
    text = to_markdown(build([bad, run("plain", protocol=protocol)]))
    head, plain, slow = parsed_rows(text)[:3]
    assert len(text.splitlines()) == 39
    assert (len(head), plain[1]) == (7, "plain")
    assert slow[:2] == ["undertrained", single_spaced(nasty)]
    assert len(plain) == len(slow) == len(head)


def items(markdown):
    """The list under the tables as a Markdown reader sees it: the text of each item, and how deep it stands."""
    depth, found = 0, []
    for token in MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(markdown):
        depth += {"bullet_list_open": 1, "bullet_list_close": -1}.get(token.type, 0)
        assert not depth or token.type.startswith(("bullet_list", "list_item", "paragraph", "inline")), token.type
        if depth and token.type == "inline":
            assert {part.type for part in token.children} <= {"text", "text_special"}
            found.append((depth, "".join(part.content for part in token.children)))
    return found


@pytest.mark.parametrize(
    "nasty", ["# a", "- a", "> a", "1. a", "12) a", "+ a", "=== a", "**a**", "a\n- b", "`a`", "<b>", "\\"]
)
def test_each_kind_of_note_is_one_item_and_no_name_can_break_the_list(nasty):
    records = [run(nasty, refused={"exact_match": nasty}), run("plain", refused={"exact_match": "few", "fid": nasty})]
    found = items(to_markdown(build(records)))
    shown = single_spaced(nasty)
    kinds = [text.partition(":")[0] for depth, text in found if depth == 1]
    assert kinds[:4] == ["Scores", "Intervals", "Ranks", "Trained on"]
    refused = found[found.index((1, "Trained on: Some CPU")) + 1 :]
    assert sorted(refused) == sorted([
        (1, f"{shown}:"), (2, f"Refused: {shown}"), (1, "plain:"), (2, f"Refused: {shown}"), (2, "Refused: few"),
    ])  # fmt: skip


def test_json_has_the_notes_by_kind_rows_and_text():
    tables = build([run("a", refused={"fid": "few"}), run("b", refused={"fid": "few"})])
    (refused,) = (note for note in json.loads(to_json(tables))["tables"][0]["notes"] if note["kind"] == "Refused")
    assert refused == {"kind": "Refused", "rows": ["a", "b"], "text": "few"}


@pytest.mark.parametrize(("failed", "lines", "last"), [(4, 4, "m0"), (10, 10, "m6"), (12, 10, "3 more notes")])
def test_the_screen_has_the_headline_and_at_most_ten_lines_for_a_task(failed, lines, last):
    runs = [run(f"m{i}", status="diverged", reason=f"at {i}", scores={}) for i in range(failed - 3)]
    longer = {"budget": "report", "updates": 20_000, "status": "diverged", "scores": {}}
    runs += [run(f"n{i}", reason=f"at {i}", **longer) for i in range(3)]
    shown = to_terminal(build([*runs, *references()]))
    notes = [text.plain for text in shown if not hasattr(text, "columns")]
    assert len(screens(build([*runs, *references()]))) == 2
    assert len(notes) == lines
    assert "Diverged: n0: at 0" in notes
    assert last in notes[-1]


def test_ordinary_names_are_not_escaped():
    assert escape_markdown("wgan_gp:no_clip 64.2 ± 3.1 [60.1, 68.0]") == "wgan_gp:no_clip 64.2 ± 3.1 [60.1, 68.0]"


def test_json_and_csv_keep_every_digit():
    tables = build([run("a", 1 / 3, 0.01), run("a", 0.1, 0.01, seed=1), *references()])
    row = json.loads(to_json(tables))["tables"][0]["rows"][1]
    (line,) = [line for line in csv.DictReader(io.StringIO(to_csv(tables))) if line["name"] == "a"]
    mean = (1 / 3 + 0.1) / 2
    assert row["scores"]["topk_accuracy"]["value"] == float(line["topk_accuracy"]) == mean
    assert row["scores"]["topk_accuracy"]["groups"] == {"test": 0.4, "new_test": 0.6}
    assert (line["rank"], line["seeds"], line["topk_accuracy_low"]) == ("1", "2", "0.0")


def test_the_same_records_give_the_same_bytes_in_any_order():
    records = [
        *references(),
        *(run(name, 0.5, seed=seed, fd=0.1 * seed) for name in "abc" for seed in range(3)),
    ]
    records += [run("a", protocol={"n_real": 9}), run("b", budget="report", updates=9)]
    expected = documents(build(records))
    assert expected.keys() == {"iclevr.md", "iclevr.csv", "iclevr.json", "iclevr.tex"}
    for seed in range(5):
        assert documents(build(random.Random(seed).sample(records, len(records)))) == expected


def test_the_terminal_shows_the_same_cells_and_no_markup_of_others():
    (table,) = build([run("[red]a[/red]", 0.51234, 0.01), *references()])
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(*to_terminal([table]), sep="\n")
    text = console.export_text()
    assert "[red]a[/red]" in text
    assert "51.2 [50.2, 52.2]" in text
    assert text.index("real (ceiling)") < text.index("[red]a") < text.index("untrained (floor)")


# Files


def test_written_tables_pass_the_check(folders):
    records, tables = folders
    assert check(records, tables) == []
    assert sorted(path.name for path in tables.iterdir()) == ["iclevr.csv", "iclevr.json", "iclevr.md", "iclevr.tex"]


def test_writing_again_renews_the_tables(folders):
    records, tables = folders
    run("third", 0.5).save(records)
    assert len(check(records, tables)) == 4
    assert [path.name for path in write(records, tables)] == ["iclevr.md", "iclevr.csv", "iclevr.json", "iclevr.tex"]
    assert check(records, tables) == []


@pytest.mark.parametrize("name", ["iclevr.md", "iclevr.csv", "iclevr.json", "iclevr.tex"])
def test_the_check_finds_a_changed_digit(folders, name):
    records, tables = folders
    text = (tables / name).read_text(encoding="utf-8")
    shown = "80.0" if name.endswith(("md", "tex")) else "0.8"
    (tables / name).write_text(text.replace(shown, shown.replace("8", "9"), 1), encoding="utf-8")
    (line,) = check(records, tables)
    assert re.search(rf"changed: .*{name}, line \d+: .*{shown.replace('8', '9')}.*; the records give .*{shown}", line)


def test_the_check_finds_lost_and_added_lines(folders):
    records, tables = folders
    path = tables / "iclevr.md"
    path.write_bytes(path.read_bytes()[:-1])
    assert "no such line; the records give ''" in check(records, tables)[0]
    path.write_bytes(path.read_bytes() + b"\n\nmore\xff")
    assert "the records give no such line" in check(records, tables)[0]


def test_the_check_finds_missing_and_extra_tables_but_leaves_other_files_alone(folders):
    records, tables = folders
    (tables / "iclevr.csv").unlink()
    (tables / "old.md").write_text("x", encoding="utf-8")
    (tables / "README.md").write_text("x", encoding="utf-8")
    (tables / "grid.png").write_bytes(b"x")
    assert check(records, tables) == [
        f"missing: {tables / 'iclevr.csv'}",
        f"extra: {tables / 'old.md'} has no records; delete it",
    ]


def test_the_check_of_a_missing_folder_misses_every_table(folders, tmp_path):
    assert len(check(folders[0], tmp_path / "nothing")) == 4


def test_a_folder_of_tables_is_not_taken_for_records(folders):
    with pytest.raises(UsageError, match=r"\.json: is a table of a leaderboard; give a record, or the folder"):
        write(folders[1], folders[0])


def test_a_broken_record_leaves_the_tables_as_they_were(folders):
    records, tables = folders
    before = {path.name: path.read_bytes() for path in tables.iterdir()}
    (records / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=r"broken\.json: not a whole JSON"):
        write(records, tables)
    assert {path.name: path.read_bytes() for path in tables.iterdir()} == before


def test_protocol_of_the_tests_is_the_one_written(folders):
    document = json.loads((folders[1] / "iclevr.json").read_text(encoding="utf-8"))
    protocol = document["tables"][0]["protocol"]
    assert {name: protocol[name] for name in PROTOCOL} == PROTOCOL


def test_the_committed_tables_agree_with_the_committed_records():
    """Also that neither is there without the other."""
    results = Path(__file__).resolve().parents[2] / "results"
    committed = [bool(list(results.glob(pattern))) for pattern in ("records/*.json", "leaderboards/*")]
    assert committed[0] == committed[1]
    if committed[0]:
        assert check(results / "records", results / "leaderboards") == []


def test_the_headline_stands_in_the_table_and_the_other_scores_below_it():
    record = run("a", 0.5, fd=3.0)
    more = {f"{name}_efficientnet_lite0": record.scores["fd_efficientnet_lite0"] for name in ("kid", "precision")}
    (table,) = build([record.model_copy(update={"scores": record.scores | more})])
    first, second, _ = (part.splitlines()[0] for part in to_markdown([table]).split("\n\n") if part.startswith("|"))
    assert first.startswith("| Rank | Model | Updates | Seeds | topk_accuracy ↑ (%) | fd_efficientnet_lite0 ↓ |")
    assert second == "| Score | a |"
    assert "\n| kid_efficientnet_lite0 ↓ | 3.00 |\n| precision_efficientnet_lite0 ↓ | 3.00 |\n" in to_markdown([table])


@pytest.mark.parametrize(("direction", "real", "bold"), [("higher", 0.8, 0), ("higher", 0.95, 1), ("lower", 0.2, 1)])
def test_a_value_beyond_the_real_images_own_is_not_bold(direction, real, bold):
    name = "density_efficientnet_lite0"
    ceiling = reference("real").model_copy(update={"scores": {name: entry(real, direction=direction)}})
    table = with_values(build([run("a", 0.9), run("b", 0.2), ceiling])[0], name, (real, 0.9, 0.3))
    assert len(bold_in(table, name)) == bold


def test_a_distance_below_that_of_fewer_real_images_is_bold():
    """The real row has fewer images than a model's, and a distance falls as images are added."""
    distance = entry(4.1, direction="lower", unit="distance", value_range=(0.0, None), depends_on_count=True)
    ceiling = reference("real").model_copy(update={"scores": {"fd_efficientnet_lite0": distance}})
    table = build([run("a", 0.9), run("b", 0.2), ceiling])[0]
    assert bold_in(with_values(table, "fd_efficientnet_lite0", (4.1, 3.0, 9.0)), "fd_efficientnet_lite0") == ["a"]


@pytest.mark.parametrize("with_real", [True, False])
def test_the_scores_for_which_the_real_images_are_no_bound_are_named(with_real):
    rows = [run("a", 0.9, fd=3.0), *([reference("real")] if with_real else [])]
    found = [note.text for note in notes(build(rows)[0]) if note.kind == "Ceiling"]
    assert [text.rpartition(": ")[2] for text in found] == ["fd_efficientnet_lite0"] * with_real
    assert not [note for note in notes(build([run("a"), reference("real")])[0]) if note.kind == "Ceiling"]


def test_the_sharpness_nearest_to_the_real_images_is_bold():
    """4.4 is noise and 0.4 a blur; a value that real images reach is no limit."""
    ceiling = reference("real").model_copy(update={"scores": {"sharpness": entry(0.98, best_value=1.0)}})
    table = build([run("a", 0.9), run("b", 0.5), run("c", 0.2), ceiling])[0]
    assert bold_in(with_values(table, "sharpness", (0.98, 4.4, 1.1, 0.4)), "sharpness") == ["b"]
    assert "sharpness → 1" in to_markdown([table])


def with_values(table, name, values):
    """The table in which the rows have these values of a score."""
    rows = zip(table.rows, values, strict=True)
    return dataclasses.replace(
        table, rows=tuple(dataclasses.replace(row, scores=row.scores | {name: cell(v, 0.01)}) for row, v in rows)
    )


def bold_in(table, name):
    """Rows whose value of a score is bold."""
    column = next(column for column in table.columns if column.name == name)
    return [row.name for row in table.rows if is_best(table, row, column)]


def test_latex_shows_any_name_and_the_best_in_bold():
    text = to_latex(build([run("a_b & {c} % $ # ~ ^ \\ <x> --", 0.9), run("b", 0.2)]))
    assert (
        r"a\_\allowbreak{}b \& \{c\} \% \$ \# \textasciitilde{} \textasciicircum{} \textbackslash{} \textless{}x"
        in text
    )
    assert r"\textbf{\withinterval{90.0}{85.0, 95.0}}" in text
    assert r"\withinterval{20.0}{" in text
    assert r"\textbf{\withinterval{20.0" not in text
    lines = text[text.index(r"\midrule") :].splitlines()
    assert len({line.replace(r"\&", "").count("&") for line in lines if line.endswith(r"\\")}) == 1


# Speeds


def test_speeds_that_were_not_measured_alone_are_marked():
    """Alone, next to others, and by a version that did not look."""
    speeds = {"alone": {"other_cores": 0.02}, "beside": {"other_cores": 1.34}, "unknown": {}}
    records = [run(name, throughput={"train_images_per_second": 9.0} | each) for name, each in speeds.items()]
    found = {note.rows: note.text for note in notes(build(records)[0]) if note.kind == "Speed"}
    assert found == {
        ("beside",): "images/s while other programs kept 1.3 processors busy",
        ("unknown",): "images/s may be too low: the records do not say what else ran",
    }
    assert "while other programs kept 1.3 processors busy" in to_markdown(build(records))
