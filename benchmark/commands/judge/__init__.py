"""Verbs of ``cgan-bench judge``: train, tune, agree, check."""
