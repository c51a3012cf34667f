"""What was found, one JSON file per run: written, read, compared."""
