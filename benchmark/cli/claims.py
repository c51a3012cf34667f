"""Verbs on the claims of the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from benchmark.cli.options import FAILED, OK, Device, Json, option, show, whole_number
from benchmark.errors import UsageError

Seeds = Annotated[
    tuple[int, ...],
    option(
        "Of each run; may be repeated.",
        converter=lambda _type, tokens: tuple(whole_number(token.value) for token in tokens),
        show_default=lambda seeds: ", ".join(map(str, seeds)),
    ),
]
Files = Annotated[
    tuple[Path, ...],
    option("A TOML file of another paper's claims, next to the bundled ones; may be repeated.", show_default=False),
]
Only = Annotated[
    tuple[str, ...],
    option("Key of a report, such as P1: of all files its pages alone; may be repeated.", show_default=False),
]


def report(
    records: Annotated[Path, option("Folder of records.")],
    /,
    *,
    out: Annotated[Path, option("Folder of the pages, one for each report.")],
    claims: Files = (),
    only: Only = (),
    check: Annotated[
        bool, option("Write nothing; exit with 1 if a page is missing, extra or differs.", negative="")
    ] = False,
    write: Annotated[bool, option("Write the pages (the default).", negative="")] = False,
    readme: Annotated[
        Path | None,
        option("A document with '<!-- verdicts: begin -->' and '<!-- verdicts: end -->'."),
    ] = None,
    pdf: Annotated[bool, option("Write each plot as a PDF, too, for papers.", negative="")] = False,
    json: Json = False,
) -> int:
    """Judge the reports' claims by the records, and render or check a page for each report."""
    if check and write:
        raise UsageError("--check and --write exclude each other; give one")
    from benchmark.commands.claims.report import report, verdicts_in_words

    found = report(records, out, others=claims, check=check, only=only, pdf=pdf, readme=readme)
    rest = {key: value or "none" for key, value in found.items() if key != "claims"}
    show(found if json else verdicts_in_words(found["claims"]) | rest, as_json=json)
    return FAILED if found.get("differences") else OK


def sheets(
    runs: Annotated[Path, option("Folder of run folders, at any depth.")],
    /,
    *,
    out: Annotated[Path, option("Folder of the reports' pages; the sheets go into its folder figures.")],
    claims: Files = (),
    only: Only = (),
    data: Annotated[
        str | None, option("Images of runs that translate, where these are not the embedded.", show_default=False)
    ] = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Draw the sheets of images that the reports show, by the trained runs that there are."""
    from benchmark.commands.claims.sheets import sheets

    show(sheets(runs, out, others=claims, only=only, data=data, device=device), as_json=json)


def run(
    chosen: Annotated[
        tuple[str, ...], option("Claims or reports, such as 2.3 or R2; all if left out.", show_default=False)
    ] = (),
    /,
    *,
    out: Annotated[Path, option("Folder of the runs.")],
    records: Annotated[Path, option("Folder of records; a complete one is never overwritten.")],
    budget: Annotated[
        str, option("report (of another paper's claims: as many updates as they say), short, or a number of updates.")
    ] = "report",
    seed: Seeds = (0,),
    claims: Files = (),
    dry_run: Annotated[bool, option("List what would be trained, and train nothing.", negative="")] = False,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Train and score the runs that claims need; what is there already is left as it is."""
    from benchmark.commands.claims.run import run

    rows = run(chosen, out, records, budget=budget, seeds=seed, others=claims, device=device, dry_run=dry_run)
    show(rows or {"runs": "none"}, as_json=json)
