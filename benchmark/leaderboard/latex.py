"""Tables of one task as LaTeX, with booktabs: what the Markdown's headline tables show."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.leaderboard import cells
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.system.latex import escape

HEAD = "% Made from the records by cgan-bench leaderboard; do not edit. Needs \\usepackage{booktabs}.\n"


def to_latex(tables: Sequence[Table]) -> str:
    """One ``table`` environment per protocol and budget."""
    return HEAD + "".join(map(_table, tables))


def _table(table: Table) -> str:
    panel = cells.headline(table)
    sides = "".join(side[0] for side in cells.alignment(panel))
    head = " & ".join(map(escape, cells.headers(panel)))
    rows = "".join(_row(table, panel, row) for row in table.rows)
    caption = escape(f"{table.protocol.task}, {table.label}, {table.protocol.id}; 95 % intervals")
    return (
        f"\n\\begin{{table}}\n\\centering\n\\caption{{{caption}}}\n\\begin{{tabular}}{{{sides}}}\n\\toprule\n"
        f"{head} \\\\\n\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n"
    )


def _row(table: Table, panel: cells.Panel, row: Row) -> str:
    found = [escape(text) for text in cells.texts(panel, row)]
    for position, column in enumerate(panel.columns, start=cells.FIRST_SCORE):
        if cells.is_best(table, row, column):
            found[position] = f"\\textbf{{{found[position]}}}"
    return f"{' & '.join(found)} \\\\\n"
