"""Tables of one task as LaTeX, with booktabs: what the Markdown's headline tables show."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.leaderboard import cells
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.leaderboard.versions import changes_since
from benchmark.system.markup import escape_latex

HEAD = (
    "% Made from the records by cgan-bench leaderboard; do not edit. Needs \\usepackage{booktabs,array}.\n"
    "\\providecommand{\\withinterval}[2]{\\begin{tabular}[t]{@{}r@{}}#1\\\\{\\scriptsize[#2]}\\end{tabular}}\n"
)
NAME, NAMES = 1, ">{\\raggedright\\arraybackslash}p{0.18\\linewidth}"  # the models' column
NEW_LINE = " \\\\ "


def to_latex(tables: Sequence[Table]) -> str:
    """One ``table`` environment per protocol and budget."""
    return HEAD + "".join(map(_table, tables))


def _table(table: Table) -> str:
    columns = table.headline_columns
    scores = range(cells.FIRST_SCORE, cells.FIRST_SCORE + len(columns))
    shown = range(scores.stop)  # without the training's figures behind the scores: for those there is no room
    sides = [cells.alignment(columns)[column][0] for column in shown]
    sides[NAME] = NAMES
    titles = cells.headers(columns)
    head = " & ".join(_title(titles[column]) if column in scores else titles[column] for column in shown)
    rows = "".join(_row(table, row) for row in table.rows)
    older = "; older version of the task" if changes_since(table.protocol) else ""
    caption = escape_latex(f"{table.protocol.task}, {table.label}, {table.protocol.id}; 95 % intervals{older}")
    return (
        f"\n\\begin{{table}}\n\\centering\n\\footnotesize\n\\setlength{{\\tabcolsep}}{{3pt}}\n\\caption{{{caption}}}\n"
        f"\\begin{{tabular}}{{{''.join(sides)}}}\n\\toprule\n{head} \\\\\n\\midrule\n{rows}\\bottomrule\n"
        "\\end{tabular}\n\\end{table}\n"
    )


def _row(table: Table, row: Row) -> str:
    found = [escape_latex(text) for text in cells.texts(table.headline_columns, row)][: cells.FIRST_SCORE]
    for column in table.headline_columns:
        value = _score(cells.score_or_refused(row, column))
        found.append(f"\\textbf{{{value}}}" if cells.is_best(table, row, column) else value)
    return f"{' & '.join(found)} \\\\\n"


def _title(text: str) -> str:
    """A score's name, a line for each of its parts: names are wider than numbers."""
    parts = escape_latex(text).replace("\\allowbreak{}", "\n").replace(" ", "\n", 1).split("\n")
    return f"\\shortstack[r]{{{NEW_LINE.join(parts)}}}"


def _score(text: str) -> str:
    """A value, and below it its interval."""
    value, bracket, interval = escape_latex(text).partition(" [")
    return f"\\withinterval{{{value}}}{{{interval.rstrip(']')}}}" if bracket else value
