"""Tables of the reports' pages as LaTeX, with booktabs: the claims with their verdicts, and the figures' tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmark.reports.claims import Report
from benchmark.reports.judging import Judged
from benchmark.reports.render import SHORTER, DrawnFigure, budget_words
from benchmark.reports.verdicts import Finding, Missing
from benchmark.system.markup import escape_latex

HEAD = (
    "% Made from the records by cgan-bench claims report; do not edit. Needs \\usepackage{booktabs,longtable,array}.\n"
)
WIDTHS = (0.08, 0.24, 0.38, 0.15, 0.15)  # of the columns and the space next to them, in widths of a line
TITLES = ("id", "claim", "measured", "verdict", "at budget")


def documents(
    reports: Sequence[Report], judged: Sequence[Judged], figures: Sequence[DrawnFigure] = ()
) -> dict[str, str]:
    """File name to LaTeX, for each report."""
    return {
        f"{report.key}.tex": HEAD
        + claims_table(report, [one for one in judged if one.claim.report == report.key])
        + "".join(draws_table(one) for one in figures if one.figure.report == report.key and one.table)
        for report in reports
    }


def claims_table(report: Report, judged: Sequence[Judged]) -> str:
    """The claims as a table that may fill several pages; nothing where there are none."""
    if not judged:
        return ""
    width = ">{{\\raggedright\\arraybackslash}}p{{\\dimexpr {}\\linewidth-2\\tabcolsep}}"
    sides = "".join(map(width.format, WIDTHS))
    head = f"\\toprule\n{line(map(escape_latex, TITLES))}\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n"
    rows = "".join(line(cells(one)) for one in judged)
    caption = f"\\caption{{{escape_latex(f'{report.key}: {report.title}')}}}\\\\\n"
    return f"\n{{\\small\n\\begin{{longtable}}{{{sides}}}\n{caption}{head}{rows}\\end{{longtable}}\n}}\n"


def cells(judged: Judged) -> list[str]:
    """One claim's cells; each number has a line of its own."""
    numbers = dict.fromkeys(measured(test) for test in judged.tests)
    below = f", {SHORTER}" if judged.is_after_shorter_training else ""
    return [
        *map(escape_latex, (judged.claim.id, judged.claim.words)),
        " \\newline ".join(map(escape_latex, numbers)) or "--",
        f"{judged.verdict}{below}",
        budget_words(judged, escape_latex),
    ]


def measured(test: Finding | Missing) -> str:
    """One test in words."""
    if isinstance(test, Missing):
        return f"not measured: {test.reason or 'no record of ' + ', '.join(test.rows)}"
    return f"{test.words}: {test.number}; {test.verdict}"


def draws_table(drawn: DrawnFigure) -> str:
    """A figure's table."""
    head, *lines = drawn.table
    body = "".join(line(map(escape_latex, one)) for one in lines)
    return (
        f"\n\\begin{{table}}\n\\centering\n\\caption{{{escape_latex(drawn.figure.title)}}}\n"
        f"\\begin{{tabular}}{{{'l' * len(head)}}}\n\\toprule\n{line(map(escape_latex, head))}\\midrule\n{body}"
        "\\bottomrule\n\\end{tabular}\n\\end{table}\n"
    )


def line(texts: Iterable[str]) -> str:
    return f"{' & '.join(texts)} \\\\\n"
