"""Pages of a batch: one for each participant, which names nobody else, one each for staff, and their index."""
