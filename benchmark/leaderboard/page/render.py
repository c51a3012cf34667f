"""The page's HTML: the template with its style, script and vendored table library in one file."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from benchmark.leaderboard.page import view
from benchmark.leaderboard.page.claims import claim_rows, verdict_counts
from benchmark.leaderboard.page.contents import Contents
from benchmark.leaderboard.tables import Table
from benchmark.records.record import Record
from benchmark.system.templates import data_url, page_templates
from benchmark.tasks import TASKS

LARGEST = 3_000_000  # bytes of the page, images included
STYLES, SCRIPTS = ("page.css",), ("vendor/dataTables.min.js", "page.js")


def render(tables: Sequence[Table], contents: Contents) -> str:
    """The whole page; the same tables and contents give the same bytes.

    Grids go in as long as the page stays below 3 MB, those of the cards first, then strips; the others are linked.
    """
    tasks = view.tasks(tables, contents)
    for number, row in enumerate(rows_of(tasks)):
        row["number"] = number  # of its details
    page = {
        "tasks": tasks,
        "claims": claim_rows(contents),
        "verdicts": verdict_counts(contents),
        "how_judged": contents.how_judged,
        "titles": contents.titles,
        "report_pages": contents.report_pages,
        "throughput": contents.throughput,
        "styles": [text_of(name) for name in STYLES],
        "scripts": [text_of(name) for name in SCRIPTS],
    }
    without = template().render(page, details=details(tasks, contents, 0))
    room = LARGEST - len(without.encode())
    return template().render(page, details=details(tasks, contents, room)) if room > 0 else without


def details(tasks: Sequence[dict[str, Any]], contents: Contents, room: int) -> list[dict[str, Any]]:
    """The details of all rows, in the order of the page, with as many images as there is room for."""
    rows = list(rows_of(tasks))
    on_cards = {best["record"] for task in tasks for best in task["best"] if best["leads"]}
    held = held_images([row["record"] for row in rows], on_cards, contents, room)
    return [row["detail"] | links(row["record"], contents) | held.get(row["record"], {}) for row in rows]


def held_images(
    records: Sequence[str], first: Container[str], contents: Contents, room: int
) -> dict[str, dict[str, str]]:
    """Data URLs of the images that the page holds, by record and key.

    Args:
        records: in the order of the page.
        first: records whose grids go in before all others, for the cards show them; strips go in last.
        contents: all images.
        room: bytes.
    """
    images = [(record, key, image) for record in records for key, _, image in images_of(record, contents)]
    images.sort(key=lambda image: (image[1] != "grid", image[0] not in first))
    found: dict[str, dict[str, str]] = {}
    for record, key, image in images:
        url = data_url(image, "webp")
        if len(url) + 100 <= room:
            found.setdefault(record, {})[key] = url
            room -= len(url) + 100
    return found


def links(record: str, contents: Contents) -> dict[str, Any]:
    """Links to a record's whole images, the places of single ones in its grid, and a note on how to read it."""
    found: dict[str, Any] = {f"{key}_link": link for key, link, _ in images_of(record, contents)}
    if (grid := contents.grids.get(record)) and grid.tiles:
        places = [[round(x, 4), round(y, 4)] for x, y in grid.tiles.places]
        found["tiles"] = {"width": round(grid.tiles.width, 4), "places": places}
    if grid and translates(contents.records.get(record)):
        found["grid_note"] = "In pairs: on the left a real image, on the right its translation to what stands below it."
    return found


def translates(record: Record | None) -> bool:
    """True for a record of a task whose models redraw images."""
    return record is not None and record.protocol.task in TASKS and TASKS[record.protocol.task].translates


def images_of(record: str, contents: Contents) -> Iterator[tuple[str, str, bytes]]:
    """Key, link and WebP of a record's grid and of its strip, where it has them."""
    if grid := contents.grids.get(record):
        yield "grid", grid.link, grid.small
    if mistakes := contents.strips.get(record):
        yield "strip", mistakes.link, mistakes.strip.webp


def rows_of(tasks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All rows of all tables, in the order of the page."""
    for task in tasks:
        for protocol in (task["first"], *task["others"]):
            yield from protocol["rows"]


def breakable(text: str) -> Markup:
    """A name that may break after its underscores and colons."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[_:])", text))


@cache
def text_of(name: str) -> str:
    """A file that goes into the page as it is."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def template():  # noqa: ANN201
    """The page's template; whatever is put into it is text, never markup."""
    environment = page_templates("benchmark.leaderboard.page")
    environment.filters["breakable"] = breakable
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":"), "sort_keys": True}
    return environment.get_template("page.html.jinja")
