"""The claims of the reports as data, and their verdicts from records."""
