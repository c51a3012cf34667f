"""Records to rows, rows to tables, tables to Markdown, CSV, JSON and the terminal; computes nothing else."""
