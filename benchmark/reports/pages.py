"""Pages of the reports with their figures: written from a folder of records, or checked against it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from benchmark.records.record import Record
from benchmark.reports import latex, plots
from benchmark.reports.claims import Claims, OtherReport
from benchmark.reports.draws import table
from benchmark.reports.figures import DrawsFigure, Figure, Plotted, SheetFigure
from benchmark.reports.judging import Judged
from benchmark.reports.render import DrawnFigure, documents
from benchmark.system.files import replacing, write_text
from benchmark.system.rendered import differences

NOT_A_PAGE = {"README.md"}  # written by people
UPDATES = "Updates"  # of a sheet's texts
FIGURES = "figures"  # folder next to the pages


def sheet_name(figure: SheetFigure, row: str) -> str:
    """File name of a sheet that one row drew."""
    return f"{figure.stem}-{row.replace(':', '-').replace('=', '-')}.png"


def files_of(figure: Figure, out: Path) -> list[tuple[str, Path]]:
    """Title and path of each file of a figure that lies in the folder of the pages."""
    named = [(figure.title, f"{figure.stem}.png")]
    if isinstance(figure, SheetFigure):
        named = [(f"{figure.title}: {row}", sheet_name(figure, row)) for row in figure.rows]
    return [(title, out / FIGURES / name) for title, name in named if (out / FIGURES / name).exists()]


def drawn_figures(claims: Claims, records: Sequence[Record], folder: Path, out: Path) -> list[DrawnFigure]:
    """Each figure with its files and the rows that it lacks; sheets are those that lie in ``out``.

    Args:
        claims: with the figures.
        records: that plots are made of.
        folder: the records lie in it.
        out: of the pages.
    """
    others = {report.key for report in claims.reports if isinstance(report, OtherReport)}
    return [
        _sheet(figure, records, out)
        if isinstance(figure, SheetFigure)
        else _plot(figure, records, folder, by_number=figure.report in others)
        for figure in claims.figures
    ]


def _sheet(figure: SheetFigure, records: Sequence[Record], out: Path) -> DrawnFigure:
    there = {row: sheet_name(figure, row) for row in figure.rows if (out / FIGURES / sheet_name(figure, row)).exists()}
    missing = [row for row in figure.rows if row not in there]
    lengths = {row: _longest(figure, row, records) for row in there}
    later = [
        f"{row} at {in_words(beyond)} updates, since its run has {length:,}"
        for row, length in lengths.items()
        if length and (beyond := [updates for updates in figure.updates if updates > length])
    ]
    heads = tuple(_head(figure, row, length, out / FIGURES / there[row]) for row, length in lengths.items())
    return DrawnFigure(figure, tuple(there.values()), (*missing, *later), heads=heads)


def _longest(figure: SheetFigure, row: str, records: Sequence[Record]) -> int | None:
    """The updates of the row's longest run, which draws its sheet; None where no record of it is here."""
    return max((one.training.total_updates for one in records if plots.is_of(one, figure, row)), default=None)


def _head(figure: SheetFigure, row: str, length: int | None, sheet: Path) -> str:
    """The words above a sheet: the row, its label, and after how many updates it drew.

    A sheet says that by itself; one from before it did is of the row's longest run.
    """
    label = f" ({figure.labels[row]})" if row in figure.labels else ""
    longest = [updates for updates in figure.updates if length and updates <= length] or ([length] if length else [])
    shown = updates_in(sheet) or longest
    return f"{row}{label}" + (f", after {in_words(shown)} updates" if shown else "")


def updates_text(updates: Sequence[int]) -> PngInfo:
    """The statement of a sheet's PNG on itself: after how many updates its images were drawn."""
    info = PngInfo()
    info.add_text(UPDATES, " ".join(map(str, updates)))
    return info


def updates_in(sheet: Path) -> list[int]:
    """The updates after which a sheet says that it was drawn; empty if it does not say."""
    with Image.open(sheet) as image:
        return [int(update) for update in str(image.info.get(UPDATES, "")).split() if update.isdecimal()]


def in_words(updates: Sequence[int]) -> str:
    """Several updates as in a sentence: 1,000, 5,000 and 10,000."""
    *before, last = [f"{update:,}" for update in updates]
    return f"{', '.join(before)} and {last}" if before else last


def _plot(figure: Plotted, records: Sequence[Record], folder: Path, *, by_number: bool) -> DrawnFigure:
    shown = plots.rows_of(figure, records, folder, by_number=by_number)
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


def check(
    claims: Claims,
    judged: Sequence[Judged],
    figures: Sequence[DrawnFigure],
    out: Path,
    *,
    left_out: Collection[str] = (),
) -> list[str]:
    """Differences of a folder's pages and plots from the records; one line each, none if all agree.

    Every ``*.md`` and ``*.tex`` directly in the folder counts as a page, except ``README.md`` and the pages of reports
    whose keys are in ``left_out``. Plots are compared by the digest of what they show, for another version of the
    drawing library gives other bytes.
    """
    pages = render_pages(claims, judged, figures)
    found = differences(out, pages, lambda path: _is_page(path) and path.stem not in left_out)
    for one in figures:
        path = out / FIGURES / (one.files[0] if one.files else "")
        if one.shown and plots.digest_in(path) != plots.digest(one.figure, one.shown):
            found.append(f"changed: {path} does not show these records; write it again")
    return found


def _is_page(path: Path) -> bool:
    return path.suffix in {".md", ".tex"} and path.name not in NOT_A_PAGE and path.is_file()
