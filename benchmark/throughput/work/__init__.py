"""The timed work; ``worker.py`` runs it by its path, so that it can time an older commit, which lacks these files."""
