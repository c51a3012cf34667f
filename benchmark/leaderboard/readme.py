"""The short table of results, the speeds and the links of scores, in a document that people write, between markers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.leaderboard.headline import headline
from benchmark.leaderboard.score_links import score_links
from benchmark.leaderboard.tables import Table
from benchmark.system.marked import is_marked, markers, with_section

RESULTS, SPEEDS, LINKS = "results", "speeds", "score links"  # sections of the document


def with_results(path: Path, tables: Iterable[Table], speeds: str | None = None) -> str:
    """The document's text with the short table of results between its markers, and the other sections that it has.

    Args:
        path: of the document.
        tables: of all records.
        speeds: goes between the markers of speeds, in a document that has them; None where no throughput is kept.

    Raises:
        UsageError: the document is missing, or does not have each marker once, in order; or it has a place for speeds
            that are not there.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        begin, end = markers(RESULTS)
        raise UsageError(f"{path} cannot be read ({error}); give a Markdown document with {begin} and {end}") from error
    text = with_section(text, path, RESULTS, headline(tables))
    if is_marked(text, LINKS):
        text = with_section(text, path, LINKS, score_links(path.parent))
    if not is_marked(text, SPEEDS):
        return text
    if speeds is None:
        begin, end = markers(SPEEDS)
        raise UsageError(
            f"{path} has {begin}, but no throughput is kept next to the records; "
            f"measure it with 'nox -s bench', or remove {begin} and {end}"
        )
    return with_section(text, path, SPEEDS, speeds)
