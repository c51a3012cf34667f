"""Records to rows, rows to tables, tables to Markdown, CSV, JSON and the terminal; computes nothing else."""

from benchmark import callable_as

callable_as(__name__, "leaderboard")
