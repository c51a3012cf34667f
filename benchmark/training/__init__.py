"""One training: the loop, its run folder, and what is written on the way."""
