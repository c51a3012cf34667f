"""Decisions of staff: points that a person gave by hand, and flags that a person cleared."""
