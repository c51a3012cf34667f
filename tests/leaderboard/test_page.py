"""The leaderboard's page: complete, the same anywhere, safe with any names, small with many rows."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest
import torch
from builders.claims import diverged
from builders.leaderboards import PROTOCOL, SCORE, reference, run, with_scores
from builders.pages import NASTY, details_of, many, page
from builders.records import PARAMETERS
from PIL import Image

from benchmark.cli import main
from benchmark.commands.leaderboard.render import check, write
from benchmark.data.images import captioned_sheet, grid, to_image
from benchmark.errors import UsageError
from benchmark.leaderboard.headline import headline
from benchmark.leaderboard.page.claims import claim_row
from benchmark.leaderboard.page.contents import Contents, Explanation, Grid, JudgedImages, Mistakes
from benchmark.leaderboard.page.grids import grids_of, tiles_of
from benchmark.leaderboard.page.render import LARGEST, render
from benchmark.leaderboard.tables import build
from benchmark.records.record import Record, Throughput
from benchmark.records.store import curve_path, load_records, strip_path
from benchmark.records.strips import Strip, save_strip
from benchmark.records.training_log import save_log
from benchmark.tasks import TASKS

RESULTS = Path(__file__).resolve().parents[2] / "results"
RANKS = "Ranks are within one budget, which stands below each rank"


def detail_of(html, name):
    (found,) = [row for row in details_of(html) if row["name"] == name]
    return found


def rows_of(html):
    return re.findall(r'<tr class="(model|reference|images)" data-row="(\d+)">', html)


@pytest.fixture
def folder(tmp_path):
    """Records with a grid and a log, as they lie in ``results``."""
    for record in [reference("real"), run("good", 0.8, fd=2.0), run("bad", 0.2, fd=3.0)]:
        path = record.save(tmp_path / "here/records")
        (tmp_path / "here/samples").mkdir(exist_ok=True)
        if record.model:
            save_log(path, [{"step": i, "generator/fake": None if i == 2 else i / 2} for i in range(1, 6)])
            Image.effect_noise((96, 64), 50).save(tmp_path / "here/samples" / f"{path.stem}.png")
    return tmp_path / "here"


# Anywhere the same


def test_the_page_has_the_same_bytes_in_another_folder_and_the_check_finds_a_changed_one(folder, tmp_path):
    write(folder / "records", folder / "tables", page=folder / "index.html")
    shutil.copytree(folder, tmp_path / "there")
    again = write(tmp_path / "there/records", tmp_path / "there/tables", page=tmp_path / "there/index.html")[-1]
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert again.read_text(encoding="utf-8") == html
    assert check(folder / "records", folder / "tables", page=folder / "index.html") == []
    (folder / "index.html").write_text(html.replace("80.0", "90.0", 1), encoding="utf-8")
    (line,) = check(folder / "records", folder / "tables", page=folder / "index.html")
    assert "90.0" in line
    assert str(tmp_path) not in html


def test_a_page_that_is_missing_counts_if_it_was_named(folder):
    write(folder / "records", folder / "tables", page=folder / "index.html")
    (folder / "index.html").unlink()
    assert check(folder / "records", folder / "tables") == []
    assert check(folder / "records", folder / "tables", page=folder / "index.html") == [
        f"missing: {folder / 'index.html'}"
    ]


def test_a_small_copy_without_its_grid_and_a_grid_without_its_copy_are_found(folder):
    write(folder / "records", folder / "tables", page=folder / "index.html")
    grid = next((folder / "samples").glob("*good*.png"))
    Image.effect_noise((64, 64), 90).save(grid)
    found = check(folder / "records", folder / "tables", page=folder / "index.html")
    assert [line.partition(":")[0] for line in found] == ["missing", "extra"]
    assert all("good" in line for line in found)
    write(folder / "records", folder / "tables", page=folder / "index.html")
    assert check(folder / "records", folder / "tables", page=folder / "index.html") == []


def test_the_order_of_the_records_changes_nothing():
    records = [*(run(name, 0.5, fd=0.1) for name in "abcd"), run("a", protocol={"n_real": 9}), reference("real")]
    assert page(records) == page(random.Random(0).sample(records, len(records)))


def test_the_committed_page_agrees_with_the_records_and_is_small():
    assert check(RESULTS / "records", RESULTS / "leaderboards", page=RESULTS / "index.html") == []
    assert (RESULTS / "index.html").stat().st_size < LARGEST


def test_the_command_ends_with_the_pages_path(folder, capsys):
    assert main(["leaderboard", str(folder / "records"), "--out", str(folder / "tables")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(folder / "tables/index.html")


# What a row has


def test_an_opened_row_has_grid_losses_settings_command_record_and_notes(folder):
    write(folder / "records", folder / "tables", page=folder / "index.html")
    row = detail_of((folder / "index.html").read_text(encoding="utf-8"), "good")
    assert row["losses"] == {"steps": [1, 2, 3, 4, 5], "series": {"generator/fake": [0.5, None, 1.5, 2.0, 2.5]}}
    assert row["grid"].startswith("data:image/webp;base64,")
    assert row["grid_link"] == f"samples/{Path(row['records'][0]['file']).stem}.png"
    assert (folder / row["records"][0]["href"]).is_file()
    assert row["records"][0]["digest"] == "0123456789abcdef" * 4
    assert row["settings"]["ema_half_life"] == 20_000
    train, score = row["command"].splitlines()
    options = "--task iclevr --model good --budget short --seed 0 --precision float32"
    assert train == f"cgan-bench train {options} --out runs/good-short-seed0"
    assert score == "cgan-bench score runs/good-short-seed0 --out records"


def test_a_row_of_an_older_task_whose_commit_is_unknown_says_so_above_its_commands():
    (row,) = details_of(page([run("good", protocol={"version": 1})]))
    assert row["command"].splitlines()[0] == f"# once iclevr was of version 1, today of {TASKS['iclevr'].version}"
    (row,) = details_of(page([run("good")]))
    assert row["command"].startswith("cgan-bench train")


def test_runs_of_one_name_under_two_protocols_have_their_own_grids(tmp_path):
    first, second = run("a"), run("a", protocol={"n_real": 7})
    (tmp_path / "samples").mkdir()
    Image.effect_noise((96, 64), 50).save(tmp_path / "samples" / f"{Path(second.file_name).stem}.png")
    assert list(grids_of([first, second], tmp_path / "records")) == [second.file_name]


def test_what_the_judge_said_and_what_the_report_says_stand_in_the_row():
    record = run("cdcgan_iclevr", 0.5)
    answers = JudgedImages(
        classes=[("red cube", 10, 7)], confused=[("red cube", "red sphere", 3)], wrong=[("a", "b", "c")]
    )
    html = page([record], answers={record.file_name: answers})
    row = detail_of(html, "cdcgan_iclevr")
    assert (row["classes"], row["confused"], row["wrong"]) == (
        [["red cube", 10, 7]],
        [["red cube", "red sphere", 3]],
        [["a", "b", "c", None]],
    )
    assert [(one["score"], one["theirs"], one["ours"]) for one in row["reported"]] == [
        ("topk_accuracy (test)", "70.0 %", "40.0 %"),
        ("topk_accuracy (new_test)", "71.0 %", "60.0 %"),
    ]
    assert "(0.68 to 0.71), here 40.0 % topk_accuracy (test)" in html
    assert "reported</th>" in html
    assert "reported</th>" not in page([run("other", 0.5)])


def test_the_training_until_half_way_from_untrained_to_real_images_stands_in_its_column():
    """The whole interval counts: at 0.45 it has 0.39 below, at 0.55 it has 0.41."""
    values = {0: 0.1, 1_000: 0.45, 2_000: 0.55, 3_000: 0.3}
    lines = [
        {"generator_updates": step, "images_seen": 64 * step, "seconds": 7.5, "topk_accuracy": value}
        | {"topk_accuracy_low": value - 0.14, "topk_accuracy_high": value + 0.14}
        for step, value in values.items()
    ]
    good, bad, other = run("good", 0.5), run("bad", 0.4), run("other", 0.3)
    bounds = [reference(name, value=value, interval=None) for name, value in {"real": 0.6, "untrained": 0.2}.items()]
    curves = {good.file_name: lines, bad.file_name: lines[:2]}
    html = page([good, bad, other, *bounds], curves=curves)
    assert "half-way</th>" in html
    assert "from untrained images to real ones (40.0), at a snapshot" in html
    assert html.count('<td class="text">2,000 updates, 128,000 images, 8 s</td>') == 1
    assert html.count('<td class="text">not reached</td>') == 1
    for known in ([good, bad, other], [good, bounds[0]]):
        assert "half-way</th>" not in page(known, curves=curves)
    assert "half-way</th>" not in page([other, *bounds], curves=curves)


def test_a_snapshot_whose_score_is_not_known_is_left_out_of_the_plot_and_of_half_way(folder):
    (good,) = [one for one in load_records(folder / "records") if one.model and one.model.name == "good"]
    reference("untrained", value=0.1, interval=None).save(folder / "records")
    head = "generator_updates,protocol,topk_accuracy,topk_accuracy_low,topk_accuracy_high,images_seen,seconds"
    lines = ["0,{},0.1,0.05,0.15,0,0", "10,{},,,,640,1", "20,{},0.7,0.65,0.75,,2", "30,{},0.8,,,1920,3"]
    path = curve_path(folder / "records" / good.file_name)
    path.parent.mkdir()
    path.write_text("\n".join([head, *(line.format(good.protocol.id) for line in lines)]))
    write(folder / "records", folder / "tables", page=folder / "index.html")
    html = (folder / "index.html").read_text(encoding="utf-8")
    curve = detail_of(html, "good")["curve"]
    assert (curve["score"], curve["steps"], curve["value"]) == ("topk_accuracy (%)", [0, 20, 30], [10, 70, 80])
    assert (curve["low"], curve["high"]) == ([5, 65, 80], [15, 75, 80])
    assert '<td class="text">20 updates, 2 s</td>' in html


@pytest.mark.parametrize(
    ("name", "seed", "changes", "told"),
    [
        ("acgan_iclevr", 0, {}, True),
        ("acgan_iclevr", 0, {"own_start": 1.0}, False),
        ("acgan_iclevr", 0, {"generator_updates": 5}, False),
        ("cdcgan_iclevr", 0, {}, False),  # the reference is this model with seed 0
        ("cdcgan_iclevr", 1, {}, True),
    ],
)
def test_a_curve_that_begins_with_the_tables_floor_says_so(name, seed, changes, told):
    record = run(name, seed=seed)
    point = {"generator_updates": 0, "topk_accuracy": 0.1, "topk_accuracy_low": 0.0, "topk_accuracy_high": 0.2}
    points = [point | changes, point | {"generator_updates": 9}]
    curve = detail_of(page([record], curves={record.file_name: points}), name)["curve"]
    assert ("start" in curve) == told


def test_images_that_the_judge_got_wrong_stand_in_the_row_by_their_places_in_the_strip():
    first, second = run("first", 0.5), run("second", 0.4)
    answers = JudgedImages(wrong=[("a", "red", "blue"), ("b", "red", "green")])
    strip = Mistakes(link="records/mistakes/x.webp", strip=Strip(b"x" * 900, ("b", "a")))
    large = Mistakes(link="records/mistakes/y.webp", strip=Strip(b"x" * LARGEST, ("a",)))
    names = [first.file_name, second.file_name]
    strips = dict(zip(names, [strip, large], strict=True))
    html = page([first, second], answers=dict.fromkeys(names, answers), strips=strips)
    row, other = detail_of(html, "first"), detail_of(html, "second")
    assert row["wrong"] == [["a", "red", "blue", 1], ["b", "red", "green", 0]]
    assert row["strip"].startswith("data:image/webp;base64,eHh4")
    assert (other["strip_link"], "strip" in other) == ("records/mistakes/y.webp", False)
    assert len(html.encode()) <= LARGEST


def test_grids_of_the_cards_go_in_before_other_grids_and_strips_last():
    other = [run("a", 0.5), run("b", 0.4)]
    best = run("best", 0.1, protocol={"n_real": 7}, data_name="faces.zip")
    names = [record.file_name for record in (*other, best)]  # the page has the table of other images last
    grids = dict.fromkeys(names, Grid(link="samples/x.png", small=b"x" * (LARGEST // 4)))
    strips = dict.fromkeys(names, Mistakes(link="records/mistakes/x.webp", strip=Strip(b"x" * LARGEST, ("a",))))
    html = page([*other, best], grids=grids, strips=strips)
    assert {name: "grid" in detail_of(html, name) for name in ("a", "b", "best")} == {
        "a": True,
        "b": False,
        "best": True,
    }
    assert all("grid_link" in detail_of(html, name) for name in ("a", "b", "best"))


def test_a_strip_next_to_the_record_goes_into_the_page_and_a_wrong_one_is_refused(folder):
    (record,) = [one for one in load_records(folder / "records") if one.model and one.model.name == "good"]
    path = strip_path(folder / "records" / record.file_name)
    save_strip(path, record, [Image.new("RGB", (64, 64), "red")], ["test/3.png"])
    write(folder / "records", folder / "tables", page=folder / "index.html")
    row = detail_of((folder / "index.html").read_text(encoding="utf-8"), "good")
    assert row["strip_link"] == f"records/mistakes/{path.name}"
    assert (folder / row["strip_link"]).is_file()
    path.write_bytes(b"no image")
    with pytest.raises(UsageError, match="is no strip"):
        write(folder / "records", folder / "tables", page=folder / "index.html")


def test_heads_say_what_is_measured_in_which_unit_which_way_and_from_where():
    html = page([run("a")], explanations={"topk_accuracy": Explanation(what="Share of objects.", source="R4")})
    words = "Share of objects. Unit: fraction of requested objects, in %. Better: higher. Source: R4."
    assert f'data-help="{words}"' in html


def test_a_status_is_a_chip_with_its_reason_and_ceiling_and_floor_are_marked():
    html = page(
        [run("a", status="diverged", reason="loss is nan", scores={}), reference("real"), reference("shuffled")]
    )
    assert 'class="chip s-diverged" data-help="loss is nan">diverged</button>' in html
    assert [html.count(f'<span class="tag">reference, {bound}</span>') for bound in ("ceiling", "floor")] == [1, 1]


def test_a_reference_that_lacks_a_score_is_no_fault_and_says_on_hover_what_it_is_and_why():
    real = Record(**dict(reference("real")) | {"refused": {"exact_match": "fewer than 2 of a class"}})
    model = run("m", refused={"exact_match": "too few images"})
    html = page([real, model])
    assert html.count(">scores refused</button>") == 1  # the model's
    words = "real images. It has no exact_match: fewer than 2 of a class."
    assert f'class="open" aria-expanded="false" data-help="{words}">real</button>' in html
    assert detail_of(html, "real")["about"] == words


def test_a_model_says_what_it_is_and_what_its_variants_change_and_which_report_it_is_of():
    models = {"m": "A small GAN.", "m:wide": "In variant wide channels is 128."}
    model = {"name": "m", "variant": "wide", "config": {}, "parameters": PARAMETERS, "weights_sha256": None}
    html = page([run("m", model=model)], models=models, reports={"m": "R4"}, titles={"R4": "scenes"}, claims=[CLAIM])
    assert detail_of(html, "m:wide")["about"] == "A small GAN. In variant wide channels is 128."
    assert 'data-help="A small GAN. In variant wide channels is 128.">m:' in html
    assert '<a href="#claims" data-help="scenes">R4</a>' in html
    assert '<th scope="col" class="text" data-key="report"' in html  # not among the hidden columns


@pytest.mark.parametrize(
    ("precisions", "lengths"),
    [(("float32", "bfloat16"), ["1,500 updates, float32", "1,500 updates, bfloat16"]), (("float32",) * 2, None)],
)
def test_rows_name_their_precision_where_it_differs_within_a_table(precisions, lengths):
    records = [
        run(name, value, training=dict(run("x").training) | {"precision": precision})
        for name, value, precision in zip("ab", (0.8, 0.5), precisions, strict=True)
    ]
    found = re.findall(r'<span class="length">([^<]*)</span>', page(records))
    assert found == (lengths or ["1,500 updates"] * 2)


def test_the_headline_scores_come_right_after_the_model():
    html = page([run("a", 0.8, fd=2.0)])
    heads = [re.sub(r"<.*?>", "", head) for head in re.findall(r"<th scope=\"col\".*?</th>", html)]
    assert heads[:4] == ["Rank", "Model", "topk_accuracy ↑ (%)", "fd_efficientnet_lite0 ↓"]
    assert heads[4:8] == ["Report", "Budget", "Updates", "Seeds"]


@pytest.mark.parametrize(
    ("size", "places"),
    [
        ((530, 266), [(2 + 66 * column, 2 + 66 * row) for row in (0, 1) for column in (4, 5, 6, 7)]),
        ((590, 398), [(6 + 73 * column, 6 + 98 * row) for row in (0, 1) for column in (4, 5, 6, 7)]),
        ((702, 934), [(6 + 87 * column, 23 + 111 * row) for row in (0, 1) for column in (4, 5, 6, 7)]),
    ],
)
def test_whole_images_are_cut_out_of_a_grid_of_any_layout(size, places):
    tiles = tiles_of(size, 64)
    assert (tiles.width * 64, [(x * 64, y * 64) for x, y in tiles.places]) == (size[0], places)


def test_a_grid_as_the_harness_draws_it_is_cut_between_its_images():
    shades = torch.arange(16, dtype=torch.uint8).mul(10).add(20)
    images = shades[:, None, None, None].expand(-1, 3, 64, 64)
    for sheet in (to_image(grid(images, 8)), captioned_sheet(images, ["red hair\nblue eyes"] * 16, 8, scale=1)):
        tiles = tiles_of(sheet.size, 64)
        boxes = [(round(64 * x), round(64 * y), round(64 * x) + 64, round(64 * y) + 64) for x, y in tiles.places]
        extremes = [sheet.crop(box).convert("L").getextrema() for box in boxes]
        assert extremes == [(shade, shade) for shade in shades[[4, 5, 6, 7, 12, 13, 14, 15]].tolist()]


def test_a_grid_of_another_size_has_no_known_images():
    assert tiles_of((96, 64), 64) is None


def test_the_page_links_to_the_reports_pages_and_figures_that_are_there(folder):
    (folder / "reports/figures").mkdir(parents=True)
    for name in ("R4.md", "figures/R4-scores.png", "figures/R4-test-cdcgan_iclevr.png"):
        (folder / "reports" / name).write_bytes(b"x")
    write(folder / "records", folder / "tables", page=folder / "index.html")
    html = (folder / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(reports/[^"]*)"', html)
    assert links == ["reports/R4.md", "reports/figures/R4-scores.png", "reports/figures/R4-test-cdcgan_iclevr.png"]
    assert all((folder / link).is_file() for link in links)


def test_pairs_of_images_and_translations_are_explained():
    record = run("stargan", protocol={"task": "anime-transfer"})
    other = run("m")
    html = page([record, other], grids={one.file_name: Grid(link="x.png", small=b"x") for one in (record, other)})
    assert "on the left a real image" in detail_of(html, "stargan")["grid_note"]
    assert "grid_note" not in detail_of(html, "m")


def test_a_diverged_row_says_at_which_update_and_how_many_images_it_had_seen(folder):
    record = diverged("lost", 3)
    save_log(
        record.save(folder / "records"), [{"step": i, "images_seen": 64 * i, "generator/x": 1.0} for i in (1, 2, 3)]
    )
    write(folder / "records", folder / "tables", page=folder / "index.html")
    html, table = ((folder / name).read_text(encoding="utf-8") for name in ("index.html", "tables/iclevr.md"))
    assert ">diverged at update 3</button>" in html
    assert '<td data-order="1500">3 of 1,500</td>' in html
    assert '<td data-order="192.0">192</td>' in html
    assert "| diverged at update 3 | lost | 3 of 1,500 | 1 |" in table
    assert "| 192 |" in table


def test_seeds_are_mean_deviation_and_number():
    html = page([run("a", 0.5, seed=0), run("a", 0.6, seed=1)])
    assert "55.0 ± 7.1 (2)" in html
    assert len(detail_of(html, "a")["records"]) == 2


CLAIM = {
    "id": "9.1", "report": "R9", "words": "Never <b>.", "verdict": "contradicted", "shorter_training": True,
    "budget": "short", "updates": 1500, "report_budget": "report: 20,000 updates", "protocol": "p",
    "seeds": 1, "not_measured": None,
    "tests": [
        {"words": "kid", "reason": "no log", "rows": (), "verdict": "not measured", "seeds": 0},
        {"words": "fd", "number": "3 [1, 4] (paired)", "needed": "above 4", "verdict": "contradicted", "seeds": 1},
        {"words": "kid", "reason": "no record of wgan", "rows": ("wgan",), "verdict": "not measured", "seeds": 0},
    ],
}  # fmt: skip


def test_a_claim_has_its_verdict_the_test_that_decided_it_and_the_others_folded():
    claim = CLAIM
    counted = {"reproduced": {}, "contradicted": {"9.1": True}}
    html = page([run("a")], claims=[claim], verdicts=counted, titles={"R9": "nine"}, how_judged="By its intervals.")
    parts = "Never &lt;b&gt;.", "kid; no log", "kid; no record of wgan", ">shorter training</span>", "By its intervals."
    for part in parts:
        assert part in html
    assert "<p>fd: 3 [1, 4]; needed: above 4</p><details><summary>3 tests: 1 contradicted, 2 not measured<" in html
    assert 'fd: 3 [1, 4] (paired); needed: above 4 <span class="chip v-contradicted">contradicted</span>' in html
    assert '</span> 1 <span class="muted">(1 after shorter training)' in html
    assert "(1 after shorter" not in page([run("a")], claims=[claim], verdicts={"contradicted": {"9.1": False}})
    assert "1,500 updates; report: 20,000 updates" in html


def cards(html):
    """The text of each card at the top."""
    found = re.findall(r'<article class="card">(.*?)</article>', html, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", card).split()) for card in found]


def test_a_card_has_the_best_row_with_what_is_serious_about_it_and_what_ranks():
    repeated = {"near_duplicate_rate": {"value": 0.4, "interval": (0.3, 0.5)}}
    known = {"topk_accuracy": Explanation(what="Share of requested objects.", source="s")}
    (card,) = cards(page([with_scores(run("good", 0.8), repeated), run("bad", 0.2)], explanations=known))
    assert "Ranked by topk_accuracy ↑ (%): Share of requested objects." in card
    assert "1,500 updates good alarm" in card
    assert "speed" not in card
    assert "alarm" not in cards(page([run("good", 0.8), run("bad", 0.2)]))[0]


def entries(card):
    """The rows of a card: how long they were trained, and their names."""
    return re.findall(r"([\d,]+ updates) ([\w:]+)", card)


def test_a_card_says_where_a_row_shares_its_rank_with_the_row_above():
    (card,) = cards(page([run("a", 0.80), run("b", 0.79), run("c", 0.2)]))
    assert "1,500 updates a topk_accuracy ↑ (%) 80.0 [75.0, 85.0] 1,500 updates b" in card
    assert "79.0 [74.0, 84.0] (shares its rank with the row above) 1,500 updates c" in card
    assert card.count("shares its rank") == 1
    assert "shares" not in cards(page([run("a", 0.80), run("b", 0.79, budget="custom", updates=1_600)]))[0]


def test_a_card_has_the_best_models_in_the_order_of_readmes_table():
    def of(**protocol):
        scores = [
            ("a", 0.2, 30.0, 9),
            ("b", 0.8, 10.0, 8),
            ("c", 0.5, 20.0, 8),
            ("b", 0.9, 9.0, 7),
            ("d", 0.1, 40.0, 6),
        ]
        rows = [
            run(name, value, fd=fd, budget="custom", updates=updates, protocol=protocol)
            for name, value, fd, updates in scores
        ]
        longest = run("b", 0.1, budget="custom", updates=99, status="collapsed", reason="one image", protocol=protocol)
        return [*rows, longest, run("lost", status="diverged", reason="nan", scores={}, protocol=protocol)]

    for records in (of(), of(task="anime-faces-unconditional")):
        lines = [line.split(" | ") for line in headline(build(records)).splitlines()[2:]]
        (card,) = cards(page(records))
        assert entries(card) == [("8 updates", "b"), ("8 updates", "c"), ("9 updates", "a")]
        assert entries(card) == [(f"{updates} updates", name) for _, name, updates, *_ in lines[:3]]


def test_a_card_has_one_row_of_each_model_and_none_of_its_variants():
    model = dict(run("a").model) | {"variant": "wide"}
    (card,) = cards(page([run("a", 0.8), run("a", 0.9, model=model), run("b", 0.1)]))
    assert entries(card) == [("1,500 updates", "a"), ("1,500 updates", "b")]


def test_only_the_best_model_of_a_card_has_its_samples_there():
    records = [run("a", 0.8), run("b", 0.4), run("c", 0.7, protocol={"n_real": 7}, data_name="faces.zip")]
    shown = re.findall(r'class="peek" data-record="iclevr-(\w)-', page(records))
    assert shown == ["a", "c"]


def test_a_card_without_a_ranked_row_says_so_and_why():
    (card,) = cards(page([run("slow", 0.1, status="undertrained", reason="near chance")]))
    assert "1,500 updates slow, not ranked undertrained topk_accuracy ↑ (%) 10.0 [5.0, 15.0]" in card
    assert "No row is ranked." in cards(page([reference("real")]))[0]


def test_a_card_has_the_best_row_of_other_data_too_next_to_its_real_images():
    embedded, other = [run("a", 0.5), run("b", 0.4)], {"n_real": 7}
    real = Record(
        **dict(reference("real", value=0.8, interval=(0.7, 0.9)))
        | {"protocol": PROTOCOL | other, "data_name": "faces.zip"}
    )
    (card,) = cards(page([*embedded, run("c", 0.7, protocol=other, data_name="faces.zip"), real]))
    assert entries(card) == [("1,500 updates", name) for name in "abc"]
    assert "1,500 updates b topk_accuracy ↑ (%) 40.0 [35.0, 45.0] faces.zip, 1,500 updates c" in card
    assert card.endswith("70.0 [65.0, 75.0] (real images 80.0)")
    assert "c topk" not in cards(page([*embedded, run("c", 0.7, protocol=other)]))[0]


# Bad input


def test_html_in_names_reasons_and_data_is_text():
    record = run(NASTY[:99], status="undertrained", reason=NASTY, data_name=NASTY, refused={"exact_match": NASTY})
    html = page([record, run("plain")], titles={"R1": NASTY}, claims=[])
    assert "<img" not in html
    assert "<script>window" not in html
    assert "&lt;img src=x onerror" in html
    assert ["Refused", NASTY] in detail_of(html, NASTY[:99])["notes"]
    assert html.count("</script>") == page([run("a"), run("plain")]).count("</script>")


def test_500_records_stay_below_three_megabytes_and_none_is_lost():
    records = many(500)
    grid = Grid(link="samples/x.png", small=b"x" * 30_000)
    lines = [{"step": i, **{f"generator/loss{k}": i * 1.2345 for k in range(5)}} for i in range(1, 2001)]
    classes = [(f"some colour and shape {i}", 400, 300) for i in range(24)]
    answers = JudgedImages(
        classes=classes, confused=[("a", "b", 3)] * 12, wrong=[("fidelity/1.png", "red", "blue")] * 12
    )
    names = [record.file_name for record in records]
    strip = Mistakes(link="records/mistakes/x.webp", strip=Strip(b"x" * 12_000, tuple(map(str, range(12)))))
    html = page(
        records, grids=dict.fromkeys(names, grid), strips=dict.fromkeys(names, strip),
        losses=dict.fromkeys(names, lines),
        answers=dict.fromkeys(names, answers),
    )  # fmt: skip
    assert len(html.encode()) <= LARGEST
    rows = details_of(html)
    assert len(rows) == len(rows_of(html)) == 500
    shown = sum("grid" in row for row in rows)
    assert all(row["grid_link"] == "samples/x.png" for row in rows)
    assert 0 < shown < 500


def test_without_records_the_page_says_so_and_the_command_refuses(tmp_path, capsys):
    html = render([], Contents(records={}))
    assert "There are no records yet." in html
    (tmp_path / "records").mkdir()
    assert main(["leaderboard", str(tmp_path / "records"), "--out", str(tmp_path / "tables")]) == 2
    assert "holds no records" in capsys.readouterr().err
    assert not (tmp_path / "tables").exists()


def test_one_row_makes_a_page():
    html = page([run("only", 0.5)])
    assert [kind for kind, _ in rows_of(html)] == ["model"]
    assert "<strong>50.0</strong>" not in html


def test_nan_in_a_record_is_refused_by_name_and_nothing_is_written(folder):
    path = next((folder / "records").glob("*good*.json"))
    path.write_text(path.read_text(encoding="utf-8").replace('"value": 0.8', '"value": NaN'), encoding="utf-8")
    with pytest.raises(UsageError, match=r"good.*value"):
        write(folder / "records", folder / "tables", page=folder / "index.html")
    assert not (folder / "index.html").exists()
    assert not (folder / "tables").exists()


def test_records_of_other_protocol_versions_are_apart_and_never_lost():
    old = [run(name, protocol={"version": 1}) for name in ("a", "b", "c")]
    new = [run("a", protocol={"version": 2})]
    html = page([*(one.model_copy(update={"data_name": "faces.zip"}) for one in old), *new])
    first, apart = html.split('<details class="apart">')
    assert len(rows_of(first)) == 1
    assert len(rows_of(apart)) == 3
    assert re.search(r"Other protocol: iclevr-v1-\w+, on faces\.zip \(3 rows", apart)
    assert len(details_of(html)) == 4


def test_rows_on_other_images_under_the_same_version_stand_open():
    html = page([run("a"), run("c"), run("b", data_name="faces.zip", protocol={"n_real": 7})])
    _, apart = html.split('<details class="apart" open>')
    assert re.search(r"On other images: iclevr-v\d+-\w+, on faces\.zip \(1 rows", apart)


def test_the_score_of_two_budgets_never_shares_a_rank():
    html = page([run("a", 0.5), run("b", 0.6, budget="custom", updates=70), run("c", 0.7, fd=1.0)])
    rank = r'<td class="rank" data-order="\d+">(\d+) <small>in&nbsp;([^<]*)</small></td>\n'
    found = re.findall(rank + r'<th scope="row" class="name"><button[^>]*>(\w)<', html)
    assert found == [("1", "short", "c"), ("1", "custom 70", "b"), ("2", "short", "a")]
    assert SCORE["direction"] == "higher"
    assert html.count(RANKS) == 1
    alone = page([run("a", 0.5), run("c", 0.7), reference("real"), run("slow", status="undertrained", reason="r")])
    assert RANKS not in alone
    assert "<small>in" not in alone
    only_ranked = page([run("a", 0.5), run("b", 0.6, budget="custom", updates=70, status="collapsed", reason="r")])
    assert RANKS not in only_ranked


def test_the_best_score_comes_first_whatever_its_budget_and_rows_without_a_rank_last():
    records = [
        run("a", 0.8), run("b", 0.5), *(run(name, 0.6, budget="custom", updates=2_000) for name in "cd"),
        run("slow", 0.9, status="undertrained", reason="r"), run("e", 0.7, budget="report", updates=20_000),
        reference("real", value=0.1, interval=(0.0, 0.2)), reference("shuffled"),
    ]  # fmt: skip
    html = page(records)
    names = re.findall(r'aria-expanded="false"[^>]*>(\w+)<', html)
    assert names == ["real", "a", "e", "c", "d", "b", "slow", "shuffled"]
    order = dict(zip(names, map(int, re.findall(r'<td class="rank" data-order="(\d+)">', html)), strict=True))
    assert sorted("abcde", key=order.get) == ["e", "a", "b", "c", "d"], "a click on the ranks sorts budget by budget"
    assert order["d"] < order["real"] == order["slow"] == order["shuffled"]


def test_bold_is_the_best_of_all_budgets():
    longer = [run(name, value, budget="custom", updates=70) for name, value in (("c", 0.6), ("d", 0.3))]
    html = page([run("a", 0.8), run("b", 0.5), *longer])
    assert re.findall(r"<strong>([\d.]+)</strong>", html) == ["80.0"]


def test_a_first_click_on_a_score_is_to_put_its_best_value_first():
    record = with_scores(run("a", 0.8, fd=2.0), {"sharpness": {"value": 0.5, "best_value": 1.0}})
    heads = re.findall(r'<th scope="col" class="([^"]*)"[^>]*>((?:topk_|fd_|sharp)[^↑↓→]*[↑↓→])', page([record]))
    first = {title[-1]: "highest-first" in classes.split() for classes, title in heads}
    assert first == {"↑": True, "↓": False, "→": False}


def test_a_speed_that_was_not_measured_alone_is_marked_where_it_stands():
    beside, alone = run("a", 0.8), run("b", 0.5)
    speeds = {"beside": 1.3, "alone": 0.0}
    records = [
        one.model_copy(update={"throughput": Throughput(train_images_per_second=300.0, other_cores=cores)})
        for one, cores in zip((beside, alone), speeds.values(), strict=True)
    ]
    text = page(records)
    assert text.count(">unsure</button>") == 1
    assert "while other programs kept 1.3 processors busy" in text


@pytest.mark.parametrize(("reason", "end"), [("b had learned too little", "; b had learned too little"), (None, "")])
def test_a_number_that_decides_nothing_says_why(reason, end):
    test = {"words": "fd: a minus b", "number": "3.0 [2.0, 4.0]", "needed": "above 1.0", "verdict": "undecided"}
    claim = {"id": "1", "report": "R", "words": "a is worse than b", "verdict": "undecided", "shorter_training": True}
    budget = {"report_budget": "report: 20 updates", "updates": 10, "not_measured": None}
    shown = claim_row(claim | budget | {"tests": [test | {"reason": reason, "seeds": 1}]}, Contents(records={}))
    assert shown["tests"] == [
        {"text": f"fd: a minus b: 3.0 [2.0, 4.0]; needed: above 1.0{end}", "verdict": "undecided"}
    ]
