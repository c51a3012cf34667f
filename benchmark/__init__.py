"""The harness: trains, samples, scores and ranks; knows no particular model or metric."""

__version__ = "0.1.0"
