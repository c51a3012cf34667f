"""Text within Markdown that shows as it is."""

from __future__ import annotations

import re


def escape(text: str) -> str:
    """Text that Markdown shows as it is, in one line: a name can neither end a cell nor add markup."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\|`*~]|\](?=[(\[]))", r"\\\1", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)


def one_line(text: str) -> str:
    """The text with every run of blanks, line ends and control characters as one space."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
