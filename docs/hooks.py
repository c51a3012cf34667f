"""The site's page of all scores, made from the registry."""

from __future__ import annotations

import re

OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")  # a link to a file of the checkout, which the site does not have
ARROWS = {"higher": "↑", "lower": "↓"}


def on_files(files, config):  # noqa: ANN001, ANN201
    """Add the page of scores."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "registry.md", content=registry_page()))
    return files


def on_page_markdown(markdown, **_):  # noqa: ANN001, ANN003, ANN201
    """Links out of this folder become plain words."""
    return OUTSIDE.sub(r"\1", markdown)


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
