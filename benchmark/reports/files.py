"""The pages of the reports: written from a folder of records, or checked against it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.reports.claims import Report
from benchmark.reports.judging import Judged
from benchmark.reports.render import documents
from benchmark.system.files import write_text
from benchmark.system.rendered import differences

NOT_A_PAGE = {"README.md"}  # written by people


def write(reports: Sequence[Report], judged: Sequence[Judged], folder: Path) -> list[Path]:
    """Write a page for each report; return their paths."""
    pages = documents(reports, judged)
    for name, text in pages.items():
        write_text(folder / name, text)
    return [folder / name for name in pages]


def check(reports: Sequence[Report], judged: Sequence[Judged], folder: Path) -> list[str]:
    """Differences of the pages in a folder from those of the records; one line each, none if all agree.

    Every ``*.md`` directly in the folder counts as a page, except ``README.md``.
    """
    return differences(folder, documents(reports, judged), _is_page)


def _is_page(path: Path) -> bool:
    return path.suffix == ".md" and path.name not in NOT_A_PAGE and path.is_file()
