"""pytest-benchmark suites: one file per group; ``nox -s bench`` runs them."""
