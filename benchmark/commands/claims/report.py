"""Verdicts on the reports' claims, from a folder of records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.leaderboard.versions import known_records
from benchmark.reports import pages
from benchmark.reports.judging import judge
from benchmark.reports.load import load_claims, select_reports
from benchmark.reports.render import SHORTER, claim_document
from benchmark.reports.summary import summary
from benchmark.system.files import write_text
from benchmark.system.marked import with_section
from benchmark.system.markup import link_from
from benchmark.system.rendered import changed

VERDICTS = "verdicts"  # section of a document


def report(
    records: Path,
    out: Path,
    *,
    others: Sequence[Path],
    check: bool,
    only: Sequence[str] = (),
    pdf: bool = False,
    readme: Path | None = None,
) -> dict[str, Any]:
    """Judge claims, and write or check the pages of their reports with their figures.

    Args:
        records: the folder of records.
        out: the folder of the pages.
        others: claims files next to the bundled one.
        check: compare, and write nothing.
        only: keys of reports; none for all. Pages of the others are neither written nor checked.
        pdf: write each figure as PDF as well.
        readme: a document with markers, between which the verdicts stand in short.

    Returns:
        The verdicts, and the paths that were written or, with ``check``, the differences.

    Raises:
        UsageError: a claims file is wrong, or no report has such a key; or there are no records, or a file of theirs is
            damaged; or the document lacks its markers.
    """
    every = load_claims(*others)
    claims = select_reports(every, only)
    known = known_records(records)
    judged, figures = judge(claims.claims, known, records), pages.drawn_figures(claims, known, records, out)
    found = {"claims": [claim_document(one) for one in judged]}
    text = None if readme is None else with_verdicts(readme, summary(claims.reports, judged, link_from(out, readme)))
    if check:
        left_out = {report.key for report in every.reports} - {report.key for report in claims.reports}
        differences = pages.check(claims, judged, figures, out, left_out=left_out)
        return found | {"differences": differences + ([] if text is None else changed(readme, text))}
    written = list(map(str, pages.write(claims, judged, figures, out, pdf=pdf)))
    if text is not None:
        write_text(readme, text)
    return found | {"written": written}


def with_verdicts(document: Path, verdicts: str) -> str:
    """A document's text with the verdicts between their markers.

    Raises:
        UsageError: the document cannot be read, or does not have each marker once.
    """
    try:
        text = document.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--readme: {document} cannot be read ({error}); give a Markdown document") from error
    return with_section(text, document, VERDICTS, verdicts)


def verdicts_in_words(judged: Iterable[dict[str, Any]]) -> dict[str, str]:
    """One line a claim and protocol, for people."""
    found: dict[str, str] = {}
    for one in judged:
        below = f", {SHORTER}" if one["shorter_training"] else ""
        line = f"{one['verdict']}{below}"
        found[one["id"]] = f"{found[one['id']]}; {line}" if one["id"] in found else line
    return found
