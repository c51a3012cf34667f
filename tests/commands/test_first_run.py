"""The first run on a CPU: what it says before it begins, what it trains, and what there is to look at in the end."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.data import toy_data
from builders.leaderboards import FD, reference, run
from builders.pages import details_of, page
from PIL import Image
from playwright.sync_api import expect

from benchmark.cli import main
from benchmark.commands import benchmark, first_results, first_run
from benchmark.commands.first_results import best_lines
from benchmark.commands.run_job import REAL, RunResult
from benchmark.commands.sheet import LINE, FirstRow, write_sheet
from benchmark.data.datasets import DATASETS
from benchmark.definitions.model_settings import find_model, serves
from benchmark.errors import UsageError
from benchmark.leaderboard.tables import build
from benchmark.records.record import Record
from benchmark.tasks import TASKS
from benchmark.training.sample_grids import first_row_height, grid_plan, sheet

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED = [task for task in TASKS.values() if DATASETS[task.dataset].render]
TRAINED = {(task.name, name) for task in EMBEDDED for name in task.first}


@pytest.fixture
def short(toy, monkeypatch):
    """Trainings of ten updates, on toy data in place of the embedded."""
    monkeypatch.setattr(first_run, "TRAINING", 0.1)
    monkeypatch.setattr(first_results, "EMBEDDED", "toy")
    return toy


def lengths(folder):
    """Generator updates of each model's record, by task and model."""
    records = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    models = [record for record in records if record["kind"] == "model"]
    name = {id(r): ":".join(filter(None, (r["model"]["name"], r["model"]["variant"]))) for r in models}
    return {(r["protocol"]["task"], name[id(r)]): r["training"]["total_updates"] for r in models}


def test_the_models_of_a_first_run_are_there_and_its_time_is_shared_out():
    assert all(serves(name, task) and find_model(name) for task in EMBEDDED for name in task.first)
    assert sum(task.first_share for task in TASKS.values()) == 1
    assert all(bool(task.first) == (task.first_share > 0) for task in TASKS.values())


def test_a_first_run_trains_some_walks_the_rest_and_ends_with_ten_lines_and_a_page_next_to_the_published(short, capsys):
    shutil.copytree(ROOT / "results", short / "results")
    before = {path: path.read_bytes() for path in (short / "results").rglob("*") if path.is_file()}
    assert main(["benchmark", "--device", "cpu"]) == 0
    said = capsys.readouterr()
    found = lengths(short / "runs/records")
    assert {key for key, updates in found.items() if updates == 10} == TRAINED
    assert {updates for key, updates in found.items() if key not in TRAINED} == {1}
    narrower = {("iclevr", "cdcgan_iclevr"), ("anime-faces", "modern_cgan")}  # trained above at a smaller width
    assert found.keys() == TRAINED | {(task.name, model) for task in EMBEDDED for model in task.models} - narrower
    lines = said.out.splitlines()
    assert len(lines) == len(EMBEDDED) + 6 == 10
    narrow = "modern_cgan:channels=8:learning_rate=0.001"
    assert f"anime-faces: {narrow}, 10 updates (undertrained): joint_accuracy" in said.out
    assert "published, of more images: modern_cgan, 1,500 updates: 96.7" in said.out
    assert "anime-transfer: no model was trained here" in said.out
    assert lines[-6:-3] == ["failed: none", "tables: runs/leaderboards; samples: runs/sheet.png", lines[-4]]
    assert lines[-1] == "page: runs/index.html"
    html = (short / "runs/index.html").read_text()
    assert html.count('<span class="tag">this run</span>') == len(found)
    assert "../results/records/" in html
    grids = [row.get("grid_link", "") for row in details_of(html)]
    named = f"samples/anime-faces-{narrow.replace(':', '-').replace('=', '-')}-custom10-seed0-"
    assert any(grid.startswith(named) for grid in grids)
    assert "is there already" not in said.err
    assert said.err.splitlines()[0].startswith("a first run on ")
    assert {path: path.read_bytes() for path in before} == before, "what is published stays as it is"


def test_the_same_command_goes_on_with_the_same_plan(short, monkeypatch):
    options = {"profile": "first", "tasks": "anime-faces-unconditional"}
    first = benchmark.benchmark(short / "runs", **options)
    monkeypatch.setattr(first_run, "time_training", lambda *_: pytest.fail("timed again"))
    monkeypatch.setattr("benchmark.training.loop.take_turn", lambda *_: pytest.fail("trained again"))
    again = benchmark.benchmark(short / "runs", **options)
    assert first["profile"] == again["profile"] == "first"
    assert {one["status"] for one in again["runs"]} == {"kept"}


def test_a_first_run_without_published_rows_has_a_page_of_its_own(short):
    result = benchmark.benchmark(short / "runs", profile="first", tasks="anime-faces-unconditional")
    assert "This run: protocol" in (short / "runs/index.html").read_text()
    assert result["tables"][-2:] == [f"{short}/runs/sheet.png", f"{short}/runs/index.html"]
    with Image.open(short / "runs/sheet.png") as whole:
        assert whole.height > 3 * (64 + LINE), "real images, and both models on their way"


@pytest.mark.parametrize("task", EMBEDDED, ids=[task.name for task in EMBEDDED])
def test_the_first_row_of_a_grid_ends_where_the_second_begins(task):
    """One row of black images, its captions, white; then the next row, or the next list's name."""
    data = toy_data(DATASETS[task.dataset], count=400)
    plan = grid_plan(task, data)
    black = torch.zeros((len(plan.conditions), 3, 64, 64), dtype=torch.uint8)
    plan = replace(plan, sources=None if plan.sources is None else black)
    image, height = np.asarray(sheet(plan, black)), first_row_height(plan, 64)
    first, second = (image[rows, 20:30] for rows in (slice(0, height), slice(height, height + 12)))
    assert (first.max(axis=(1, 2)) == 0).sum() == 64, "one row of images"
    assert (image[height - 2 : height] == 255).all(), "nothing is cut"
    assert second.min() < 128, "and the next one follows"


def test_what_failed_is_named_and_the_exit_code_is_1(short, monkeypatch, capsys):
    def fail(*_):
        raise UsageError("the memory does not suffice")

    whole = benchmark.plan_jobs
    monkeypatch.setattr(benchmark, "plan_jobs", lambda *args, **options: whole(*args, **options)[:3])
    monkeypatch.setattr("benchmark.commands.model_run.record_run", fail)
    assert main(["benchmark", "--profile", "first", "--tasks", "anime-faces-unconditional"]) == 1
    assert "failed: the memory does not suffice" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options", [["--tasks", "iclevr"], ["--models", "dcgan"], ["--seeds", "2"], ["--jobs", "2"], ["--publish"]]
)
def test_whoever_chooses_something_gets_no_first_run(toy, monkeypatch, options, capsys):
    def stop(_chosen, _place, profile, *_, **__):
        raise UsageError(f"profile {profile}")

    monkeypatch.setattr(benchmark, "plan_jobs", stop)
    assert main(["benchmark", "--device", "cpu", *options]) == 2
    assert "profile smoke" in capsys.readouterr().err
    assert main(["benchmark", "--device", "cpu"]) == 2
    assert "profile first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"models": "dcgan"}, "leave out --models"),
        ({"data": "faces.zip", "tasks": "anime-faces"}, "faces.zip does not exist"),
        ({"data": "synthetic:500"}, "leave out --data"),
        ({"publish": True}, "--publish with first"),
        ({"minutes": 10}, "--minutes is 10, but --profile first has its own length; give --profile hour"),
    ],
)
def test_a_first_run_leaves_no_choice_of_models_and_data(toy, options, words):
    with pytest.raises(UsageError, match=words):
        benchmark.benchmark(toy / "runs", profile="first", **options)
    assert not (toy / "runs").exists()


def test_at_smoke_there_are_no_intervals_alarms_or_refusals_and_beyond_it_there_are():
    many = {"near_duplicate_rate": FD | {"value": 0.9, "interval": (0.8, 0.95), "unit": "fraction of the images"}}
    rows = {}
    for budget, updates in (("smoke", 5), ("short", 1_500)):
        record = run("copies", 0.5, budget=budget, updates=updates, refused={"fid": "too few images"})
        record = type(record)(**dict(record) | {"scores": dict(record.scores) | many})
        (table,) = build([record, reference("real")])
        rows[budget] = {row.name: row for row in table.rows}
    smoke, whole = rows["smoke"]["copies"], rows["short"]["copies"]
    assert (smoke.alarms, smoke.refused) == ((), {})
    assert {cell.interval for row in rows["smoke"].values() for cell in row.scores.values()} == {None}
    assert (whole.alarms, whole.refused) == (("near_duplicate_rate",), {"fid": "too few images"})
    assert all(cell.interval for cell in whole.scores.values())


def test_the_sheet_has_the_first_row_of_each_grid_below_its_words(tmp_path):
    rows = []
    for number, (colour, height) in enumerate((((255, 0, 0), 68), ((0, 0, 255), 104))):
        grid = np.full((200, 530 + number, 3), colour, dtype=np.uint8)
        grid[height:] = 0
        Image.fromarray(grid).save(tmp_path / f"{number}.png")
        rows.append(FirstRow(f"grid {number}", tmp_path / f"{number}.png", height))
    path = write_sheet(rows, tmp_path / "sheet.png")
    with Image.open(path) as whole:
        assert whole.size == (531, 68 + 104 + 2 * LINE)
        assert whole.getpixel((100, LINE + 67)) == (255, 0, 0)
        assert whole.getpixel((100, 68 + 2 * LINE + 103)) == (0, 0, 255)
        words = np.asarray(whole.crop((0, 0, 100, LINE)))
    assert words.min() < 128, "words in black"
    assert (words == 255).mean() > 0.5, "on white"


def test_the_best_of_a_task_is_of_what_was_trained_and_the_published_best_stands_beside_it():
    own = build([run("weak", 0.3, budget="custom", updates=40), run("good", 0.4, budget="custom", updates=40)])
    task = own[0].protocol.task
    published = build([run("long", 0.9), run("longer", 0.7)])
    (line,) = best_lines(task, own, published, {"weak", "good"})
    assert line.startswith(f"{task}: good, 40 updates: topk_accuracy")
    assert "published, of more images: long, 1,500 updates: 90.0" in line
    (alone,) = best_lines(task, own, [], {"weak"})
    assert alone.startswith(f"{task}: weak")
    assert "published" not in alone
    (smoke,) = best_lines(task, build([run("long", 0.9, budget="smoke")]), published, set())
    assert smoke.endswith("no model was trained here; all had 2 updates, which is no result")


def test_the_best_of_each_budget_and_data_set_has_a_line_of_its_own():
    faces = {"data_name": "faces.zip", "protocol": {"data_digest": "f" * 64}}
    own = build(
        [
            run("short", 0.3, budget="custom", updates=40),
            run("long", 0.9, budget="custom", updates=900),
            run("faces", 0.95, budget="custom", updates=40, **faces),
        ]
    )
    task = own[0].protocol.task
    published = build([run("early", 0.6, budget="custom", updates=50), run("late", 0.99), run("theirs", 0.7, **faces)])
    lines = set(best_lines(task, own, published, {"short", "long", "faces"}))
    starts = (f"{task}: short, 40 updates", f"{task}: long, 900 updates", f"{task}, faces.zip: faces, 40 updates")
    assert len(lines) == 3
    for start, other in zip(starts, ("early, 50", "late, 1,500", "theirs, 1,500"), strict=True):
        (line,) = [line for line in lines if line.startswith(start)]
        assert f"published, of more images: {other} updates" in line


def test_the_runs_own_rows_stand_in_a_table_of_their_own_after_the_published():
    published = run("long", 0.9)
    own = [run(f"mine{number}", 0.95, protocol={"n_real": 7}) for number in range(3)]
    files = frozenset(record.file_name for record in own)
    mixed = page([published, *own], own=files, own_link="mine/")
    rows = details_of(mixed)
    assert rows[0]["name"] == "long"
    assert [row["records"][0]["href"].split("/")[0] for row in rows] == ["records", "mine", "mine", "mine"]
    assert mixed.count('<span class="tag">this run</span>') == 3
    assert '<details class="apart" open><summary>This run, under another protocol' in mixed
    assert '<span class="tag">this run, 1,500 updates</span> <strong>mine0' in mixed
    plain = page([published, *own])
    assert details_of(plain)[0]["name"].startswith("mine"), "elsewhere the protocol with the most models is the first"
    assert "this run" not in plain.lower().replace("run this", "")


def test_the_runs_own_table_is_there_without_a_click_and_its_rows_open(opened, tmp_path):
    own = run("mine", 0.5, protocol={"n_real": 7})
    others = [run("long", 0.9), run("longer", 0.8), run("old", protocol={"n_real": 8})]
    path = tmp_path / "page.html"
    path.write_text(page([*others, own], own=frozenset([own.file_name]), own_link="mine/"))
    seen = opened(path)
    row = seen.get_by_role("button", name="mine")
    expect(row).to_be_visible()
    row.click()
    expect(seen.get_by_role("link", name=own.file_name)).to_be_visible()
    expect(seen.get_by_role("button", name="old")).to_be_hidden()


@pytest.mark.parametrize(
    ("run_folder", "name"),
    [
        ("modern_cgan-channels=8/40-seed0", "custom40"),
        ("modern_cgan-channels=8/short-seed0", "short"),
    ],
)
def test_a_grid_is_called_as_the_record_of_its_run(run_folder, name, tmp_path):
    budget, updates = ("custom", 40) if name == "custom40" else ("short", 1_500)
    record = run("modern_cgan:channels=8", budget=budget, updates=updates)
    grid = tmp_path / record.protocol.task / run_folder / "samples/step_0000040.png"
    grid.parent.mkdir(parents=True)
    grid.write_bytes(b"grid")
    record.save(tmp_path / "records")
    drawn = str(grid.relative_to(tmp_path))
    result = RunResult(record=f"records/{record.file_name}", record_sha256="", divergence=None, grid=drawn, curve=None)
    benchmark.collect(tmp_path, tmp_path, [result], [])
    (copied,) = (tmp_path / "samples").iterdir()
    assert copied.name == f"{Path(record.file_name).stem}.png"
    assert name in copied.name


def test_the_grid_of_real_images_is_of_the_protocols_of_the_runs(tmp_path):
    record, real = run("a"), reference("real")
    other = Record(**dict(real) | {"protocol": dict(real.protocol) | {"n_real": 7}})
    task = record.protocol.task
    (tmp_path / task).mkdir()
    (tmp_path / task / REAL).write_bytes(b"x")
    for one in (record, real, other):
        one.save(tmp_path / "records")
    result = RunResult(record=f"records/{record.file_name}", record_sha256="", divergence=None, grid=None, curve=None)
    benchmark.collect(tmp_path, tmp_path, [result], [task])
    (copied,) = (tmp_path / "samples").iterdir()
    assert copied.name == f"{Path(real.file_name).stem}.png"
