"""The verbs of ``cgan-bench detector``: train, check, agree."""
