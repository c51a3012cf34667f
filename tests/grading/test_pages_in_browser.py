"""Pages of grades in a real Chromium: readable in any light and on a phone, and usable by keyboard."""

import io
import os
import re
from pathlib import Path

import pytest
from builders.batches import PEOPLE, course
from builders.browser import violations
from PIL import Image

from benchmark.commands import grade

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCREENSHOTS = {"index": (1280, 900), "staff": (900, 900), "pages": (900, 900)}


def place(batch, kind):
    out = batch[0] / "out"
    return out / "index.html" if kind == "index" else next((out / kind).glob("boole*"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["index", "staff", "pages"])
def test_axe_finds_nothing_wrong_in_light_or_dark(batch, opened, kind, scheme):
    page = opened(place(batch, kind), color_scheme=scheme)
    assert violations(page) == []
    page.evaluate("document.body.style.color = '#888'; document.body.style.background = '#999'")
    assert any(line.startswith("color-contrast") for line in violations(page))


@pytest.mark.parametrize("kind", ["index", "staff", "pages"])
def test_a_phone_shows_every_page_without_scrolling_sideways(batch, opened, kind):
    page = opened(place(batch, kind), width=360, height=740, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_printed_page_has_every_image_and_nothing_to_press(batch, opened, tmp_path):
    page = opened(place(batch, "pages"))
    page.emulate_media(media="print")
    assert page.locator("figure:visible").count() == 12
    staff = opened(place(batch, "staff"))
    assert staff.locator(".screen").is_visible()
    staff.emulate_media(media="print")
    assert not staff.locator(".screen").is_visible()
    page.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def chosen(page):
    return page.locator("tr.chosen td").first.inner_text()


def test_j_and_k_go_through_the_doubtful_ones_alone(batch, opened):
    page = opened(place(batch, "index"))
    doubtful = page.locator("tr[data-words~=doubtful] td:first-child").all_inner_texts()
    assert "boole-george" in doubtful
    assert "hopper-grace" not in doubtful
    seen = []
    for _ in doubtful:
        page.keyboard.press("j")
        seen.append(chosen(page))
        number = page.locator("tr.chosen").get_attribute("data-number")
        assert page.locator(".detail:visible").get_attribute("id") == f"detail-{number}"
    assert sorted(seen) == sorted(doubtful)
    page.keyboard.press("k")
    assert chosen(page) == seen[-2]
    page.get_by_role("button", name="points").click()
    before = chosen(page)
    page.keyboard.press("j")  # also while a head of the table has the focus
    assert chosen(page) != before
    page.locator("#search").focus()
    page.keyboard.type("jk")  # letters, not commands
    assert page.locator("#search").input_value() == "jk"


def test_a_search_chooses_a_row_that_it_leaves(batch, opened):
    page = opened(place(batch, "index"))
    page.locator("td", has_text="boole-george").first.click()
    page.locator("#search").fill("hopper-grace")
    assert chosen(page) == "hopper-grace"
    page.locator("#search").fill("nobody is called so")
    assert page.locator("tr.chosen").count() == page.locator(".detail:visible").count() == 0


def test_enter_opens_the_page_of_the_chosen_one(batch, opened):
    page = opened(place(batch, "index"))
    page.locator("td", has_text="boole-george").first.click()
    page.keyboard.press("Enter")
    page.wait_for_url("**/pages/boole-george.html")
    assert "boole-george" in page.title()


def test_rows_are_sorted_and_filtered(batch, opened):
    page = opened(place(batch, "index"))
    points = page.locator("tbody tr:visible td.number")
    head = page.locator("th button", has_text="points")
    head.click()
    upwards = [float(text) for text in points.all_inner_texts()]
    head.click()
    downwards = [float(text) for text in points.all_inner_texts()]
    assert upwards == sorted(upwards)
    assert downwards == sorted(upwards, reverse=True)
    assert upwards != downwards
    page.locator("#show").select_option("missing")
    assert page.locator("tbody tr:visible td:first-child").all_inner_texts() == ["hopper-grace"]
    assert page.locator("#shown").inner_text() == f"1 of {len(PEOPLE) + 1} shown"
    page.locator("#show").select_option("")
    page.locator("#search").fill("shared_images curie")
    assert "curie_marie" in page.locator("tbody tr:visible td:first-child").all_inner_texts()
    page.locator("#search").fill("nobody has this")
    assert page.locator("tbody tr:visible").count() == 0


def test_points_are_sorted_as_numbers(batch, opened):
    page = opened(place(batch, "index"))
    page.evaluate(
        """[9.5, 10.25, 9.25, 9.125].forEach((points, index) => {
          const cell = document.querySelectorAll("tbody tr")[index].querySelector("td.number");
          cell.dataset.value = points; cell.textContent = points; cell.id = `p${index}`; })"""
    )
    for order in (["p3", "p2", "p0", "p1"], ["p1", "p0", "p2", "p3"]):
        page.locator("th button", has_text="points").click()
        cells = page.locator("td.number[id^=p]")
        assert [cell.get_attribute("id") for cell in cells.all()] == order


def test_matching_images_are_framed_where_they_are(batch, opened):
    page = opened(place(batch, "staff"))
    first, second = page.locator(".pair").first.locator(".sheet").all()
    frames = [[frame.bounding_box() for frame in sheet.locator("i").all()] for sheet in (first, second)]
    assert [len(some) for some in frames] == [6, 6]
    for sheet, some in zip((first, second), frames, strict=True):
        box = sheet.bounding_box()
        assert all(
            box["x"] - 1 <= frame["x"] and frame["x"] + frame["width"] <= box["x"] + box["width"] + 1 for frame in some
        )


def test_pages_request_nothing_and_run_no_other_script(batch, opened):
    for kind in ("index", "staff", "pages"):
        text = place(batch, kind).read_text()
        assert re.findall(r"<(?:link|iframe|object|embed|base)\b|\bon\w+=|(?:src|href)=\"https?:", text) == []
        assert text.count("<script") == (kind == "index")
        page = opened(place(batch, kind))
        assert (
            page.evaluate(
                "performance.getEntriesByType('resource').filter((one) => !one.name.startsWith('data:')).length"
            )
            == 0
        )


@pytest.fixture(scope="module")
def shown(batch, scenes, tmp_path_factory):
    """A graded course; with CGAN_BENCH_SCREENSHOTS set, one of plain names and images for people to look at."""
    if not os.environ.get("CGAN_BENCH_SCREENSHOTS"):
        return batch
    folder = tmp_path_factory.mktemp("shown")
    request = course(folder, scenes, shown=True)
    grade.grade([folder / "inbox"], folder / "out", request)
    return folder, request


@pytest.mark.parametrize("kind", SCREENSHOTS)
def test_the_documentation_shows_each_page_as_a_browser_does(shown, opened, kind):
    """With CGAN_BENCH_SCREENSHOTS set, this writes them anew."""
    width, height = SCREENSHOTS[kind]
    page = opened(place(shown, kind), width=width, height=height, color_scheme="light")
    if kind == "index":
        page.keyboard.press("j")
        page.keyboard.press("j")
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    assert len(shot.getcolors(1 << 20)) > 100
    path = DOCS / "images" / f"grades-{kind}.webp"
    if os.environ.get("CGAN_BENCH_SCREENSHOTS"):
        path.parent.mkdir(exist_ok=True)
        shot.save(path, quality=80)
    with Image.open(path) as shown:
        assert shown.size == (width, height)
    assert f"](images/{path.name})" in (DOCS / "grading.md").read_text()
