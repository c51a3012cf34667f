"""Records: one JSON file per scored run, written, read, compared."""
