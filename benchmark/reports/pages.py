"""Pages of the reports with their figures: written from a folder of records, or checked against it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.records.record import Record
from benchmark.reports import latex, plots
from benchmark.reports.claims import Claims
from benchmark.reports.draws import table
from benchmark.reports.figures import DrawsFigure, Plotted, SheetFigure
from benchmark.reports.judging import Judged
from benchmark.reports.render import DrawnFigure, documents
from benchmark.system.files import replacing, write_text
from benchmark.system.rendered import differences

NOT_A_PAGE = {"README.md"}  # written by people
FIGURES = "figures"  # folder next to the pages


def sheet_name(figure: SheetFigure, row: str) -> str:
    """File name of a sheet that one row drew."""
    return f"{figure.stem}-{row.replace(':', '-').replace('=', '-')}.png"


def drawn_figures(claims: Claims, records: Sequence[Record], folder: Path, out: Path) -> list[DrawnFigure]:
    """Each figure with its files and the rows that it lacks; sheets are those that lie in ``out``.

    Args:
        claims: with the figures.
        records: that plots are made of.
        folder: the records lie in it.
        out: of the pages.
    """
    return [
        _sheet(figure, records, out) if isinstance(figure, SheetFigure) else _plot(figure, records, folder)
        for figure in claims.figures
    ]


def _sheet(figure: SheetFigure, records: Sequence[Record], out: Path) -> DrawnFigure:
    there = {row: sheet_name(figure, row) for row in figure.rows if (out / FIGURES / sheet_name(figure, row)).exists()}
    missing = [row for row in figure.rows if row not in there]
    later = [f"{row} at {words}" for row in there if (words := _not_reached(figure, row, records))]
    return DrawnFigure(figure, tuple(there.values()), (*missing, *later), rows=tuple(there))


def _not_reached(figure: SheetFigure, row: str, records: Sequence[Record]) -> str:
    """The figure's snapshots that no run of the row has reached yet, in words; empty if there are none."""
    reached = [record.training.total_updates for record in records if plots.is_of(record, figure, row)]
    later = [f"{updates:,}" for updates in figure.updates if reached and updates > max(reached)]
    return f"{', '.join(later[:-1])}{' and ' if later[:-1] else ''}{later[-1]} updates" if later else ""


def _plot(figure: Plotted, records: Sequence[Record], folder: Path) -> DrawnFigure:
    shown = plots.rows_of(figure, records, folder)
    there = [one.row for one in shown]
    files = (f"{figure.stem}.png",) if shown else ()
    missing = tuple(row for row in figure.rows if row not in there)
    lines = table(figure, shown) if shown and isinstance(figure, DrawsFigure) else []
    return DrawnFigure(figure, files, missing, tuple(shown), tuple(map(tuple, lines)))


def write(
    claims: Claims, judged: Sequence[Judged], figures: Sequence[DrawnFigure], out: Path, *, pdf: bool
) -> list[Path]:
    """Write a page, LaTeX and plots for each report; return the paths. A plot that shows the same is left as it is."""
    written = []
    for one in figures:
        sheets = [out / FIGURES / name for name in one.files if not one.shown]
        written += [_write(path.with_suffix(".pdf"), plots.sheet_pdf(path)) for path in sheets if pdf]
        if not one.shown:
            continue
        path = out / FIGURES / one.files[0]
        if plots.digest_in(path) != plots.digest(one.figure, one.shown):
            _write(path, plots.png(one.figure, one.shown))
        written.append(path)
        if pdf:
            written.append(_write(path.with_suffix(".pdf"), plots.pdf(one.figure, one.shown)))
    pages = render_pages(claims, judged, figures)
    for name, text in pages.items():
        write_text(out / name, text)
    return [out / name for name in pages] + written


def render_pages(claims: Claims, judged: Sequence[Judged], figures: Sequence[DrawnFigure]) -> dict[str, str]:
    """File name to text: each report's page, and its tables in LaTeX."""
    return documents(claims.reports, judged, figures) | latex.documents(claims.reports, judged, figures)


def _write(path: Path, content: bytes) -> Path:
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path


def check(claims: Claims, judged: Sequence[Judged], figures: Sequence[DrawnFigure], out: Path) -> list[str]:
    """Differences of a folder's pages and plots from the records; one line each, none if all agree.

    Every ``*.md`` and ``*.tex`` directly in the folder counts as a page, except ``README.md``. Plots are compared by
    the digest of what they show, for another version of the drawing library gives other bytes.
    """
    found = differences(out, render_pages(claims, judged, figures), _is_page)
    for one in figures:
        path = out / FIGURES / (one.files[0] if one.files else "")
        if one.shown and plots.digest_in(path) != plots.digest(one.figure, one.shown):
            found.append(f"changed: {path} does not show these records; write it again")
    return found


def _is_page(path: Path) -> bool:
    return path.suffix in {".md", ".tex"} and path.name not in NOT_A_PAGE and path.is_file()
