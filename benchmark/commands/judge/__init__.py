"""Judges by name: loaded and tested, trained, tuned, compared."""
