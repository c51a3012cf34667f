"""Data sets by name: images and conditions from disk or rendered, packed into one file."""
