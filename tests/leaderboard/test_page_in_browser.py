"""The page in a real browser, headless Chromium: sorting, filters, opened rows, keyboard, contrast, speed."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from builders.leaderboards import reference, run
from builders.pages import NASTY, many, page
from PIL import Image
from playwright.sync_api import expect

from benchmark.leaderboard.page.contents import Explanation, Grid, JudgedImages, Mistakes
from benchmark.leaderboard.page.grids import tiles_of
from benchmark.records.strips import Strip

LISTS = [("test", "70.0 % [60.0, 80.0]", ["71.0 %", "69.0 %"]), ("new_test", "50.0 %", ["51.0 %", "49.0 %"])]
WRONG = [("f", "red cube", "blue cube"), ("c", "d", "e"), ("lost", "g", "h")]


def strip():
    """A red image and a blue one."""
    both, content = Image.new("RGB", (128, 64), (200, 0, 0)), io.BytesIO()
    both.paste((0, 0, 200), (64, 0, 128, 64))
    both.save(content, format="webp")
    return content.getvalue()


@pytest.fixture(scope="module")
def html():
    """Models, references, failures, notes, claims, an old protocol and every kind of detail."""
    good = run("good:wide", 0.8, fd=2.0)
    records = [
        good, run("bad", 0.2, fd=3.0), run("middle", 0.5, fd=9.0, budget="report", updates=20_000),
        run("lost", status="diverged", reason="loss is nan at step 7", scores={}),
        run(NASTY[:99], 0.1, refused={"fd_efficientnet_lite0": NASTY}), reference("real"), reference("shuffled"),
        run("old", protocol={"version": 1, "n_real": 7}), run("older", protocol={"version": 1, "n_real": 7}),
    ]  # fmt: skip
    claim = {
        "id": "9.1", "report": "R9", "words": "It is sharper.", "shorter_training": True, "budget": "short",
        "updates": 1500, "report_budget": "report: 20,000 updates", "protocol": "p", "seeds": 1,
        "not_measured": None, "tests": [{"words": "fd", "number": "3", "needed": "above 4", "verdict": "undecided"}],
    }  # fmt: skip
    verdicts = ("reproduced", "contradicted", "undecided", "not measured")
    small = io.BytesIO()
    Image.effect_noise((96, 64), 50).save(small, format="webp")
    lines = [{"step": i, "generator/fake": i / 2, "discriminator/real": None if i == 3 else 1.0} for i in range(1, 9)]
    score = {"topk_accuracy": 0.5, "topk_accuracy_low": 0.4, "topk_accuracy_high": 0.6}
    name = good.file_name
    return page(
        records,
        claims=[
            claim | {"id": f"{9 - i // 3}.{i}", "report": f"R{9 - i // 3}", "verdict": verdict}
            for i, verdict in enumerate(verdicts)
        ],
        explanations={"topk_accuracy": Explanation(what="Share of objects.", source="R4")},
        reports={"good": "R4", "bad": "R2"},
        grids={name: Grid(link="samples/good.png", small=small.getvalue())},
        losses={name: lines},
        curves={name: [{"generator_updates": i, **score} for i in range(3)]},
        answers={name: JudgedImages(classes=[("red cube", 10, 7)], confused=[("a", "b", 3)], wrong=WRONG, lists=LISTS)},
        strips={name: Mistakes(link="records/mistakes/good.webp", strip=Strip(strip(), ("c", "f")))},
    )  # fmt: skip


@pytest.fixture
def opened(browser, html, tmp_path):
    """The page in a new window; complaints of the browser, and what it fetched, end the test."""
    with window(browser, html, tmp_path) as found:
        yield found


class window:  # noqa: N801
    """A page in a window of its own; leaving it fails on any error on the console and on any request."""

    def __init__(self, browser, html, folder, **options):
        (folder / "index.html").write_text(html, encoding="utf-8")
        self.url, self.complaints = (folder / "index.html").as_uri(), []
        self.context = browser.new_context(viewport={"width": 1300, "height": 900}, **options)

    def __enter__(self):
        found = self.context.new_page()
        found.on("console", lambda message: self.complaints.append(message.text))
        found.on("pageerror", lambda error: self.complaints.append(str(error)))
        found.on("request", lambda request: self.note(request.url))
        found.goto(self.url)
        return found

    def note(self, url):
        if url != self.url and not url.startswith("data:"):
            self.complaints.append(f"fetched {url}")

    def __exit__(self, kind, *_):
        self.context.close()
        assert kind or self.complaints == []


def board(opened):
    return opened.locator("#task-iclevr ~ .scroll table.board").first


def name_cells(opened):
    """The names of the first table's rows, as they stand."""
    return board(opened).locator("tbody > tr > th .open")


def names(opened):
    return name_cells(opened).all_inner_texts()


def shown_names(opened):
    return [name for name in names(opened) if not name.startswith("<")]


def choose(place, name, value):
    """Set a filter."""
    place.locator(f"select[data-filter={name}]").select_option(value)


def test_a_click_and_a_key_on_a_head_sort_the_table(opened):
    assert shown_names(opened) == ["real", "good:wide", "middle", "bad", "lost", "shuffled"]
    head = board(opened).locator("thead th", has_text="fd_efficientnet")
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    with_one, without = distances(opened)[:3], distances(opened)[3:]
    assert (with_one, {text[0] for text in without}) == (["2.00", "3.00", "9.00"], {"–", "r"})  # noqa: RUF001
    head.locator("[tabindex]").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert distances(opened)[:3] == ["9.00", "3.00", "2.00"], "rows without a value are last in either direction"
    assert sorted(distances(opened)[3:]) == sorted(without)


def test_the_first_click_on_a_score_of_which_more_is_better_puts_the_highest_first(opened):
    head = board(opened).locator("thead th", has_text="topk_accuracy")
    head.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    models = {"good:wide", "middle", "bad", "lost"}
    assert [name for name in shown_names(opened) if name in models] == ["good:wide", "middle", "bad", "lost"]
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert [name for name in shown_names(opened) if name in models] == ["bad", "middle", "good:wide", "lost"]


def test_a_click_on_the_ranks_sorts_budget_after_budget(opened):
    board(opened).locator("thead th", has_text="Rank").click()
    assert shown_names(opened)[:3] == ["middle", "good:wide", "bad"]


def distances(opened):
    """The column of Frechet distances as it stands."""
    return [text.split()[0] for text in board(opened).locator("tbody td:nth-child(4)").all_inner_texts()]


def test_escape_closes_the_menu_of_columns(opened):
    menu = opened.locator("details.columns").first
    menu.locator("summary").click()
    expect(menu).to_have_attribute("open", "")
    opened.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_filters_and_search_leave_the_rows_that_fit(opened):
    tools = opened.locator("#task-iclevr ~ .tools").first
    choose(tools, "report", "R4")
    expect(name_cells(opened)).to_have_text(["good:wide"])
    choose(tools, "report", "")
    choose(tools, "status", "diverged")
    expect(name_cells(opened)).to_have_text(["lost"])
    choose(tools, "status", "")
    choose(tools, "budget", "report")
    expect(name_cells(opened)).to_have_text(["middle"])
    choose(tools, "budget", "")
    tools.get_by_label("Search").fill("bad")
    expect(name_cells(opened)).to_have_text(["bad"])
    tools.get_by_label("Search").fill("nothing")
    assert "No row fits" in board(opened).inner_text()


def test_columns_can_be_chosen(opened):
    tools = opened.locator("#task-iclevr ~ .tools").first
    assert board(opened).locator("thead th", has_text="Seeds").count() == 1
    tools.locator("summary").click()
    tools.get_by_label("Seeds", exact=True).uncheck()
    tools.get_by_label("Data", exact=True).check()
    assert board(opened).locator("thead th", has_text="Seeds").count() == 0
    assert "synthetic" in board(opened).inner_text()


def test_a_row_opens_and_closes_by_keyboard_and_shows_everything(opened):
    button = board(opened).locator(".open", has_text="good")
    button.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    row = opened.locator(f"#{button.get_attribute('aria-controls')}")
    titles = row.locator("h3").all_inner_texts()
    lists = row.locator("section", has_text="By condition list and draw").locator("tr").all_inner_texts()
    assert [line.split("\t") for line in lists] == [
        ["draw", "test", "new_test"], ["all", "70.0 % [60.0, 80.0]", "50.0 %"], ["1", "71.0 %", "51.0 %"],
        ["2", "69.0 %", "49.0 %"],
    ]  # fmt: skip
    for title in ("Samples", "Losses", "topk_accuracy (%) over updates", "By class", "Most confused", "Images that",
                  "Settings", "Run", "Repeat it", "Record"):  # fmt: skip
        assert any(found.startswith(title) for found in titles), title
    assert row.locator(".grid img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 96
    assert row.locator("svg").count() == 2
    assert "cgan-bench train --task iclevr --model good:wide" in row.inner_text()
    assert row.locator("a", has_text=".json").get_attribute("href").startswith("records/iclevr-good-wide-short-seed0")
    button.press("Enter")
    assert (row.count(), button.get_attribute("aria-expanded")) == (0, "false")


def test_a_click_anywhere_on_a_row_opens_it_and_one_on_its_chip_does_not(opened):
    button = board(opened).locator(".open", has_text="good")
    row = board(opened).locator("tr[data-row]", has=opened.locator(".open", has_text="good")).first
    for expected in ("true", "false"):
        row.locator("td").nth(3).click()
        assert button.get_attribute("aria-expanded") == expected
    board(opened).locator("tr[data-row] .chip").first.click()
    assert board(opened).locator('.open[aria-expanded="true"]').count() == 0


def test_the_samples_in_a_card_open_the_row_of_the_best_model(opened):
    (samples,) = (one for one in opened.locator(".peek").all() if one.is_visible())
    assert samples.get_by_role("img").get_attribute("alt") == "Samples of good:wide: open its row"
    button = board(opened).locator(".open", has_text="good")
    for _ in range(2):  # it stays open
        samples.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(button).to_be_focused()
    expect(opened.get_by_role("heading", name="Samples")).to_be_visible()


def test_a_card_shows_whole_images_and_nothing_between_them(browser, tmp_path):
    sheet, small = Image.new("RGB", (530, 266), "white"), io.BytesIO()
    for place in range(32):
        left, top = 2 + 66 * (place % 8), 2 + 66 * (place // 8)
        sheet.paste((0, 0, 200), (left, top, left + 64, top + 64))
    sheet.save(small, format="webp", lossless=True)
    record = run("m")
    grid = Grid(link="m.png", small=small.getvalue(), tiles=tiles_of(sheet.size, 64))
    with window(browser, page([record], grids={record.file_name: grid}), tmp_path) as opened:
        tiles = opened.locator(".peek span")
        expect(tiles).to_have_count(8)
        opened.locator(".peek img").first.evaluate("image => image.decode()")
        for i in (0, 7):
            shown = Image.open(io.BytesIO(tiles.nth(i).screenshot())).convert("RGB")
            inner = np.asarray(shown.crop((6, 6, shown.width - 6, shown.height - 6))).astype(int)
            assert (inner[..., 2] - inner[..., 0]).min() > 150


def test_a_name_says_on_hover_what_it_is_and_the_words_go_once_the_row_is_open(browser, tmp_path):
    with window(browser, page([run("m")], models={"m": "A small GAN."}), tmp_path) as opened:
        button = board(opened).locator(".open", has_text="m")
        button.hover()
        expect(opened.locator("#help")).to_have_text("A small GAN.")
        button.click()
        expect(opened.locator("#help")).to_be_hidden()
        assert "A small GAN." in opened.locator("tr .detail").inner_text()


def test_the_tests_of_a_claim_are_folded(opened):
    fold = opened.locator("table.claims details").first
    assert not fold.locator("li").first.is_visible()
    fold.locator("summary").click()
    assert "needed: above 4" in fold.locator("li").first.inner_text()


def test_the_table_of_other_images_is_open_and_their_samples_open_its_row(browser, tmp_path):
    small = io.BytesIO()
    Image.effect_noise((96, 64), 50).save(small, format="webp")
    other = run("faces", 0.7, protocol={"n_real": 7}, data_name="faces.zip")
    grids = {other.file_name: Grid(link="samples/faces.png", small=small.getvalue())}
    with window(browser, page([run("a"), run("b"), other], grids=grids), tmp_path) as opened:
        fold = opened.locator("details.apart")
        expect(fold.get_by_label("Search")).to_be_visible()
        fold.locator("summary").first.click()
        expect(fold).not_to_have_attribute("open", "")
        opened.locator(".peek").locator("visible=true").click()
        expect(fold).to_have_attribute("open", "")
        expect(fold.locator(".open", has_text="faces")).to_have_attribute("aria-expanded", "true")


def test_an_image_that_the_judge_got_wrong_stands_above_what_was_requested_and_detected(opened):
    board(opened).locator(".open", has_text="good").click()
    figures = opened.locator(".mistakes figure")
    assert [text.split("\n") for text in figures.all_inner_texts()] == [
        [f"requested {requested}", f"detected {detected}", file] for file, requested, detected in WRONG
    ]
    assert [figures.nth(i).locator("img").count() for i in range(3)] == [1, 1, 0]
    shown = [Image.open(io.BytesIO(figures.nth(i).locator(".crop").screenshot())).convert("RGB") for i in range(2)]
    middles = [image.getpixel((image.width // 2, image.height // 2)) for image in shown]
    assert [pixel.index(max(pixel)) for pixel in middles] == [2, 0]  # blue, then red


def test_every_run_is_a_point_against_its_seconds_and_its_images(opened):
    fold = opened.locator("#task-iclevr ~ .folds details.costs").first
    assert fold.locator("svg").count() == 0
    fold.locator("summary").click()
    expect(fold.locator("h3")).to_have_text(
        ["topk_accuracy ↑ (%) against seconds of training", "topk_accuracy ↑ (%) against images seen"]
    )
    words = [title.split(": ") for title in fold.locator("svg").first.locator("circle title").all_text_contents()]
    assert {(": ".join(word[:-1]), word[-1]) for word in words} >= {
        ("good:wide", "80"),
        ("bad", "20"),
        ("middle", "50"),
    }
    assert len(words) == fold.locator("svg").nth(1).locator("circle").count() == 4
    legend = fold.locator(".legend").first.locator("span").all_inner_texts()
    assert {"good:wide", "bad", "middle"} < set(legend)
    heights = dict(zip([word[-1] for word in words], cy(fold), strict=True))
    assert heights["80"] < heights["50"] < heights["20"]


def cy(fold):
    circles = fold.locator("svg").first.locator("circle")
    return circles.evaluate_all("all => all.map((one) => Number(one.getAttribute('cy')))")


def test_help_comes_on_hover_and_on_focus_and_goes_with_escape(opened):
    help_box = opened.locator("#help")
    assert help_box.is_hidden()
    board(opened).locator("thead th", has_text="topk_accuracy").hover()
    assert "Share of objects. Unit: fraction of requested objects" in help_box.inner_text()
    opened.keyboard.press("Escape")
    assert help_box.is_hidden()
    chip = board(opened).locator(".chip", has_text="diverged")
    chip.focus()
    assert help_box.is_visible()
    assert help_box.inner_text() == "loss is nan at step 7"
    assert chip.get_attribute("aria-describedby") == "help"


def test_rows_of_another_protocol_are_folded_and_sort_for_themselves(opened):
    fold = opened.locator("details.apart")
    assert not fold.locator("table.board").is_visible()
    fold.locator("summary").first.click()
    fold.locator("select").count()
    fold.get_by_label("Search").fill("older")
    assert fold.locator("tbody .open").all_inner_texts() == ["older"]
    assert "bad" in names(opened)


def test_claims_can_be_filtered_by_verdict(opened):
    choose(opened, "verdict", "contradicted")
    assert opened.locator("table.claims tbody tr").count() == 1
    assert "9.1" in opened.locator("table.claims tbody").inner_text()


def test_claims_can_be_filtered_by_report_though_its_column_is_not_shown(opened):
    section = opened.locator("section", has=opened.locator("table.claims"))
    heads = section.locator("thead th").all_inner_texts()
    assert heads == ["Id", "Claim", "Verdict", "Decided by", "Budget"]
    choose(section, "report", "R8")
    assert [row.split()[0] for row in section.locator("tbody tr").all_inner_texts()] == ["8.3"]


def test_html_in_names_and_reasons_never_runs(opened):
    button = board(opened).locator(".open", has_text="<img")
    button.click()
    board(opened).locator(".chip", has_text="refused").first.hover()
    assert NASTY in opened.locator("#help").inner_text()
    assert NASTY in opened.locator("tr .detail").inner_text()
    assert opened.evaluate("window.pwned") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_with_rows_open(browser, html, tmp_path, scheme):
    with window(browser, html, tmp_path, color_scheme=scheme) as opened:
        opened.locator("details.apart summary").first.click()
        for name in ("good", "lost"):
            board(opened).locator(".open", has_text=name).first.click()
        found = Axe().run(opened)
        assert found.violations_count == 0, found.generate_report()
        assert "color-contrast" in {rule["id"] for rule in found.response["passes"]}


def test_on_a_phone_the_page_is_no_wider_than_the_screen(browser, html, tmp_path):
    with window(browser, html, tmp_path, screen={"width": 390, "height": 844}) as opened:
        opened.set_viewport_size({"width": 390, "height": 844})
        board(opened).locator(".open", has_text="good").click()
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390
        assert opened.locator("tr .detail").bounding_box()["width"] <= 390


def test_on_a_phone_verdicts_of_claims_are_on_the_screen(browser, html, tmp_path):
    with window(browser, html, tmp_path, screen={"width": 390, "height": 844}) as opened:
        opened.set_viewport_size({"width": 390, "height": 844})
        shown = opened.locator("table.claims .verdict .chip, table.claims .verdict .tag")
        boxes = [one.bounding_box() for one in shown.all()]
        assert len(boxes) == 8
        assert max(box["x"] + box["width"] for box in boxes) <= 390


def test_on_a_phone_long_names_of_data_and_models_break(browser, tmp_path):
    """A zip's name without a blank stands in a card and over the table of other data; models' names are in a legend."""
    other = run("m", protocol={"n_real": 7}, data_name="anime_faces_64x64_cleaned_and_deduplicated_v2_final.zip")
    records = [run("x" * 99, 0.9), run("y", 0.8), other]
    with window(browser, page(records), tmp_path, screen={"width": 360, "height": 844}) as opened:
        opened.set_viewport_size({"width": 360, "height": 844})
        opened.locator("details").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
        expect(opened.locator("figure svg").first).to_be_visible()
        assert opened.evaluate("document.documentElement.scrollWidth") <= 360


def test_on_paper_the_page_is_light_and_has_no_filters(browser, html, tmp_path):
    with window(browser, html, tmp_path, color_scheme="dark") as opened:
        assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"
        opened.emulate_media(media="print")
        assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 251, 253)"
        assert opened.locator(".tools").first.is_hidden()


def test_on_paper_a_page_lies_on_its_side(browser, html, tmp_path):
    with window(browser, html, tmp_path) as opened:
        width, height = re.search(
            rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", opened.pdf(prefer_css_page_size=True)
        ).groups()
    assert float(width) > float(height)


def test_without_scripts_all_rows_are_there(browser, html, tmp_path):
    with window(browser, html, tmp_path, java_script_enabled=False) as opened:
        assert board(opened).locator("tbody > tr").count() == 7


def test_500_rows_open_within_a_second_of_the_browsers_work(browser, tmp_path):
    with window(browser, page(many(500)), tmp_path) as opened:
        assert opened.locator("tbody .open").count() == 100
        assert "500 rows" in opened.inner_text("main")
        opened.get_by_label("rows at a time").select_option("-1")
        assert opened.locator("tbody .open").count() == 500
        seconds = opened.evaluate("performance.getEntriesByType('navigation')[0].domComplete / 1000")
        session = opened.context.new_cdp_session(opened)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        opened.reload()
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        assert 0 < metrics["TaskDuration"] <= 1.0, (metrics["TaskDuration"], seconds)


def test_a_page_without_records_has_no_fault_either(browser, tmp_path):
    with window(browser, page([]), tmp_path) as opened:
        assert "There are no records yet." in opened.inner_text("main")
        assert Axe().run(opened).violations_count == 0
