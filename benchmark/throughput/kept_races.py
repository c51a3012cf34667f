"""Races as pytest-benchmark's extra information, and kept files as rows of tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions, version
from typing import Any

from benchmark.throughput.noise import MOST_SPREAD, Spread, median_interval, spread_of, verdict
from benchmark.throughput.race import Race

DIGITS = 6  # significant ones of what is kept


def extra_info(race: Race, unit: str, *, compared: bool) -> dict[str, Any]:
    """Extra information of one benchmark: every side's rounds, and each peer's ratio or the reason of its absence."""
    sides = {name: _side(race, name) for name in race.rounds}
    spreads = race.spreads()
    peers = {name: _ratio(spreads[name]) for name in race.peers}
    found = {
        "unit": unit,
        "ours": race.ours.name,
        "sides": sides,
        "peers": peers,
        "skipped": dict(race.skipped),
        "spread": _rounded(max(spread.relative for spread in spreads.values())),
        "resolved": race.resolved,
        "versions": versions(race),
    }
    return found | ({"comparison": _comparison(race)} if compared and race.peers else {})


def versions(race: Race) -> dict[str, str]:
    """The installed version of each package that a timed side needs."""
    owners = packages_distributions()
    needed = {package for side in race.sides if side.name in race.rounds for package in side.needs}
    return {owners[package][0]: version(owners[package][0]) for package in sorted(needed) if package in owners}


def _side(race: Race, name: str) -> dict[str, Any]:
    rounds = race.rounds[name]
    seconds = [one.seconds for one in rounds]
    found = {
        "units": rounds[0].units,
        "seconds": list(map(_rounded, seconds)),
        "spread": _rounded(spread_of(seconds).relative),
    } | dict(race.arithmetic.get(name, {}))
    for peak in ("peak_mb", "device_peak_mb"):
        values = [value for one in rounds if (value := getattr(one, peak)) is not None]
        found |= {peak: round(max(values), 1)} if values else {}
    return found


def _ratio(spread: Spread) -> dict[str, Any]:
    return {
        "ratio": _rounded(spread.median), "low": _rounded(spread.low), "high": _rounded(spread.high),
        "spread": _rounded(spread.relative), "resolved": spread.resolved,
    }  # fmt: skip


def _comparison(race: Race) -> dict[str, Any]:
    """This commit next to an older one."""
    (before,) = race.peers
    ratios, noise = race.ratios(before), race.noise()
    low, high = median_interval(ratios)
    return {
        "verdict": verdict(ratios, noise), "ratio": _rounded(statistics.median(ratios)),
        "low": _rounded(low) if low > 0 else None, "high": _rounded(high) if high < float("inf") else None,
        "noise": _rounded(noise), "rounds": len(ratios),
    }  # fmt: skip


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per benchmark and peer of a kept file; one row for a benchmark without any.

    Each has ``group``, ``name``, ``unit``, ``peer`` (None where there is none), ``ratio`` with ``low`` and ``high``
    (times as fast as the peer; None where unresolved or skipped), ``spread``, ``status`` (``resolved``, ``unresolved``
    or ``skipped``), ``reason``, ``seconds`` per round and ``per_second`` of ours (None where these are unresolved),
    ``peak_mb`` and ``peer_peak_mb``; ``precision`` and ``gflop_per_second`` of ours where the operations were counted.
    """
    return [row for one in document["benchmarks"] for row in _rows_of(one)]


def _rows_of(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    info = one["extra_info"]
    ours = info["sides"][info["ours"]]
    seconds = statistics.median(ours["seconds"]) if ours["spread"] <= MOST_SPREAD else None
    base = {
        "group": one["group"], "name": one["name"].removeprefix("test_"), "unit": info["unit"], "peer": None,
        "ratio": None, "low": None, "high": None, "spread": info["spread"],
        "status": "resolved" if info["resolved"] else "unresolved", "reason": None,
        "seconds": seconds, "per_second": ours["units"] / seconds if seconds else None,
        "peak_mb": ours.get("peak_mb"), "peer_peak_mb": None, "precision": ours.get("precision"),
        "gflop_per_second": ours["gflop"] * ours["units"] / seconds if seconds and "gflop" in ours else None,
    }  # fmt: skip
    for peer, ratio in info["peers"].items():
        yield base | _peer_row(peer, ratio) | {"peer_peak_mb": info["sides"][peer].get("peak_mb")}
    for peer, reason in info["skipped"].items():
        yield base | {"peer": peer, "status": "skipped", "reason": reason, "spread": None}
    if not info["peers"] and not info["skipped"]:
        yield base


def _peer_row(peer: str, ratio: Mapping[str, Any]) -> dict[str, Any]:
    found = {"peer": peer, "spread": ratio["spread"], "status": "resolved" if ratio["resolved"] else "unresolved"}
    return found | {key: ratio[key] if ratio["resolved"] else None for key in ("ratio", "low", "high")}
