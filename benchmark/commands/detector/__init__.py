"""Verbs of ``cgan-bench detector``: train, check, agree."""
