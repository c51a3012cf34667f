"""Data, records, scorers and submissions that the tests of several packages build."""
