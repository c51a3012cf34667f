"""Scores of a submission's images, and the points that a scheme gives for them."""
