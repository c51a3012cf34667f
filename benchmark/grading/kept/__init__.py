"""Answers and scores that lie next to the grades: what has not changed is not done again."""
