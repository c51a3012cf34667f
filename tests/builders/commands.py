"""What commands that a test runs end with."""

from __future__ import annotations

from benchmark.cli import main


def refused(capsys, *words):
    """The one line that a command ends with, and exit code 2."""
    capsys.readouterr()
    assert main(list(map(str, words))) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err
