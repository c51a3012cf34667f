"""Records to rows, rows to tables, tables to Markdown, CSV, JSON, LaTeX, HTML and the terminal; no other work."""

from benchmark import callable_as

callable_as(__name__, "leaderboard")
