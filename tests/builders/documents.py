"""The examples of the documents: fenced blocks, and what following them does."""

from __future__ import annotations

import re
import shlex
import textwrap
from pathlib import Path
from typing import NamedTuple

from benchmark.cli import main

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(
    r"(?P<above>[^\n]*)\n\n(?P<indent> *)```(?P<kind>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
REASON = re.compile(r"^\*Not run by the tests: .{20,}\.\*$")


class Example(NamedTuple):
    """A block of a page."""

    kind: str
    title: str | None
    text: str
    is_left_out: bool  # with its reason in the line above


def examples(page):
    """The examples of a page, in order."""
    return [
        Example(one["kind"], one["title"], textwrap.dedent(one["text"]), bool(REASON.search(one["above"])))
        for one in FENCE.finditer((DOCS / page).read_text(encoding="utf-8"))
    ]


def texts(page, kind):
    """The texts of a page's examples of one kind."""
    return [example.text for example in examples(page) if example.kind == kind]


def called(line):
    """The exit code of a line of a console."""
    return main(shlex.split(line.removeprefix("$ cgan-bench "), comments=True))


def follow(page):
    """Do what a page says, in the current folder."""
    for example in (one for one in examples(page) if not one.is_left_out):
        if example.kind == "python":
            exec(compile(example.text, page, "exec"), {"__name__": "example"})
        elif example.kind == "toml":
            Path(example.title).write_text(example.text, encoding="utf-8")
        elif example.kind == "console":
            for line in example.text.splitlines():
                assert called(line) == 0, line
