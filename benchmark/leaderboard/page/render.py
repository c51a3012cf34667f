"""The page's HTML: the template with its style, script and vendored table library in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from benchmark.leaderboard.page import view
from benchmark.leaderboard.page.claims import claims, verdict_counts
from benchmark.leaderboard.page.contents import Contents
from benchmark.leaderboard.tables import Table
from benchmark.system.templates import data_url, page_templates

LARGEST = 3_000_000  # bytes of the page, images included
STYLES, SCRIPTS = ("page.css",), ("vendor/dataTables.min.js", "page.js")


def render(tables: Sequence[Table], contents: Contents) -> str:
    """The whole page; the same tables and contents give the same bytes.

    Grids and strips go in, first rows first, as long as the page stays below 3 MB; the others are linked.
    """
    tasks = view.tasks(tables, contents)
    page = {
        "tasks": tasks,
        "claims": claims(contents),
        "verdicts": verdict_counts(contents),
        "throughput": contents.throughput,
        "styles": [text_of(name) for name in STYLES],
        "scripts": [text_of(name) for name in SCRIPTS],
    }
    without = template().render(page, details=details(tasks, contents, 0))
    room = LARGEST - len(without.encode())
    return template().render(page, details=details(tasks, contents, room)) if room > 0 else without


def details(tasks: Sequence[dict[str, Any]], contents: Contents, room: int) -> list[dict[str, Any]]:
    """The details of all rows, in the order of the page, with as many images as there is room for."""
    found = []
    for line in lines_of(tasks):
        more: dict[str, str] = {}
        for key, link, image in images_of(line["record"], contents):
            more[f"{key}_link"] = link
            url = data_url(image, "webp")
            if len(url) + 100 <= room:
                more[key], room = url, room - len(url) - 100
        found.append(line["detail"] | more)
    return found


def images_of(record: str, contents: Contents) -> Iterator[tuple[str, str, bytes]]:
    """Key, link and WebP of a record's grid and of its strip, where it has them."""
    if grid := contents.grids.get(record):
        yield "grid", grid.link, grid.small
    if mistakes := contents.strips.get(record):
        yield "strip", mistakes.link, mistakes.strip.webp


def lines_of(tasks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All rows of all tables, numbered as the template numbers them."""
    number = 0
    for task in tasks:
        for protocol in (task["first"], *task["others"]):
            for line in protocol["rows"]:
                line["number"] = number
                number += 1
                yield line


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
