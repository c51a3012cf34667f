"""Tables and page from a folder of records: written, or compared with what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from benchmark.leaderboard import output_files
from benchmark.leaderboard.page import grids
from benchmark.leaderboard.page.contents import Contents, Grid, JudgedImages, Mistakes, ReportPage, Throughput
from benchmark.leaderboard.page.render import render
from benchmark.records.record import Record
from benchmark.records.score_curve import Point, load_curve
from benchmark.records.store import load_records, log_path, per_sample_faults, strip_path
from benchmark.records.strips import load_strip
from benchmark.records.training_log import Line, load_log
from benchmark.reports.claims import Claims
from benchmark.reports.judging import claims_by_verdict, judge
from benchmark.reports.load import load_claims
from benchmark.reports.pages import files_of
from benchmark.reports.render import LEGEND, claim_document
from benchmark.system.files import write_text
from benchmark.system.markup import link_from
from benchmark.system.rendered import changed
from benchmark.system.terminal import track

PAGE = "index.html"
IMAGE_SIZE = 64  # pixels, of models that do not say otherwise


def write(records: Path, out: Path, *, readme: Path | None = None, page: Path | None = None) -> list[Path]:
    """Write the tables, then the page; return all paths, the page's last.

    The small copies of sample grids that are missing are made first, and those of other grids removed.

    Args:
        records: a folder of records; ``samples``, ``curves`` and ``throughput`` next to it go into the page.
        out: folder of the tables.
        readme: a document that gets the headline, and the speeds where it has a place for them.
        page: the page's file; ``index.html`` in ``out`` if left out.

    Raises:
        UsageError: a record or a file next to it is broken, or a folder cannot be written.
    """
    page = page or out / PAGE
    grids.renew_small(grids.grids_of(load_records(records), records))
    html = page_of(records, page)
    written = output_files.write(records, out, readme=readme, speeds=speeds_next_to(records))
    write_text(page, html)
    return [*written, page]


def check(records: Path, out: Path, *, readme: Path | None = None, page: Path | None = None) -> list[str]:
    """Differences of tables and page from the records; a page that is not named only counts if it is there."""
    found = output_files.check(records, out, readme=readme, speeds=speeds_next_to(records))
    if per_sample_faults(records, load_records(records)):
        return found  # these faults are in it already
    where = page or out / PAGE
    if not where.exists():
        return found if page is None else [*found, f"missing: {page}"]
    faults = grids.small_faults(grids.grids_of(load_records(records), records))
    return [*found, *faults, *changed(where, page_of(records, where))] if not faults else [*found, *faults]


def write_page_beside(published: Path, records: Path, page: Path) -> None:
    """Write a page with the published records, and those of a run next to them, in tables of their own.

    Raises:
        UsageError: a record or a file next to it is broken.
    """
    folders = [folder for folder in (published, records) if any(folder.glob("*.json"))]
    tables = [table for folder in track(folders, "ranking rows") for table in output_files.load_tables(folder)]
    tables.sort(key=lambda table: table.protocol.task)
    grids.renew_small(grids.grids_of(load_records(records), records))
    found = [contents(folder, page, judged=folder == published) for folder in folders]
    write_text(page, render(tables, join_contents(found[0], found[-1])))


def join_contents(published: Contents, own: Contents) -> Contents:
    """Everything that the page shows of published records, and of the run's own."""
    mappings = ("records", "answers", "losses", "curves", "grids", "strips")
    both = {name: {**getattr(published, name), **getattr(own, name)} for name in mappings}
    return replace(published, **both, own=frozenset(own.records), own_link=own.records_link)


def page_of(records: Path, page: Path) -> str:
    """The page's HTML, with links from where it lies."""
    return render(output_files.load_tables(records), contents(records, page))


def contents(folder: Path, page: Path, *, judged: bool = True) -> Contents:
    """Everything that the page shows next to the tables, from the records and from what lies next to them.

    Args:
        folder: of the records.
        page: the page's file, for links.
        judged: judge the reports' claims by them.
    """
    from benchmark.commands.leaderboard import explain

    records = load_records(folder)
    claims = load_claims()
    verdicts = judge(claims.claims if judged else (), records, folder)
    return Contents(
        records={record.file_name: record for record in records},
        explanations=explain.explanations(),
        models=explain.models(),
        reports=explain.reports(),
        answers=answers(records, folder),
        losses=losses(records, folder),
        curves=curves(records, folder),
        grids=small_grids(records, folder, page),
        strips=strips(records, folder, page),
        records_link=link_from(folder, page) + "/",
        claims=[claim_document(one) for one in verdicts],
        verdicts=claims_by_verdict(verdicts),
        report_pages=report_pages(claims, folder.parent, page),
        how_judged=LEGEND,
        titles={report.key: report.title for report in claims.reports},
        throughput=throughput_next_to(folder),
    )


def throughput_next_to(records: Path) -> Throughput | None:
    """Kept throughput in ``throughput`` next to the folder of records; None where nothing is kept."""
    from benchmark.throughput import render, store

    found = render.sections(store.all_rows(records.parent / "throughput"))
    return Throughput(how=render.HOW, titles=render.TITLES, words=render.WORDS, machines=found) if found else None


def speeds_next_to(records: Path) -> str | None:
    """The headline of the throughput kept next to the folder of records; None where nothing is kept."""
    from benchmark.throughput import headline, store

    rows = store.all_rows(records.parent / "throughput")
    return headline.headline(rows) if rows else None


def answers(records: Sequence[Record], folder: Path) -> dict[str, JudgedImages]:
    """The judge's answers in words, by record."""
    from benchmark.commands.leaderboard.answers import answers_of

    known = [record for record in records if record.per_sample_sha256 is not None]
    found = {
        record.file_name: answers_of(folder / record.file_name, record.protocol.task)
        for record in track(known, "reading what the judge said")
    }
    return {name: one for name, one in found.items() if one is not None}


def losses(records: Sequence[Record], folder: Path) -> dict[str, list[Line]]:
    """Log lines of the records that have a log."""
    paths = [path for record in records if log_path(path := folder / record.file_name).exists()]
    return {path.name: load_log(path) for path in track(paths, "reading losses")}


def curves(records: Sequence[Record], folder: Path) -> dict[str, list[Point]]:
    """The curves that ``cgan-bench curve`` drew of the same runs under the same protocol."""
    found = {record.file_name: load_curve(folder / record.file_name, record.protocol.id) for record in records}
    return {name: points for name, points in found.items() if points}


def small_grids(records: Sequence[Record], folder: Path, page: Path) -> dict[str, Grid]:
    """Grids by record, with their small copies."""
    known = {record.file_name: record for record in records}
    return {name: small_grid(known[name], path, page) for name, path in grids.grids_of(records, folder).items()}


def small_grid(record: Record, path: Path, page: Path) -> Grid:
    """A record's grid with its small copy and the places of its images."""
    side = record.model.config.get("image_size", IMAGE_SIZE) if record.model else IMAGE_SIZE
    with Image.open(path) as grid:
        tiles = grids.tiles_of(grid.size, side)
    return Grid(link=link_from(path, page), small=grids.small_path(path).read_bytes(), tiles=tiles)


def report_pages(claims: Claims, results: Path, page: Path) -> dict[str, ReportPage]:
    """The pages of the reports in ``reports`` of a folder of results, with their figures; those that are there."""
    folder, found = results / "reports", {}
    for report in claims.reports:
        path = folder / f"{report.key}.md"
        if path.exists():
            figures = [figure for figure in claims.figures if figure.report == report.key]
            links = [(title, link_from(file, page)) for one in figures for title, file in files_of(one, folder)]
            found[report.key] = ReportPage(link=link_from(path, page), figures=links)
    return found


def strips(records: Sequence[Record], folder: Path, page: Path) -> dict[str, Mistakes]:
    """Strips of images that the judge got wrong, by record."""
    paths = [(record, strip_path(folder / record.file_name)) for record in records]
    found = [(record, path) for record, path in paths if path.exists()]
    return {
        record.file_name: Mistakes(link=link_from(path, page), strip=load_strip(path, record)) for record, path in found
    }
