"""Verbs on records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from benchmark.cli.options import FAILED, OK, Device, Json, OwnTask, option, show
from benchmark.errors import UsageError


def leaderboard(
    records: Annotated[Path, option("Folder of records.")],
    /,
    *,
    out: Annotated[Path, option("Folder of the tables.")],
    page: Annotated[Path | None, option("The HTML page's file; index.html in --out if left out.")] = None,
    readme: Annotated[Path | None, option("A Markdown document with markers for the headline of all tables.")] = None,
    plots: Annotated[Path | None, option("Also draw plots as PNG and SVG into this folder; never compared.")] = None,
    check: Annotated[
        bool, option("Write nothing; exit with 1 if a table is missing, extra or differs.", negative="")
    ] = False,
    write: Annotated[bool, option("Write the tables (the default).", negative="")] = False,
    json: Json = False,
) -> int:
    """Render tables and page from the records, or check that they agree with them."""
    if check and write:
        raise UsageError("--check and --write exclude each other; give one")
    if check and plots:
        raise UsageError("--check writes nothing, and --plots draws; give one")
    from benchmark.commands.leaderboard import render

    if not check:
        drawn = [] if plots is None else draw_plots(records, plots)
        show_written([*drawn, *render.write(records, out, readme=readme, page=page)], as_json=json)
        return OK
    differences = render.check(records, out, readme=readme, page=page)
    show({"differences": differences or "none"}, as_json=json)
    return FAILED if differences else OK


def draw_plots(records: Path, folder: Path) -> list[Path]:
    """Draw all plots; return their paths."""
    from benchmark.commands.leaderboard import plots

    return plots.draw(records, folder)


def show_written(paths: Sequence[Path], *, as_json: bool) -> None:
    """All paths, one a line for people; the page's last."""
    if as_json:
        show({"written": list(map(str, paths))}, as_json=True)
    else:
        print("\n".join(map(str, paths)), flush=True)


def compare(
    first: Annotated[Path, option("A record, or a folder of records.")],
    second: Annotated[Path, option("Another record under the same protocol, or a folder of later ones.")],
    /,
    *,
    tolerance: Annotated[
        float, option("Allowed loss beyond the interval: share of a score's range, or of a distance.")
    ] = 0.0,
    speed_tolerance: Annotated[float, option("Share of the images/s that may be lost.")] = 0.1,
    if_any: Annotated[
        bool, option("Do not fail if nothing can be compared, as when all runs are new.", negative="")
    ] = False,
    json: Json = False,
) -> int:
    """Compare two records image by image, or all of two folders that are of the same; second minus first.

    Exits with 1 if a score, a status or a speed got worse, or if a run lies outside of the band of its other seeds. Of
    a run that was trained again only the scores of the headline can fail: no interval includes the variation between
    trainings.
    """
    from benchmark import api
    from benchmark.cli.comparison import in_lines

    found = api.compare(first, second, tolerance=tolerance, speed_tolerance=speed_tolerance, if_any=if_any)
    if json:
        show(found.to_json(), as_json=True)
    else:
        in_lines(found)
    return FAILED if found.failed else OK


def breakdown(
    record: Annotated[Path, option("A record with its answers next to it.")],
    /,
    *,
    out: Annotated[Path | None, option("Folder for CSV tables and images of the confusion matrices.")] = None,
    task: OwnTask = None,
    images_of: Annotated[
        Path | None,
        option(
            "Also draw, for the page, the images that the judge got wrong: give the run or the images that the record "
            "scored, or for a record of real images their data ('synthetic' or a path).",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        str | None, option("Data of --images-of, where it is not the embedded.", show_default=False)
    ] = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Break a record's condition scores down by class, number of objects and latent draw."""
    from benchmark.commands import breakdown as breaking_down

    if data is not None and images_of is None:
        raise UsageError(f"--data {data} is of --images-of alone; give --images-of, too, or leave it out")
    strip = draw_mistakes(record, images_of, device, data) if images_of is not None else []
    found = breaking_down.breakdown(record, out, task)
    if strip:
        found["files"] = [*strip, *found.get("files", [])]
    if json:
        show(found, as_json=True)
    else:
        print(breaking_down.as_text(found), flush=True)


def draw_mistakes(record: Path, what: Path, device: str, data: str | None) -> list[str]:
    """Draw the strip of images that the judge got wrong; its path, none where nothing is wrong."""
    from benchmark.commands.mistakes import draw_again

    drawn = draw_again(record, what, device, data)
    return [str(drawn)] if drawn else []


def cards(
    records: Annotated[Path, option("Folder of records.")],
    /,
    *,
    out: Annotated[Path, option("Folder of the cards, one for each trained model.")],
    check: Annotated[
        bool, option("Write nothing; exit with 1 if a card is missing, extra or differs.", negative="")
    ] = False,
    write: Annotated[bool, option("Write the cards (the default).", negative="")] = False,
    json: Json = False,
) -> int:
    """Write a model card in Hugging Face's form for every trained model of the records, or check the cards."""
    if check and write:
        raise UsageError("--check and --write exclude each other; give one")
    from benchmark.leaderboard import model_cards

    if not check:
        show({"written": [str(path) for path in model_cards.write(records, out)]}, as_json=json)
        return OK
    differences = model_cards.check(records, out)
    show({"differences": differences or "none"}, as_json=json)
    return FAILED if differences else OK


def validate(
    *records: Annotated[Path, option("Records, or folders of records.")],
    task: OwnTask = None,
    json: Json = False,
) -> int:
    """Check records: form, names, digests, and that scores follow from what is known of single images."""
    from benchmark.commands.validate.check import validate

    if not records:
        raise UsageError("no record is given; give records, or folders of them")
    rows = validate(records, task)
    wrong = [row for row in rows if row["faults"]]
    show(rows if json else {"records": len(rows), "wrong": len(wrong)}, as_json=json)
    if not json:
        for row in wrong:
            print(*(f"{row['record']}: {fault}" for fault in row["faults"]), sep="\n")
    return FAILED if wrong else OK
