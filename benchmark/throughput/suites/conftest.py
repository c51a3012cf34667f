"""The fixture that the suites share: sides timed in alternation, handed to pytest-benchmark round by round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.throughput import comparison, recorded_time
from benchmark.throughput.fingerprint import fingerprint, folder_name
from benchmark.throughput.kept_races import extra_info
from benchmark.throughput.race import COMPARED, Race, Rounds, race
from benchmark.throughput.side import ROOT, Side


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the suites; ``python -m benchmark.throughput`` gives them."""
    parser.addoption("--before", type=Path, help="Checkout of an older commit to time next to this one.")
    parser.addoption("--rounds", type=int, help="The least number of rounds.")
    parser.addoption("--images", type=int, default=5_000, help="Images that a whole score draws.")


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """The folder of results, the machine's fingerprint, and the folder's name instead of the host's."""
    if not config.getoption("before"):
        machine_info["fingerprint"] = fingerprint()
        machine_info["node"] = folder_name(machine_info["fingerprint"])


def pytest_benchmark_generate_commit_info() -> dict[str, Any]:
    """The commit of this checkout, wherever the program was started; dirty if its code differs from that."""
    return comparison.commit_of(ROOT)


@pytest.fixture
def timed(benchmark, request: pytest.FixtureRequest) -> Callable[..., Race]:  # noqa: ANN001
    """``timed(ours, *peers, unit="images")`` times the sides and records the result."""
    before, least = request.config.getoption("before"), request.config.getoption("rounds")

    def run(ours: Side, *peers: Side, unit: str = "images") -> Race:
        limits = COMPARED if before else Rounds()
        if least:
            limits = replace(limits, least=least, most=max(least, limits.most))
        if before:
            peers, enough = (replace(ours, name="before", tree=before.resolve()),), lambda done: done.decided
        else:
            enough = None
        result = race(request.node.name, ours, peers, limits, enough)
        seconds = result.seconds(ours.name)
        benchmark.extra_info.update(extra_info(result, unit, compared=before is not None))
        benchmark.pedantic(recorded_time.replay(seconds), rounds=len(seconds))
        return result

    return run


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The number of images that a whole score draws stands in the benchmark's name."""
    if "images" in metafunc.fixturenames:
        metafunc.parametrize("images", [metafunc.config.getoption("images")])
