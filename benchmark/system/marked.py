"""Sections between two markers in a document that people write."""

from __future__ import annotations

from pathlib import Path

from benchmark.errors import UsageError


def markers(name: str) -> tuple[str, str]:
    """The lines before and after a section."""
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def is_marked(text: str, name: str) -> bool:
    """True where one of a section's markers stands in a text."""
    return any(marker in text for marker in markers(name))


def with_section(text: str, path: Path, name: str, content: str) -> str:
    """A document's text with other content between the markers of a section.

    Raises:
        UsageError: the document does not have each marker once, in order.
    """
    begin, end = markers(name)
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise UsageError(f"{path} needs {begin} and, after it, {end}, each once; add them around its table of {name}")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{content}{end}{rest.split(end)[1]}"
