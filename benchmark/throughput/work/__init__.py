"""What is timed, run by ``worker.py`` by its path: imports of this folder's own files would not find an older commit."""
