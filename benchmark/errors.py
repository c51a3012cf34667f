"""The errors that a person can mend; the command line prints them as one line and exits with 2."""

from __future__ import annotations


class UsageError(ValueError):
    """Wrong use or input. The message says what was given, what is allowed and what to do."""


class JudgeError(UsageError):
    """A judge did not prove itself, so what it would say is worth nothing; exits with 3."""
