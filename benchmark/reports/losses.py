"""Statistics of a training log within a stretch of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean, stdev

from benchmark.reports.claims import LogTest, Stretch
from benchmark.reports.verdicts import NothingMeasuredError

Line = Mapping[str, float | None]  # None: not finite, or of a player that took no turn
BLOCKS = 10  # consecutive parts of a stretch, whose statistics are taken for independent
LEAST_LINES = 2 * BLOCKS


def block_statistics(lines: Sequence[Line], loss: str, statistic: str, within: Stretch, total: int) -> list[float]:
    """The statistic of each of ten consecutive blocks: the mean, the mean absolute value, or the standard deviation.

    Args:
        lines: of the log, in order, each with ``step``.
        loss: see :class:`benchmark.reports.claims.LogTest`.
        statistic: "mean", "size" or "swing"; the last two as natural logarithms, for ratios.
        within: the stretch.
        total: generator updates of the whole run.

    Raises:
        NothingMeasuredError: the run ended before the stretch does, or the log has too few lines or a loss that is not
            finite there, or no such loss.
    """
    first, last = stretch_ends(within, total)
    if last > total or (lines and lines[-1]["step"] < last):
        raise NothingMeasuredError(f"the run ended before update {last:,}")
    stretch = [line for line in lines if first <= line["step"] <= last]
    values = [value_of(line, loss) for line in stretch if not took_no_turn(line, loss)]
    if len(values) < LEAST_LINES:
        raise NothingMeasuredError(f"the log has {len(values)} lines from update {first:,} to {last:,}; 20 are needed")
    edges = [round(i * len(values) / BLOCKS) for i in range(BLOCKS + 1)]
    blocks = [values[a:b] for a, b in pairwise(edges)]
    if statistic == "mean":
        return list(map(fmean, blocks))
    sizes = [stdev(block) if statistic == "swing" else fmean(map(abs, block)) for block in blocks]
    if min(sizes) <= 0:
        raise NothingMeasuredError(f"{loss} does not change or is 0, so there is no ratio")
    return list(map(math.log, sizes))


def stretch_ends(within: Stretch, total: int) -> tuple[int, int]:
    """First and last generator update of a stretch of a run."""
    if within.updates is not None:
        return within.updates
    low, high = within.share
    return math.floor(low * total) + 1, round(high * total)


def value_of(line: Line, loss: str) -> float:
    """The value of :func:`sum_of`, which must be finite.

    Raises:
        NothingMeasuredError: there is no such loss, or it is not finite.
    """
    if (value := sum_of(line, loss)) is None:
        raise NothingMeasuredError(f"{loss.removeprefix('-')} was not finite at update {line['step']:,}")
    return value


def sum_of(line: Line, loss: str) -> float | None:
    """One loss of one line, or the sum of a player's losses; None if it is not finite.

    Raises:
        NothingMeasuredError: there is no such loss.
    """
    sign, name = (-1.0, loss[1:]) if loss.startswith("-") else (1.0, loss)
    if not has_loss(line, loss):
        raise NothingMeasuredError(f"the log has no loss {name!r}; it has {', '.join(k for k in line if '/' in k)}")
    found = [line[key] for key in line if is_column_of(key, name)]
    return None if any(value is None for value in found) else sign * sum(found)


def has_loss(line: Line, loss: str) -> bool:
    """True if a line has a column for a loss, or for a player's losses."""
    return any(is_column_of(key, loss.removeprefix("-")) for key in line)


def is_column_of(key: str, name: str) -> bool:
    """True if a column is a loss, or one of a player's losses."""
    return key == name or key.startswith(f"{name}/")


def took_no_turn(line: Line, loss: str) -> bool:
    """True if a line has losses of the other player only, since the players need not update equally often."""
    player = loss.removeprefix("-").partition("/")[0]
    mine = [line[key] for key in line if is_column_of(key, player)]
    others = [line[key] for key in line if "/" in key and not is_column_of(key, player)]
    return bool(mine) and all(value is None for value in mine) and any(value is not None for value in others)


def sides(test: LogTest) -> list[tuple[str, str, Stretch]]:
    """Row, loss and stretch of the first quantity and, if there is one, of the second."""
    found = [(test.first, test.loss, test.within)]
    if test.second is not None:
        found.append((test.second, test.second_loss or test.loss, test.second_within or test.within))
    return found
