"""Pages of the site that are not in this folder: all scores, from the registry, and the committed results."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)(#[^)]*)?\)")
ARROWS = {"higher": "↑", "lower": "↓"}
RESULTS = ("results/reports/*.md", "results/reports/figures/*.png", "results/samples/*.png", "results/curves/*.png")
MOVED = {"results/README.md": "results/runs.md", "results/throughput/README.md": "results/throughput.md"}
PAGE = "results/index.html"


def on_files(files, config):  # noqa: ANN001, ANN201
    """Add the page of scores and the committed results."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "registry.md", content=registry_page()))
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    files.append(File.generated(config, PAGE, content=re.sub(r"(href=\"reports/R\d+)\.md", r"\1/index.html", page)))
    for path, place in results().items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / path)))
    return files


@cache
def results() -> dict[str, str]:
    """The results' pages and images that the site has: their paths in the repository, and in the site."""
    found = sorted(path.relative_to(ROOT).as_posix() for pattern in RESULTS for path in ROOT.glob(pattern))
    return {path: path for path in found} | MOVED


def on_page_markdown(markdown, *, page, **_):  # noqa: ANN001, ANN003, ANN201
    """Links between pages of the site hold; links to other files of the repository become plain words."""
    here = page.file.src_uri
    return LINK.sub(lambda link: linked(link, here), markdown)


def linked(link: re.Match[str], here: str) -> str:
    """A link of the page at ``here`` in the site."""
    words, target, anchor = link.groups(default="")
    if re.match(r"\w+:", target):
        return link[0]
    sources = {place: path for path, place in results().items()}
    source = sources.get(here, f"docs/{here}")
    there = site_path(posixpath.normpath(posixpath.join(posixpath.dirname(source), target)))
    if there is None:
        return words
    return f"[{words}]({posixpath.relpath(there, posixpath.dirname(here) or '.')}{anchor})"


def site_path(path: str) -> str | None:
    """The place in the site of a file of the repository; None if the site does not have it."""
    if path.startswith("docs/"):
        place = path.removeprefix("docs/")
        return place if (ROOT / path).is_file() or place == "registry.md" else None
    return path if path == PAGE else results().get(path)


def registry_page() -> str:
    """A table of every bundled score: direction, unit, range, version, what it needs, tasks, source."""
    from benchmark.commands import catalogue
    from benchmark.tasks import TASKS
    from evaluators import EVALUATORS

    lines = [
        "# All scores",
        "",
        "Made from the registry of evaluators; `cgan-bench list evaluators` prints the same.",
        "",
        "| score | better | unit | range | version | needs | tasks | source |",
        "| --- | --- | --- | --- | ---: | --- | --- | --- |",
    ]
    for row in catalogue.evaluators():
        name = row["evaluator"]
        low, high = ("∞" if bound is None else f"{bound:g}" for bound in row["range"])
        tasks = ", ".join(f"`{task.name}`" for task in TASKS.values() if name in task.scores)
        cells = [
            f"`{name}`", ARROWS.get(row["better"], row["better"]), row["unit"], f"{low} to {high}", str(row["version"]),
            EVALUATORS[name].network.replace("_", " "), tasks or "where its weights are given", row["source"],
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cell.replace('|', ' ') for cell in cells)} |")
    return "\n".join(lines) + "\n"
