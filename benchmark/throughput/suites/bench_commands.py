"""Whole commands: a score, grading, ``--help``, lists, a leaderboard."""

import pytest

from benchmark.throughput.side import ROOT, Side

RECORDS = 500
PIP = Side("python -m pip --version", "commands.module", {"words": ["pip", "--version"]}, ("pip",))


@pytest.mark.benchmark(group="commands")
def test_help(timed):
    timed(Side("ours", "commands.verb", {"words": ["--help"]}), PIP, unit="starts")


@pytest.mark.benchmark(group="commands")
def test_list_evaluators(timed):
    timed(Side("ours", "commands.verb", {"words": ["list", "evaluators"]}), PIP, unit="starts")


@pytest.mark.benchmark(group="commands")
def test_leaderboard(timed):
    given = {"records": RECORDS, "source": str(ROOT / "results" / "records")}
    timed(Side("ours", "commands.leaderboard", given), unit="records")


@pytest.mark.benchmark(group="commands")
@pytest.mark.parametrize("submissions", [1, 72])
def test_grading(timed, submissions):
    bare = Side("import torch", "commands.module", {"words": ["torch.version"]})
    peers = [bare] if submissions == 1 else []
    timed(Side("ours", "commands.grading", {"submissions": submissions}), *peers, unit="submissions")
