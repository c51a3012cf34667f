"""Text and links within Markdown or LaTeX."""

from __future__ import annotations

import os
import re
from pathlib import Path

LATEX = {
    **{letter: f"\\{letter}" for letter in "&%$#{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$",
    "_": r"\_\allowbreak{}", "±": r"$\pm$", "\u2013": "--", "\u200b": "{}",
}  # fmt: skip


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, in one line: a name can neither end a cell nor add markup."""
    text = single_spaced(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\|`*~]|\](?=[(\[]))", r"\\\1", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)


def escape_latex(text: str) -> str:
    """Text that LaTeX shows as it is, in one line of the source; a line may break after each underscore."""
    plain = single_spaced(text).replace("--", "-\u200b-")
    return re.sub(r"\W|_", lambda found: LATEX.get(found[0], found[0]), plain)


def single_spaced(text: str) -> str:
    """The text with every run of blanks, line ends and control characters as one space."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def link_from(path: Path, document: Path) -> str:
    """The relative link from a document to a path."""
    return Path(os.path.relpath(path.resolve(), document.resolve().parent)).as_posix()
