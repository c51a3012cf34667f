"""Data sets by name: pictures and conditions from disk or rendered, packed into one file."""
