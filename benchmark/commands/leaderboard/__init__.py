"""``cgan-bench leaderboard``: tables, the page and plots from a folder of records."""
