"""Numbers rounded for people: shares in % with one decimal, others with decimals according to their interval.

Every number that its unit keeps between 0 and 1 is a share, so that no table mixes 51.7 % and 0.53.
"""

from __future__ import annotations

import math
import re

from benchmark.records.ranges import SHARE

COUNT = re.compile(r"of \d+ ")  # units of whole numbers, such as "of 64 generated images"
LEAST, MOST = 2, 6  # decimals of what is no share


def is_fraction(unit: str) -> bool:
    """True for a unit such as "fraction of requested objects" or "F1 over all classes": 0 to 1, shown in %."""
    return SHARE.match(unit) is not None


def decimals(unit: str, value: float, interval: tuple[float, float] | None = None) -> int:
    """The number of decimals of a score as it is shown.

    Half of the interval gets one significant digit, so that kernel distances below 0.01 do not become zeros. Without an
    interval, or with one of no width, the value gets two significant digits. A count has decimals only as a mean.
    """
    if is_fraction(unit):
        return 1
    if COUNT.match(unit):
        return 0 if float(value).is_integer() else 1
    half = (interval[1] - interval[0]) / 2 if interval else 0.0
    size, significant = (half, 1) if half else (abs(value), 2)
    if not size or not math.isfinite(size):
        return LEAST
    return min(MOST, max(LEAST, significant - 1 - math.floor(math.log10(size))))


def rounded(number: float, unit: str, digits: int) -> str:
    """The number in its unit as it is shown, shares in %; never a minus before a zero."""
    scaled = 100 * number if is_fraction(unit) else number
    return f"{round(scaled, digits) + 0.0:.{digits}f}"
